import { describe, expect, it } from 'vitest';
import { MAX_JSON_DEPTH, nestsDeeper, parseJson } from '../../src/proof/parse-json.ts';

const lists = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('the depth of a JSON text', () => {
  it.each<[string, string, number]>([
    ['a number', '1', 0],
    ['an empty list', '[]', 1],
    ['lists in lists', '[[[]]]', 3],
    ['maps in maps', '{"a":{"b":{}}}', 3],
    ['lists in maps in lists', '[{"a":[1]}]', 3],
    ['lists side by side', '[[],[],[]]', 2],
    ['maps side by side', '{"a":{},"b":{},"c":{}}', 2],
    ['brackets in a text', '["[[[{{{"]', 1],
    ['brackets after an escaped quote', String.raw`["a\"[[[["]`, 1],
    ['brackets after a text that ends in a backslash', String.raw`["a\\",[[]]]`, 3],
    ['brackets after an empty text', '["",[[]]]', 3],
    ['closing brackets in a text', '[["]]]]",[[]]]]', 4],
    ['brackets in a key', '{"[[[[":[]}', 2],
    ['what never ends', '[[[[', 4],
    ['a text that never ends', '["[[[[', 1],
    ['a backslash outside of a text', '\\[[', 2],
  ])('of %s is counted', (_, text, depth) => {
    expect(nestsDeeper(text, depth)).toBe(false);
    expect(depth === 0 || nestsDeeper(text, depth - 1)).toBe(true);
  });
});

describe('a JSON text', () => {
  it.each<[string, unknown]>([
    ['{"a":[1,null,"x"]}', { a: [1, null, 'x'] }],
    ['null', null],
    [' "a" ', 'a'],
  ])('%s is read', (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  it.each(['', '{', '{"a":1,}', 'undefined', '[1] [2]', '<html>'])('is not %s', (text) => {
    expect(parseJson(text)).toBeUndefined();
  });

  it('may nest as deep as anything honest does, and no deeper', () => {
    expect(JSON.stringify(parseJson(lists(MAX_JSON_DEPTH)))).toBe(lists(MAX_JSON_DEPTH));
    expect(parseJson(lists(MAX_JSON_DEPTH + 1))).toBeUndefined();
    expect(parseJson(lists(1_000_000))).toBeUndefined();
  });
});
