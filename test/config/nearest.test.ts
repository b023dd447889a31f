import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from '../../src/config/nearest.ts';

const NAMES = ['url', 'build-id', 'where', 'within', 'confirmations', 'edges', 'require-etag-change'];

describe('nearest', () => {
  it.each([
    ['withim', 'within'],
    ['wihtin', 'within'],
    ['WITHIN', 'within'],
    ['build_id', 'build-id'],
    ['buildid', 'build-id'],
    ['urls', 'url'],
    ['confirmation', 'confirmations'],
    ['require-etag', undefined],
    ['token', undefined],
    ['', undefined],
  ])('takes %j for %s', (given, expected) => {
    expect(nearest(given, NAMES)).toBe(expected);
  });

  it('finds a name with any one letter changed, dropped, doubled, or swapped with its neighbour', () => {
    const typo = fc.record({
      name: fc.constantFrom(...NAMES.filter(({ length }) => length > 4)),
      at: fc.nat(40),
      kind: fc.nat(3),
    });
    fc.assert(
      fc.property(typo, ({ name, at, kind }) => {
        const i = at % (name.length - 1);
        const [head, letter, next, tail] = [name.slice(0, i), name[i], name[i + 1], name.slice(i + 2)];
        const typos = [
          `${head}#${next}${tail}`,
          `${head}${next}${tail}`,
          `${head}${letter}${letter}${next}${tail}`,
          `${head}${next}${letter}${tail}`,
        ];
        expect(nearest(typos[kind] ?? '', NAMES)).toBe(name);
      }),
    );
  });

  it('is said in a message only when there is one', () => {
    expect(didYouMean('withim', NAMES)).toBe(' (did you mean `within`?)');
    expect(didYouMean('token', NAMES)).toBe('');
  });
});
