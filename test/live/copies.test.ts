import { describe, expect, it } from 'vitest';
import { copiesBehind, type KnownCopies, learn, outliving } from '../../src/live/copies.ts';
import { answered, copy, faulted } from './looks.ts';

const DEADLINE = 10_000;
const NOTHING: KnownCopies = new Map();
const old = (from: number, place: Parameters<typeof answered>[1] = {}) =>
  answered('build-1', { copy: copy(from), ...place });

describe('what is known of copies', () => {
  it('gets closer with each look at the same copy', () => {
    const first = learn(NOTHING, [old(5000)]);
    const second = learn(first, [old(5700)]);
    const third = learn(second, [old(4900)]);
    expect(copiesBehind(third, [old(0)])).toEqual([copy(5700, { expiresUntilMs: 5900 })]);
    expect(copiesBehind(first, [old(0)])).toEqual([copy(5000)]);
  });

  it('is kept apart by URL, address, encoding, id and ETag', () => {
    const places = [
      {},
      { url: new URL('https://app.test/other') },
      { address: '192.0.2.2' },
      { encoding: 'gzip' },
      { etag: '"x"' },
    ] as const;
    const looks = places.map((place, index) => old(index * 10_000, place));
    const known = learn(NOTHING, [...looks, answered('build-0', { copy: copy(90_000) })]);
    expect(known.size).toBe(places.length + 1);
    expect(copiesBehind(known, looks).map(({ expiresFromMs }) => expiresFromMs)).toEqual([
      0, 10_000, 20_000, 30_000, 40_000,
    ]);
  });

  it('has nothing for faults and for answers that no cache may keep', () => {
    const looks = [faulted('refused'), answered('build-1')];
    expect(learn(NOTHING, looks).size).toBe(0);
    expect(copiesBehind(NOTHING, looks)).toEqual([]);
  });
});

describe('waiting is vain', () => {
  const vain = (...looks: Parameters<typeof outliving>[1]) =>
    outliving(learn(NOTHING, looks), looks, DEADLINE);

  it('when every wrong answer comes from a copy that outlives the deadline; the one that expires first is named', () => {
    const late = old(50_000);
    const later = old(90_000, { address: '192.0.2.2' });
    expect(vain(later, late)).toEqual({ look: late, copy: copy(50_000) });
  });

  it('but not when one of them may still change by itself', () => {
    const late = old(50_000);
    const elsewhere = { address: '192.0.2.2' };
    expect(vain(late, old(DEADLINE, elsewhere))).toBeUndefined();
    expect(vain(late, faulted('reset', elsewhere))).toBeUndefined();
    expect(vain(late, answered('build-1', elsewhere))).toBeUndefined();
    expect(vain(late, old(50_000, { ...elsewhere, copy: copy(50_000, { hit: false }) }))).toBeUndefined();
    expect(vain()).toBeUndefined();
  });
});
