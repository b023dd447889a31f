import { assert, integer, json, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGauge } from '../../src/smoke/mcp/gauge.ts';

const gauge = (kind: 'json' | 'events', text: string, piece = 7) => {
  const found = createGauge(kind, 4);
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += piece) found.push(bytes.subarray(start, start + piece));
  return found;
};

describe('the depth of JSON', () => {
  it.each([
    ['[[[[]]]]', false],
    ['[[[[[]]]]]', true],
    ['[],[],[],[],[],[]', false],
    ['["[[[[[["]', false],
    [String.raw`["\"[[[[[["]`, false],
    [String.raw`["\\",[[[[[`, true],
    ['{"a":{"b":{"c":{"d":{}}}}}', true],
  ])('of %s', (text, tooDeep) => {
    expect(gauge('json', text).tooDeep()).toBe(tooDeep);
  });

  it('is that of the parsed value, however it is cut', () => {
    const depthOf = (value: unknown): number =>
      value === null || typeof value !== 'object' ? 0 : 1 + Math.max(0, ...Object.values(value).map(depthOf));
    assert(
      property(json({ maxDepth: 8 }), integer({ min: 1, max: 9 }), (text, piece) => {
        expect(gauge('json', text, piece).tooDeep()).toBe(depthOf(JSON.parse(text)) > 4);
      }),
    );
  });
});

describe('a stream of events', () => {
  it('is measured event by event', () => {
    expect(gauge('events', 'data: [[[\n\ndata: [[[\n\n').tooDeep()).toBe(false);
    expect(gauge('events', 'data: [[[\r\n\r\ndata: [[[\r\n\r\n').tooDeep()).toBe(false);
    expect(gauge('events', 'event: message\ndata: [[[[[\n\n').tooDeep()).toBe(true);
  });

  it.each([
    ['data: [[[\ndata: [[[\n\n'],
    ['data: [[[\r\ndata: [[[\r\n\r\n'],
    ['data:[[[\n: ]]] a comment\ndata:[[[\n\n'],
    ['data: [[[\nevent: ]]]\ndata: [[[\n\n'],
    [': "\ndata: [[[[[\n\n'],
  ])('is not fooled by %j', (text) => {
    expect(gauge('events', text).tooDeep()).toBe(true);
  });

  it.each([
    ['data: 1\n\ndata: 2\n\ndata: 3', 2],
    ['data: 1\r\n\r\ndata: 2\r\n\r\n', 2],
    ['data: 1\ndata: 2\n', 0],
  ])('counts what ended in %j', (text, events) => {
    expect(gauge('events', text).events()).toBe(events);
  });

  it('tells whether it can be taken up again', () => {
    expect(gauge('events', 'data: id: 1\n\n').resumable()).toBe(false);
    expect(gauge('events', 'idle: 1\ndata: 1\n\n').resumable()).toBe(false);
    expect(gauge('events', 'data: 1\nid: 7\n\n', 1).resumable()).toBe(true);
  });
});
