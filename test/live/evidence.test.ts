import { describe, expect, it } from 'vitest';
import { compareEtag } from '../../src/live/baseline.ts';
import {
  attemptOf,
  baselineChecks,
  etagEvidence,
  liveCheck,
  redirectChecks,
} from '../../src/live/evidence.ts';
import type { Look } from '../../src/live/look.ts';
import type { Verdict } from '../../src/live/verdict.ts';
import { attemptSchema, checkSchema } from '../../src/proof/schema.ts';
import { answered, faulted, PAGE } from './looks.ts';

const WANTED = { buildId: 'build-2' };
const SECOND = { address: '192.0.2.2' };
const V6 = { address: '2001:db8::1' };

const check = (
  verdict: Verdict,
  looks: readonly Look[],
  wanted: Parameters<typeof liveCheck>[3] = WANTED,
  past: readonly Look[] = [],
) => {
  const made = liveCheck(PAGE, verdict, looks, wanted, 2, past);
  expect(checkSchema.parse(made)).toEqual(made);
  return made;
};

describe('the check of a URL', () => {
  const table: readonly (readonly [Verdict, readonly Look[], string, string])[] = [
    ['live', [answered('build-2')], 'pass', 'build-2 at 192.0.2.1 (br)'],
    ['live', [answered('build-2'), faulted('no-route', V6)], 'pass', 'build-2 at 192.0.2.1 (br)'],
    ['old-build', [answered('build-1')], 'fail', 'old-build: build-1 at 192.0.2.1 (br)'],
    [
      'stale-edge',
      [answered('build-2'), answered('build-1', SECOND)],
      'fail',
      'stale-edge: build-1 at 192.0.2.2 (br)',
    ],
    [
      'stale-edge',
      [answered('build-2'), answered('build-1', { encoding: 'gzip' })],
      'fail',
      'stale-edge: build-1 at 192.0.2.1 (gzip)',
    ],
    [
      'no-marker',
      [answered(undefined)],
      'fail',
      'no-marker: status 200 without a build id at 192.0.2.1 (br)',
    ],
    [
      'no-marker',
      [answered(undefined, { unread: 'the body is larger than 5 bytes' })],
      'fail',
      'no-marker: status 200, the body is larger than 5 bytes at 192.0.2.1 (br)',
    ],
    [
      'error-status',
      [answered(undefined, { status: 503 })],
      'fail',
      'error-status: status 503 at 192.0.2.1 (br)',
    ],
    ['unreachable', [faulted('tls')], 'untestable', 'unreachable: E-tls: there was tls at 192.0.2.1 (br)'],
    [
      'unreachable',
      [faulted('no-route', V6)],
      'untestable',
      'unreachable: E-no-route: there was no-route at every address',
    ],
    ['unreachable', [answered('build-2')], 'untestable', 'not confirmed: build-2 at 192.0.2.1 (br)'],
    ['unreachable', [], 'untestable', 'unreachable: no look was made at every address'],
  ];
  it.each(table)('%s: %j', (verdict, looks, status, observed) => {
    expect(check(verdict, looks)).toMatchObject({ id: `live:${PAGE.href}`, status, observed });
  });

  it('speaks of the last look at each place', () => {
    const looks = [
      answered('build-0'),
      answered('build-0', SECOND),
      answered('build-1'),
      answered('build-2', SECOND),
    ];
    expect(check('stale-edge', looks).observed).toBe('stale-edge: build-1 at 192.0.2.1 (br)');
  });

  it('keeps every look of its own URL as an attempt', () => {
    const other = new URL('https://app.test/other');
    const looks = [answered('build-1'), answered('build-2', { url: other }), faulted('reset')];
    expect(check('old-build', looks).attempts?.map(({ status }) => status)).toEqual(['fail', 'untestable']);
  });

  it('names the addresses that had no route once, and the unchanged ETag where a change is required', () => {
    const looks = [faulted('no-route', V6), faulted('no-route', V6), answered('build-2', { etag: '"a"' })];
    expect(check('live', looks).detail).toBe(
      'Not looked at, since there is no route from here: 2001:db8::1.',
    );
    const strict = { ...WANTED, changedFrom: '"a"' };
    expect(check('old-build', looks, strict).detail).toContain('under the ETag of the baseline');
    expect(check('live', [answered('build-2')]).detail).toBeUndefined();
  });

  describe('advises about an edge that is stale', () => {
    const old = answered('build-1', { etag: '"a"' });
    const advice = (looks: readonly Look[], past: readonly Look[] = []) =>
      check('stale-edge', looks, WANTED, past).detail;
    const WAIT = 'purge them, or wait until it expires.';

    it('to purge it or wait, where the new build has an ETag of its own, or none', () => {
      expect(advice([answered('build-2', { etag: '"b"', ...SECOND }), old])).toContain(WAIT);
      expect(advice([old], [answered('build-2', { etag: '"b"' })])).toContain(WAIT);
      expect(advice([answered('build-1')], [answered('build-2')])).toContain(WAIT);
      // The ETag of another encoding says nothing about this one.
      expect(advice([old], [answered('build-2', { etag: '"a"', encoding: 'gzip' })])).toContain(WAIT);
    });

    it.each([
      ['at another edge', [answered('build-2', { etag: '"a"', ...SECOND }), old], []],
      ['past the caches', [old], [answered('build-2', { etag: 'W/"a"' })]],
    ])('to purge it, where the new build has the same ETag %s', (_, looks, past) => {
      expect(advice(looks, past)).toContain('under the same ETag as the old one');
      expect(advice(looks, past)).not.toContain(WAIT);
    });

    it('to compress after stamping, where another encoding is new at the origin', () => {
      const past = [answered('build-1'), answered('build-2', { encoding: 'gzip' })];
      expect(advice([old], past)).toMatch(/not for clients that accept br: .* Compress after stamping\.$/);
    });
  });

  it('names no address as left out where nothing was reached at all', () => {
    const detail = check('unreachable', [faulted('no-route', V6), faulted('no-route')]).detail;
    expect(detail).toContain('There was no answer');
    expect(detail).not.toContain('Not looked at');
  });
});

