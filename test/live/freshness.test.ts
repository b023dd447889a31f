import { describe, expect, it } from 'vitest';
import {
  type CachedCopy,
  cachedCopy,
  cacheStatus,
  httpDate,
  narrow,
  retryAfterMs,
} from '../../src/live/freshness.ts';

const T = Date.parse('2026-05-05T12:00:00.000Z');
const REQUESTED = T - 40;
const at = (offsetS: number): string => new Date(T + offsetS * 1000).toUTCString();
const headers = (fields: Readonly<Record<string, string>>) => (name: string) => fields[name];
const copyOf = (fields: Readonly<Record<string, string>>) =>
  cachedCopy({ header: headers(fields), requestedAtMs: REQUESTED, answeredAtMs: T });

describe('the freshness lifetime', () => {
  const table: readonly [string, Record<string, string>, number | undefined, string?][] = [
    ['max-age', { 'cache-control': 'public, max-age=60' }, 60, 'cache-control: max-age=60'],
    [
      's-maxage over max-age',
      { 'cache-control': 'max-age=60, s-maxage=300' },
      300,
      'cache-control: s-maxage=300',
    ],
    ['a quoted argument', { 'cache-control': 'max-age="60"' }, 60],
    ['blanks around the sign', { 'cache-control': 'max-age = 60' }, 60],
    ['names in any case', { 'cache-control': 'Public, S-MaxAge=9' }, 9],
    ['the first of a repeated directive', { 'cache-control': 'max-age=5, max-age=50' }, 5],
    ['no directive inside a quoted text', { 'cache-control': 'ext="max-age=5, s-maxage=6", max-age=50' }, 50],
    ['a number beyond 2^31 as 2^31', { 'cache-control': 'max-age=99999999999' }, 2 ** 31],
    ['max-age over Expires', { 'cache-control': 'max-age=60', date: at(0), expires: at(900) }, 60],
    ['Expires from the Date of the answer', { date: at(-100), expires: at(20) }, 120, `expires: ${at(20)}`],
    ['Expires without a Date, from the answer', { expires: at(20) }, 20],
    [
      'CDN-Cache-Control over Cache-Control',
      { 'cdn-cache-control': 'max-age=7', 'cache-control': 's-maxage=70' },
      7,
      'cdn-cache-control: max-age=7',
    ],
    [
      'a tenth of the age since Last-Modified',
      { date: at(0), 'last-modified': at(-600) },
      60,
      'last-modified (a tenth of its age, by heuristic)',
    ],
    ['Expires over the heuristic', { date: at(0), expires: at(20), 'last-modified': at(-600) }, 20],
    [
      'private with an argument, which speaks of fields',
      { 'cache-control': 'private="set-cookie", max-age=60' },
      60,
    ],
    ['no-cache with an argument', { 'cache-control': 'no-cache="set-cookie", max-age=60' }, 60],
    ['stale-while-revalidate beside it', { 'cache-control': 'max-age=60, stale-while-revalidate=999' }, 60],
    ['nothing that is said', {}, undefined],
    ['no-store', { 'cache-control': 'no-store, max-age=60' }, undefined],
    ['private', { 'cache-control': 'private, max-age=60' }, undefined],
    ['no-cache', { 'cache-control': 'no-cache, max-age=60' }, undefined],
    ['no-store for CDNs', { 'cdn-cache-control': 'no-store', 'cache-control': 'max-age=60' }, undefined],
    ['no-store over the heuristic', { 'cache-control': 'no-store', 'last-modified': at(-600) }, undefined],
    ['a lifetime of zero', { 'cache-control': 'public, max-age=0, must-revalidate' }, undefined],
    ['s-maxage=0 over a long max-age', { 'cache-control': 'max-age=60, s-maxage=0' }, undefined],
    ['Expires in the past', { date: at(0), expires: at(-5) }, undefined],
    ['Expires: 0', { expires: '0', 'last-modified': at(-600) }, undefined],
    ['Expires: -1', { expires: '-1' }, undefined],
    ['Last-Modified after Date', { date: at(0), 'last-modified': at(5) }, undefined],
    ['a negative max-age', { 'cache-control': 'max-age=-1' }, undefined],
    ['a fraction', { 'cache-control': 'max-age=1.5' }, undefined],
  ];

  it.each(table)('reads %s', (_, fields, seconds, by) => {
    const copy = copyOf(fields);
    expect(copy?.lifetimeMs).toBe(seconds === undefined ? undefined : seconds * 1000);
    if (by !== undefined) expect(copy?.by).toBe(by);
  });
});

