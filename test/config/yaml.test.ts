import { describe, expect, it } from 'vitest';
import { type Located, parseYaml, plain } from '../../src/config/yaml.ts';

const read = (text: string) => parseYaml(text, 'f.yml');
const same = (text: string) => text;

/** Every value's line by its path. */
function linesOf(located: Located, path = ''): Record<string, number> {
  const { value, line } = located;
  const children: [string | number, Located][] =
    value instanceof Map ? [...value] : Array.isArray(value) ? [...value.entries()] : [];
  return Object.assign({ [path]: line }, ...children.map(([key, child]) => linesOf(child, `${path}/${key}`)));
}

describe('parseYaml', () => {
  it('gives plain data', () => {
    const text = 'a: 1\nb: [x, "2", true, null, 1.5]\nc:\n  d: |\n    two\n    lines\n  e:\n';
    expect(plain(read(text), same)).toEqual({
      ...{ a: 1, b: ['x', '2', true, null, 1.5] },
      c: { d: 'two\nlines\n', e: null },
    });
    expect(plain(read(''), same)).toBeNull();
  });

  it('keeps the line of each key and of each item', () => {
    const text =
      '# a comment\nlive:\n  url:\n    - https://a\n\n    - https://b\n  headers: { a: 1,\n    b: 2 }\n  within:\n    5m\n';
    expect(linesOf(read(text))).toEqual({
      ...{ '': 2, '/live': 2, '/live/url': 3, '/live/url/0': 4, '/live/url/1': 6 },
      ...{ '/live/headers': 7, '/live/headers/a': 7, '/live/headers/b': 8, '/live/within': 9 },
    });
  });

  it('counts lines alike with CRLF and with a byte order mark', () => {
    const text = 'a: 1\nb:\n  - x\n';
    expect(linesOf(read(text.replaceAll('\n', '\r\n')))).toEqual(linesOf(read(text)));
    expect(linesOf(read(`\ufeff${text}`))).toEqual(linesOf(read(text)));
  });

  it('puts in what an alias names, where it stands', () => {
    const located = read('a: &x {k: v}\nb: *x\n');
    expect(plain(located, same)).toEqual({ a: { k: 'v' }, b: { k: 'v' } });
    expect(linesOf(located)['/b']).toBe(2);
  });

  it.each([
    ['a key twice', 'a: 1\nb: 2\na: 3\n', 3],
    ['a key twice, in two types', '1: a\n"1": b\n', 2],
    ['a key that is a list', '[a]: b\n', 1],
    ['a tag of its own', 'a: 1\nb: !include x\n', 2],
    ['binary', 'a: !!binary aGk=\n', 1],
    ['an alias without an anchor', 'a: 1\nb: *x\n', 2],
    ['an alias to itself', 'a: &x [*x]\n', 1],
    ['two documents', 'a: 1\n---\nb: 2\n', 2],
    ['a tab as indentation', 'a:\n\tb: 1\n', 2],
    ['an open quote', 'a: "b\n', 2],
    ['65 levels', `${'['.repeat(66)}x${']'.repeat(66)}`, 1],
    ['100,000 levels', '['.repeat(100_000), 1],
  ])('refuses %s, naming the line', (_, text, line) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({
        ...{ code: 'config-yaml', outcome: 'invalid', at: { file: 'f.yml', line } },
        message: expect.stringMatching(new RegExp(`^f\\.yml:${line}: `)),
      }),
    );
  });

  it('takes 50 aliases and no more', () => {
    const text = (count: number) => `a: &x y\nb: [${Array(count).fill('*x').join(', ')}]\n`;
    expect(() => read(text(50))).not.toThrow();
    expect(() => read(text(51))).toThrow('more than 50 aliases');
  });

  it('ends soon on aliases of aliases', () => {
    const levels = Array.from(
      { length: 30 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`,
    );
    expect(() => read(`a0: &a0 x\n${levels.join('\n')}\n`)).toThrow('more than 50 aliases');
  });

  it('reads a map of many keys in reasonable time', () => {
    const text = Array.from({ length: 20_000 }, (_, i) => `key-${i}: v`).join('\n');
    const startedAt = performance.now();
    expect(read(text).value).toHaveProperty('size', 20_000);
    // Comparing each key with each took a minute.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('keeps a key called __proto__ a key like any other', () => {
    const value = plain(read('__proto__: {polluted: yes}\n'), same) as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});