describe('an attempt', () => {
  it('holds what was seen, flat', () => {
    const full = answered('build-1', { status: 200, etag: '"x"', ageS: '41', cache: 'HIT', atMs: 1000 });
    expect(attemptSchema.parse(attemptOf(full, WANTED))).toEqual({
      at: '1970-01-01T00:00:01.000Z',
      elapsedMs: 5,
      status: 'fail',
      observed: {
        edge: '192.0.2.1',
        encoding: 'br',
        status: 200,
        served: 'build-1',
        etag: '"x"',
        age: '41',
        cache: 'HIT',
      },
    });
    const fault = { ...faulted('dns'), redirects: ['https://b.test/'] };
    expect(attemptSchema.parse(attemptOf(fault, WANTED)).observed).toEqual({
      edge: '192.0.2.1',
      encoding: 'br',
      redirects: ['https://b.test/'],
      error: 'E-dns',
      explanation: 'there was dns',
    });
  });

  it('passes, fails, or says that nothing was looked at', () => {
    const status = (look: Look) => attemptOf(look, WANTED).status;
    expect(status(answered('build-2'))).toBe('pass');
    expect(status(answered(undefined))).toBe('fail');
    expect(status(answered('build-2', { status: 404 }))).toBe('fail');
    expect(status(faulted('refused'))).toBe('untestable');
    expect(status(faulted('no-route'))).toBe('untestable');
  });
});

describe('warnings', () => {
  it('are given for a redirect to another host, once a URL', () => {
    const to = (...redirects: string[]) => answered('build-2', { redirects });
    const warned = (...looks: Look[]) => redirectChecks([PAGE], looks).map(({ observed }) => observed);
    expect(warned(to('https://app.test/login'), to())).toEqual([]);
    expect(warned(to('https://app.test/a', 'https://b.test/'), to('https://b.test/'))).toEqual([
      'redirected to https://b.test/',
    ]);
    expect(warned(to('https://app.test:8443/'))).toEqual(['redirected to https://app.test:8443/']);
  });

  it('are given when the wanted id was served before the deploy already', () => {
    const servedBefore = (buildId: string | null) => ({
      schemaVersion: 1 as const,
      at: '2026-05-05T12:00:00.000Z',
      urls: [{ url: PAGE.href, status: 200, etag: null, buildId }],
    });
    expect(baselineChecks([PAGE], servedBefore('build-2'), 'build-2')).toMatchObject([{ status: 'warn' }]);
    expect(baselineChecks([PAGE], servedBefore('build-1'), 'build-2')).toEqual([]);
    expect(baselineChecks([PAGE], servedBefore(null), 'build-2')).toEqual([]);
    expect(baselineChecks([PAGE], undefined, 'build-2')).toEqual([]);
  });
});

describe('the ETag as evidence', () => {
  const servedBefore = (etag: string | null) => ({
    schemaVersion: 1 as const,
    at: '2026-05-05T12:00:00.000Z',
    urls: [{ url: PAGE.href, status: 200, etag, buildId: null }],
  });
  it.each([
    ['"a"', '"b"', 'changed'],
    ['"a"', '"a"', 'unchanged'],
    ['"a"', 'W/"a"', 'unchanged'],
    ['W/"a"', '"a"', 'unchanged'],
    ['"a"', undefined, 'absent'],
    [null, '"a"', 'absent'],
  ])('from %s to %s is %s', (earlier, later, expected) => {
    expect(compareEtag(servedBefore(earlier), PAGE.href, later)).toBe(expected);
  });

  it('is that of the last answer in the leading encoding, and nothing without a baseline', () => {
    const looks = [
      answered('x', { etag: '"a"' }),
      answered('x', { etag: '"b"' }),
      answered('x', { etag: '"c"', encoding: 'gzip' }),
      faulted('reset'),
    ];
    expect(etagEvidence(PAGE, looks, undefined)).toEqual({ etag: '"b"', evidence: 'no-baseline' });
    expect(etagEvidence(PAGE, looks, servedBefore('"a"'))).toEqual({ etag: '"b"', evidence: 'changed' });
    expect(compareEtag(servedBefore('"a"'), 'https://other.test/', '"b"')).toBe('no-baseline');
  });
});