describe('the moment of expiry', () => {
  const HOUR = { 'cache-control': 'max-age=3600' };
  const expiry = (fields: Readonly<Record<string, string>>) => {
    const copy = copyOf({ ...HOUR, ...fields });
    return copy && [copy.expiresFromMs - T - 3_600_000, copy.expiresUntilMs - T - 3_600_000, copy.hit];
  };
  const table: readonly (readonly [string, Record<string, string>, readonly unknown[]])[] = [
    ['leaves the second open that Age cuts off', { age: '30' }, [-31_040, -30_000, true]],
    ['is told by the first of several ages', { age: '30, 7' }, [-31_040, -30_000, true]],
    ['trusts Age over Date', { age: '30', date: at(-500) }, [-31_040, -30_000, true]],
    [
      'counts from the Date of a hit without Age',
      { 'x-cache': 'HIT', date: at(-30) },
      [-30_000, -29_000, true],
    ],
    [
      'is not before the answer for a clock ahead of ours',
      { 'x-cache': 'HIT', date: at(7200) },
      [-40, 0, true],
    ],
    ['counts from the answer for a hit without Age and Date', { 'x-cache': 'HIT' }, [-40, 0, true]],
    ['counts from the answer when it was no hit', { date: at(-30) }, [-40, 0, false]],
    ['takes an unreadable Age for none', { age: '-3' }, [-40, 0, false]],
  ];

  it.each(table)('%s', (_, fields, expected) => {
    expect(expiry(fields)).toEqual(expected);
  });

  it('is known closer by two looks than by each of them', () => {
    const look = (answeredAtMs: number, age: number) =>
      cachedCopy({
        header: headers({ 'cache-control': 'max-age=10', age: String(age) }),
        requestedAtMs: answeredAtMs,
        answeredAtMs,
      });
    // Born at T + 300: 0.9 s later the age is still 0, 1.1 s later it is 1.
    const [first, second] = [look(T + 1200, 0), look(T + 1400, 1)];
    if (!first || !second) throw new Error('both are copies');
    const both = narrow(first, second);
    expect([both.expiresFromMs, both.expiresUntilMs]).toEqual([T + 10_200, T + 10_400]);
    expect(narrow(undefined, second)).toBe(second);
  });

  const copy = (fromMs: number, given: Partial<CachedCopy> = {}): CachedCopy => ({
    expiresFromMs: fromMs,
    expiresUntilMs: fromMs + 1000,
    lifetimeMs: 10_000,
    seenAtMs: 0,
    by: 'x',
    hit: true,
    ...given,
  });

  it('belongs to the newer copy when two looks cannot have seen the same one', () => {
    const longer = copy(500, { lifetimeMs: 20_000 });
    expect(narrow(copy(0), longer)).toEqual(longer);
    expect(narrow(copy(0, { seenAtMs: -9_000 }), copy(5000))).toEqual(copy(5000));
    expect(narrow(copy(5000), copy(0))).toMatchObject({ expiresUntilMs: 1000 });
  });

  it('is known to the millisecond when two windows have one moment in common', () => {
    expect(narrow(copy(0), copy(1000))).toEqual(copy(1000, { expiresUntilMs: 1000 }));
  });

  it('is known closer when the copy before it was seen a moment ago', () => {
    const renewed = copy(15_000, { seenAtMs: 6000 });
    expect(narrow(copy(5000, { seenAtMs: 5800 }), renewed)).toEqual({ ...renewed, expiresFromMs: 15_800 });
    // Two caches behind one address: what the one says of the other leaves its window as it is, but for the beginning.
    expect(narrow(copy(5000, { seenAtMs: 9000 }), renewed)).toEqual({ ...renewed, expiresFromMs: 16_000 });
  });
});

