import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stateText } from '../../../src/modes/replay/state.ts';
import {
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
