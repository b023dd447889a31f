import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stateText } from '../../../src/modes/replay/state.ts';
import {
  type Change,
  changeBetween,
  changeText,
  isCountable,
  type Seen,
  sameChange,
} from '../../../src/once/replay/change.ts';

const told = (before: Seen, after: Seen) => changeText(changeBetween(before, after));

describe('what lies between two states', () => {
  it.each<[string, Seen, Seen, string]>([
    ['numbers', 3, 5, '+2'],
    ['a number that falls', 5, 3, '-2'],
    ['decimals, as exactly as they are written', 0.2, 0.3, '+0.1'],
    ['amounts that come as texts', '10.50', '12.75', '+2.25'],
    ['a text', 'a', 'b', 'another value'],
    ['a number and a text', 1, '2', 'another value'],
    ['a number that is too large to be exact', 2 ** 60, 2 ** 60 + 4096, 'another value'],
    ['something where nothing was', undefined, 1, 'another value'],
    ['a list that grew', [1], [1, 2, 2], '2 items added'],
    ['a list in which one was altered', [{ n: 1 }], [{ n: 2 }], '1 item added, 1 item removed'],
    ['a list that was only put in another order', [1, 2], [2, 1], 'another value'],
    ['a list that shrank', [1, 1, 2], [1], '2 items removed'],
    ['an entry that came a second time', [1], [1, 1], '1 item added'],
    ['a list in which one entry took another’s place', [1, 2, 2], [2, 1, 1], '1 item added, 1 item removed'],
    ['a list of one number', [5], [7], '1 item added, 1 item removed'],
    ['lists of the same maps', [{ a: 1, b: 2 }], [{ b: 2, a: 1 }], 'no change'],
    ['keys of a map in another order', { a: 1, b: 2 }, { b: 2, a: 1 }, 'no change'],
    [
      'a map',
      { total: 1, gone: 0, by: ['x'] },
      { total: 3, by: ['x', 'y'] },
      '1 key removed, +2, 1 item added',
    ],
  ])('%s', (_, before, after, text) => {
    expect(told(before, after)).toBe(text);
  });

  it.each<[string, Seen, Seen, string]>([
    ['of two lengths', 1.5, 0.25, '-1.25'],
    ['that are very small', 1e-7, 3e-7, '+2e-7'],
    ['as large as can be exact', Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER, '+1'],
    ['in texts, below nothing', '-5', '5', '+10'],
    ['in texts of fifteen digits', '123456789012345', '123456789012346', '+1'],
    ['in texts of sixteen digits', '1234567890123456', '1234567890123457', 'another value'],
    ['in texts with twelve decimals', '0.123456789012', '0.123456789013', '+1e-12'],
    ['in texts with thirteen decimals', '0.1234567890123', '0.1234567890124', 'another value'],
    ['in texts with no decimals after the point', '1.', '2.', 'another value'],
    ['after other words', 'a1', 'a2', 'another value'],
    ['before other words', '1a', '2a', 'another value'],
    ['written in another way', '1.0', '1.00', 'another value'],
    ['too close to tell apart', 1e-30, 2e-30, 'another value'],
    ['and what is none', 1, true, 'another value'],
  ])('numbers %s', (_, before, after, text) => {
    expect(told(before, after)).toBe(text);
  });

  it.each<[string, Seen, Seen]>([
    ['false for true', true, false],
    ['a map for nothing', null, {}],
    ['nothing for a map', {}, null],
    ['a map for a list', [], {}],
    ['a list for a map', {}, []],
    ['nothing for what was not there', undefined, null],
  ])('is another value with %s', (_, before, after) => {
    expect(changeBetween(before, after)).toEqual({ kind: 'replaced' });
  });

  it('tells of a map how many keys came and went, and what became of the others', () => {
    const before = { constructor: 1, same: 1, n: 1, list: ['a'], deep: { text: 'a', same: 1 } };
    const after = { first: 1, second: 2, same: 1, n: 4, list: ['b'], deep: { text: 'b', same: 1 } };
    const change = changeBetween(before, after);
    expect(change).toEqual({
      ...{ kind: 'parts', added: 2, removed: 1 },
      changed: new Map<string, Change>([
        ['n', { kind: 'by', amount: 3 }],
        ['list', { kind: 'items', added: 1, removed: 1 }],
        ['deep', { kind: 'parts', added: 0, removed: 0, changed: new Map([['text', { kind: 'replaced' }]]) }],
      ]),
    });
    expect(changeText(change)).toBe(
      '2 keys added, 1 key removed, +3, 1 item added, 1 item removed, another value',
    );
  });

  it('names no key and no text that was seen', () => {
    expect(told({ 'jane@example.com': 'a' }, { 'jane@example.com': 'b' })).toBe('another value');
  });

  it('knows what can’t be told once from twice', () => {
    const countable = (before: Seen, after: Seen) => isCountable(changeBetween(before, after));
    expect(countable('a', 'b')).toBe(false);
    expect(countable([{ n: 1 }], [{ n: 2 }])).toBe(false);
    expect(countable({ at: 'x' }, { at: 'y' })).toBe(false);
    expect(countable({ at: 'x', n: 1 }, { at: 'y', n: 2 })).toBe(true);
    expect(countable([], [1])).toBe(true);
    expect(countable('1', '2')).toBe(true);
    expect(countable('1.0', '1.00')).toBe(false);
    expect(countable({ a: 'x' }, { a: 'x', b: 'y' })).toBe(true);
    expect(countable({ a: 'x' }, { b: 'x' })).toBe(false);
    expect(countable(1, 1)).toBe(false);
  });

  const EACH: readonly Change[] = [
    { kind: 'none' },
    { kind: 'replaced' },
    ...[1, 2, -1].map((amount): Change => ({ kind: 'by', amount })),
    ...[
      { added: 1, removed: 0 },
      { added: 0, removed: 1 },
      { added: 1, removed: 1 },
    ].flatMap((count): Change[] => [
      { kind: 'items', ...count },
      { kind: 'parts', ...count, changed: new Map() },
      { kind: 'parts', ...count, changed: new Map([['a', { kind: 'replaced' }]]) },
      { kind: 'parts', ...count, changed: new Map([['b', { kind: 'replaced' }]]) },
      { kind: 'parts', ...count, changed: new Map([['a', { kind: 'by', amount: 1 }]]) },
      {
        ...{ kind: 'parts', ...count },
        changed: new Map<string, Change>([
          ['a', { kind: 'replaced' }],
          ['b', { kind: 'replaced' }],
        ]),
      },
    ]),
  ];

  it('is the same as another only when nothing in it differs', () => {
    for (const a of EACH) {
      for (const b of EACH) expect([a, b, sameChange(a, structuredClone(b))]).toEqual([a, b, a === b]);
    }
  });

  it('is none exactly for equal data, and the same as itself', () => {
    const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Seen>;
    fc.assert(
      fc.property(json, json, (before, after) => {
        const change = changeBetween(before, after);
        expect(change.kind === 'none').toBe(isDeepStrictEqual(before, after));
        expect(sameChange(change, changeBetween(before, after))).toBe(true);
        expect(sameChange(changeBetween(before, before), change)).toBe(change.kind === 'none');
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it('of a list that grows by n entries twice differs from once', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.array(fc.nat(), { minLength: 1 }), (before, more) => {
        const once = changeBetween(before, [...before, ...more]);
        const twice = changeBetween(before, [...before, ...more, ...more]);
        expect(isCountable(once) && !sameChange(once, twice)).toBe(true);
      }),
      { seed: 7 },
    );
  });
});

describe('a state in evidence', () => {
  const digest = () => 'digest';
  it.each<[string, Seen, boolean | undefined, string]>([
    ['shows numbers', 12, undefined, '12'],
    ['shows a map of counters', { a: 1, b: 2 }, undefined, '{"a":1,"b":2}'],
    ['hides texts', 'jane@example.com', undefined, 'digest'],
    ['hides what holds texts', ['jane'], undefined, '1 item (digest)'],
    ['hides maps that hold more than numbers', { a: 'x' }, undefined, '1 key (digest)'],
    ['hides numbers where they are secret', 12, true, 'digest'],
    ['shows everything where nothing is secret', ['jane'], false, '["jane"]'],
    ['says when nothing was there', undefined, undefined, 'nothing'],
  ])('%s', (_, seen, secret, text) => {
    expect(stateText(seen, secret, digest)).toBe(text);
  });
});
