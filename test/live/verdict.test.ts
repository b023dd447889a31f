import { describe, expect, it } from 'vitest';
import type { Look } from '../../src/live/look.ts';
import {
  type Finding,
  find,
  isLive,
  isWrong,
  judge,
  placeOf,
  servedIds,
  VERDICTS,
  type Verdict,
  worst,
} from '../../src/live/verdict.ts';
import { answered, faulted } from './looks.ts';

const WANTED = { buildId: 'build-2' };
const LOCALHOST = new URL('http://localhost:8080/');

/** One look for each finding. */
const LOOKS = {
  wanted: answered('build-2'),
  'other-id': answered('build-1'),
  'no-id': answered(undefined),
  'bad-status': answered(undefined, { status: 500 }),
  'no-answer': faulted('refused'),
  'no-route': faulted('no-route'),
} as const satisfies Record<Finding, Look>;

const looksOf = (findings: string): Look[] => findings.split(' ').map((finding) => LOOKS[finding as Finding]);

describe('one look', () => {
  it.each(Object.entries(LOOKS))('is found to be %s', (finding, look) => {
    expect(find(look, WANTED)).toBe(finding);
    expect(isWrong(look, WANTED)).toBe(!['wanted', 'no-route'].includes(finding));
  });

  it('is right by the exact id and a status of success only', () => {
    for (const served of ['build-22', 'build-', 'Build-2', 'xbuild-2']) {
      expect(find(answered(served), WANTED)).toBe('other-id');
    }
    for (const status of [199, 300, 304, 404, 503]) {
      expect(find(answered('build-2', { status }), WANTED)).toBe('bad-status');
    }
    for (const status of [200, 203, 299])
      expect(find(answered('build-2', { status }), WANTED)).toBe('wanted');
  });

  it('is wrong without another ETag where that is required', () => {
    const strict = { ...WANTED, changedFrom: '"a"' };
    const table: readonly (readonly [string | undefined, Finding])[] = [
      ['"b"', 'wanted'],
      ['"a"', 'other-id'],
      ['W/"a"', 'other-id'],
      [undefined, 'other-id'],
    ];
    for (const [etag, finding] of table)
      expect(find(answered('build-2', { etag }), strict), etag).toBe(finding);
    expect(find(answered('build-2', { etag: '"a"' }), WANTED)).toBe('wanted');
    // The baseline knows the ETag of the leading encoding only.
    expect(find(answered('build-2', { encoding: 'identity' }), strict)).toBe('wanted');
  });

  it('takes a refusal for a missing route under the names of this machine only', () => {
    const refusedAt = (url: string) => find(faulted('refused', { url: new URL(url) }), WANTED);
    expect(refusedAt('http://localhost/')).toBe('no-route');
    expect(refusedAt('http://app.localhost:8080/')).toBe('no-route');
    expect(refusedAt('http://notlocalhost/')).toBe('no-answer');
    expect(refusedAt('http://localhost.example.com/')).toBe('no-answer');
    expect(refusedAt('http://127.0.0.1/')).toBe('no-answer');
    expect(find(faulted('reset', { url: LOCALHOST }), WANTED)).toBe('no-answer');
    expect(find(faulted('timeout', { url: LOCALHOST }), WANTED)).toBe('no-answer');
  });
});

describe('a round', () => {
  const live = (looks: readonly Look[]) => isLive(looks, () => WANTED);

  it.each([
    ['wanted', true],
    ['wanted wanted', true],
    ['wanted no-route', true],
    ['no-route', false],
    ['wanted other-id', false],
    ['wanted no-id', false],
    ['wanted bad-status', false],
    ['wanted no-answer', false],
  ])('of %s is good: %s', (findings, expected) => {
    expect(live(looksOf(findings))).toBe(expected);
  });

  it('is not good when nothing was looked at, or one URL was not', () => {
    expect(live([])).toBe(false);
    const other = new URL('https://app.test/other');
    expect(live([LOOKS.wanted, faulted('no-route', { url: other })])).toBe(false);
    expect(live([LOOKS.wanted, answered('build-2', { url: other })])).toBe(true);
  });
});

describe('the verdict on one URL', () => {
  const table: readonly (readonly [string, Verdict, Verdict])[] = [
    // what the last looks found, the verdict, the verdict when the new build was seen elsewhere
    ['wanted', 'live', 'live'],
    ['wanted no-route', 'live', 'live'],
    ['other-id', 'old-build', 'stale-edge'],
    ['other-id wanted', 'stale-edge', 'stale-edge'],
    ['no-id wanted', 'stale-edge', 'stale-edge'],
    ['other-id no-answer', 'old-build', 'stale-edge'],
    ['other-id no-id bad-status no-answer', 'old-build', 'stale-edge'],
    ['no-id', 'no-marker', 'stale-edge'],
    ['no-id no-answer', 'no-marker', 'stale-edge'],
    ['bad-status', 'error-status', 'error-status'],
    ['bad-status wanted', 'error-status', 'error-status'],
    ['bad-status no-answer', 'error-status', 'error-status'],
    ['bad-status no-id', 'error-status', 'stale-edge'],
    ['no-answer', 'unreachable', 'unreachable'],
    ['no-answer wanted', 'unreachable', 'unreachable'],
    ['no-answer no-route', 'unreachable', 'unreachable'],
    ['no-route', 'unreachable', 'unreachable'],
  ];

  it.each(table)('by %s is %s, and %s when the new build was seen', (findings, verdict, whenSeen) => {
    expect(judge(looksOf(findings), WANTED, false)).toBe(verdict);
    expect(judge(looksOf(findings), WANTED, true)).toBe(whenSeen);
    expect(judge(looksOf(findings).reverse(), WANTED, false)).toBe(verdict);
  });

  it('is unreachable without any look', () => {
    expect(judge([], WANTED, false)).toBe('unreachable');
  });
});

describe('the verdict on several URLs', () => {
  it('is the one that says most, and live only when all are', () => {
    const order: readonly Verdict[] = [
      'old-build',
      'stale-edge',
      'error-status',
      'no-marker',
      'unreachable',
      'live',
    ];
    expect([...order].sort()).toEqual([...VERDICTS].sort());
    for (const [rank, first] of order.entries()) {
      for (const second of order.slice(rank)) {
        expect(worst([first, second])).toBe(first);
        expect(worst([second, first])).toBe(first);
      }
    }
    expect(worst([])).toBe('unreachable');
  });
});

it('names the distinct ids that were served', () => {
  expect(
    servedIds([answered('b'), answered('a'), answered(undefined), faulted('dns'), answered('b')]),
  ).toEqual(['b', 'a']);
});

it('names the place that was looked at, where it is known', () => {
  const { target } = answered('a', { address: '203.0.113.7', encoding: 'identity' });
  expect(placeOf(target)).toBe('203.0.113.7 (identity)');
  expect(placeOf({ ...target, address: undefined })).toBe('any address (identity)');
});
