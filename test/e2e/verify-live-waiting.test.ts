import { describe, expect, it } from 'vitest';
import { cachingEdge } from '../targets/caching-edge.ts';
import { retryAfter503 } from '../targets/faults.ts';
import { flappingEdge } from '../targets/flapping-edge.ts';
import { origin } from '../targets/origin.ts';
import { get } from '../targets/probe.ts';
import type { Target } from '../targets/server.ts';
import { eventsWith, FRONTS, NEW, OLD, polls, verifyLive } from './prove.ts';

/** When the leading looks, one a round, arrived. */
const rounds = (target: Target): number[] =>
  target.requests
    .filter(({ headers }) => /\bbr\b/.test(String(headers['accept-encoding'])))
    .map(({ at }) => at);

const gaps = (times: readonly number[]): number[] =>
  times.slice(1).map((at, index) => at - (times[index] ?? 0));

describe('an edge that goes on serving its copy of the old build', () => {
  it.concurrent.each(FRONTS)('is proved only after that expired, and soon then (%s)', async (front) => {
    await using site = await origin();
    site.deploy(OLD);
    await using edge = await cachingEdge(site, { ttlMs: 6000 });
    await get(`${edge.url}/`);
    site.deploy(NEW);
    const expiresAt = edge.expiresAt('/') ?? 0;
    const run = await verifyLive(front, edge.url);
    expect([run.code, run.outputs.verdict]).toEqual([0, 'live']);
    const served = polls(run).map((fields) => fields.served);
    expect(served.slice(0, served.lastIndexOf(OLD) + 1).every((id) => id === OLD)).toBe(true);
    expect(served[0]).toBe(OLD);
    expect(Date.parse(run.proof?.endedAt ?? '')).toBeGreaterThan(expiresAt);
    // When the look that found the new build was to begin, however late this machine came to it.
    const last = run.proof?.checks[0]?.attempts?.findLast(({ observed }) => observed.served === OLD);
    const next = polls(run).findLast((fields) => fields.served === OLD)?.next ?? '';
    expect(next).toMatch(/^\d+(\.\d+)?s$/);
    expect(Date.parse(last?.at ?? '') + Number.parseFloat(next) * 1000 - expiresAt).toBeLessThan(1000);
  });

  it.concurrent.each(FRONTS)('is forecast once when its copy outlives the deadline (%s)', async (front) => {
    await using site = await origin();
    site.deploy(OLD);
    await using edge = await cachingEdge(site, { ttlMs: 79_200_000, header: 's-maxage' });
    await get(`${edge.url}/`);
    site.deploy(NEW);
    const run = await verifyLive(front, edge.url, { 'max-polls': '3' });
    expect([run.outputs.verdict, run.outputs.polls]).toEqual(['stale-edge', '3']);
    expect(eventsWith(run, 'forecast')).toEqual([
      {
        forecast: 'outlives-deadline',
        url: `${edge.url}/`,
        edge: '127.0.0.1',
        because: 'cache-control: s-maxage=79200',
        lifetime: '22h',
        beyond: '22h',
        advice: 'purge this URL at the edge',
      },
    ]);
  });

  it.concurrent.each([
    ['the origin has the new build', NEW, 'stale-edge'],
    ['the origin has it not', OLD, 'old-build'],
  ] as const)('ends the run at once under fail-fast: %s', async (_, deployed, verdict) => {
    await using site = await origin();
    site.deploy(OLD);
    await using edge = await cachingEdge(site, { ttlMs: 3_600_000 });
    await get(`${edge.url}/`);
    site.deploy(deployed);
    for (const front of FRONTS) {
      const run = await verifyLive(front, edge.url, { 'fail-fast': 'true' });
      expect([run.code, run.outputs.verdict, run.outputs.polls]).toEqual([1, verdict, '1']);
      expect(eventsWith(run, 'forecast')).toHaveLength(1);
    }
  });

  it.concurrent.each(['br', 'gzip', 'identity'])('is found when it is stale for %s only', async (stale) => {
    await using site = await origin();
    await using edge = await cachingEdge(site, { ttlMs: 3_600_000, perEncoding: true });
    site.deploy(OLD);
    await get(`${edge.url}/`, { 'accept-encoding': stale });
    site.deploy(NEW);
    const run = await verifyLive('command line', edge.url, { 'max-polls': '2' });
    expect([run.code, run.outputs.verdict]).toEqual([1, 'stale-edge']);
    expect(run.proof?.checks[0]?.observed).toBe(`stale-edge: ${OLD} at 127.0.0.1 (${stale})`);
  });
});

describe('a build that comes and goes', () => {
  it.concurrent.each(FRONTS)('is never proved (%s)', async (front) => {
    await using edge = await flappingEdge({ old: OLD, new: NEW });
    const run = await verifyLive(front, edge.url, { 'max-polls': '6' });
    expect([run.code, run.outputs.verdict, run.outputs.polls]).toEqual([1, 'stale-edge', '6']);
  });

  it.concurrent.each(FRONTS)('starts the count anew (%s)', async (front) => {
    const pattern = (look: number) => (look === 2 ? 'old' : 'new');
    await using edge = await flappingEdge({ old: OLD, new: NEW, pattern });
    const run = await verifyLive(front, edge.url, { confirmations: '3' });
    expect([run.outputs.verdict, run.outputs.polls]).toEqual(['live', '6']);
  });

  it.concurrent('is confirmed as often as was asked for, half a second apart', async () => {
    await using site = await origin();
    site.deploy(NEW);
    const run = await verifyLive('command line', site.url, { confirmations: '4' });
    expect([run.outputs.verdict, run.outputs.polls]).toEqual(['live', '4']);
    for (const gap of gaps(rounds(site))) expect(gap).toBeGreaterThanOrEqual(495);
  });
});

describe('a server that asks for patience', () => {
  it.concurrent.each([
    ['seconds', 503],
    ['date', 503],
    ['seconds', 429],
  ] as const)('gets it: Retry-After as %s with status %i', async (form, status) => {
    await using target = await retryAfter503(NEW, { times: 2, retryAfterSeconds: 2, form, status });
    const run = await verifyLive('command line', target.url);
    expect([run.code, run.outputs.verdict, run.outputs.polls]).toEqual([0, 'live', '4']);
    for (const gap of gaps(rounds(target)).slice(0, 2)) expect(gap).toBeGreaterThanOrEqual(1990);
  });

  it.concurrent.each(FRONTS)('beyond the deadline gets no second request (%s)', async (front) => {
    await using site = await retryAfter503(NEW, { times: 99, retryAfterSeconds: 3600 });
    const run = await verifyLive(front, site.url);
    expect([run.code, run.outputs.verdict, site.requests.length]).toEqual([1, 'error-status', 1]);
  });

  it.concurrent('without saying for how long is asked again at the ordinary pace', async () => {
    await using site = await retryAfter503(NEW, { times: 2, form: 'none' });
    expect((await verifyLive('command line', site.url)).outputs.polls).toBe('4');
  });
});

it.concurrent.each(FRONTS)(
  'makes as many rounds as max-polls, and none after `within` (%s)',
  async (front) => {
    await using site = await origin();
    site.deploy(OLD);
    const few = await verifyLive(front, site.url, { 'max-polls': '3' });
    expect([few.outputs.polls, rounds(site).length - 1]).toEqual(['3', 3]);
    const short = await verifyLive(front, site.url, { within: '4s' });
    const watching = polls(short);
    expect([short.outputs.verdict, watching.at(-1)?.next]).toEqual(['old-build', undefined]);
  },
);