describe('what a cache says of itself', () => {
  const table: readonly (readonly [Record<string, string>, string | undefined])[] = [
    [{ 'cache-status': 'Edge; hit; ttl=30' }, 'HIT'],
    [{ 'cache-status': 'Edge; fwd=miss; stored' }, 'MISS'],
    [{ 'cache-status': 'Edge; fwd=stale' }, 'STALE'],
    [{ 'cache-status': 'Edge; fwd=uri-miss' }, 'MISS'],
    [{ 'cache-status': 'Shield; hit, Edge; fwd=miss' }, 'MISS'],
    [{ 'cache-status': 'Shield; fwd=miss, Edge; hit' }, 'HIT'],
    [{ 'cache-status': 'Edge; hit', 'x-cache': 'MISS' }, 'HIT'],
    [{ 'cache-status': 'Edge;hit' }, 'HIT'],
    [{ 'cache-status': 'Edge;fwd=stale' }, 'STALE'],
    [{ 'cache-status': 'Edge; ttl=30', 'x-cache': 'HIT' }, 'HIT'],
    [{ 'cache-status': 'Edge' }, undefined],
    [{ 'cf-cache-status': 'DYNAMIC' }, 'DYNAMIC'],
    [{ 'cf-cache-status': 'EXPIRED' }, 'EXPIRED'],
    [{ 'x-vercel-cache': 'PRERENDER' }, 'PRERENDER'],
    [{ 'x-nf-cache-status': '"Netlify Edge"; hit' }, 'HIT'],
    [{ 'x-cache': 'Hit from cloudfront' }, 'HIT'],
    [{ 'x-cache': 'MISS, HIT' }, 'HIT'],
    [{ 'x-cache': 'HIT, MISS' }, 'MISS'],
    [{ 'x-cache': 'TCP_MEM_HIT from a23-1-2-3.deploy.akamaitechnologies.com' }, 'HIT'],
    [{ 'x-cache': 'TCP_MISS from a23' }, 'MISS'],
    [{ 'x-cache': 'whitelisted' }, undefined],
    [{ 'x-cache': '' }, undefined],
    [{}, undefined],
  ];

  it.each(table)('%j is %s', (fields, expected) => {
    expect(cacheStatus(headers(fields))).toBe(expected);
  });
});

describe('dates', () => {
  it('are read in the three forms of HTTP, and in no other', () => {
    for (const text of ['Tue, 05 May 2026 12:00:00 GMT', 'Tuesday, 05-May-26 12:00:00 GMT']) {
      expect(httpDate(text), text).toBe(T);
    }
    for (const text of ['0', '-1', '', 'tomorrow', '2026', undefined])
      expect(httpDate(text), text).toBeUndefined();
    for (const time of ['2:00:00', '12:0:00', '12:00:0', '12:00'])
      expect(httpDate(`Tue, 05 May 2026 ${time} GMT`), time).toBeUndefined();
  });

  it('say by Retry-After how long to wait', () => {
    const table: readonly (readonly [string | undefined, number | undefined])[] = [
      ['120', 120_000],
      [' 0 ', 0],
      [at(90), 90_000],
      [at(-90), 0],
      ['soon', undefined],
      ['-5', undefined],
      ['1.5', undefined],
      [undefined, undefined],
    ];
    for (const [text, expected] of table) expect(retryAfterMs(text, T), text).toBe(expected);
  });
});
