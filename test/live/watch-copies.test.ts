import { assert, asyncProperty, integer } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyUntil, flipAt, OLD, transportError, travel } from './time-travel.ts';

const EDGES = ['192.0.2.1', '192.0.2.2'];
const BOTH = { resolve: () => EDGES };
const HALF_ROUTED = { resolve: () => ['2001:db8::1', '192.0.2.1'] };

describe('a copy that expires', () => {
  it('is seen gone within 300 ms, after few looks, and never before', async () => {
    await assert(
      asyncProperty(
        integer({ min: 2_000, max: 100_000 }),
        integer({ min: 2, max: 600 }),
        async (expiresAtMs, lifetimeS) => {
          const { verdict, asked, watched } = await travel({}, { serve: copyUntil(expiresAtMs, lifetimeS) });
          const seen = asked.find(({ atMs }) => atMs >= expiresAtMs);
          expect(verdict).toBe('live');
          expect((seen?.atMs ?? 0) - expiresAtMs).toBeLessThanOrEqual(300);
          expect(watched.elapsedMs).toBeGreaterThanOrEqual(expiresAtMs + 500);
          // The ordinary pace, and a look or two for each time that the copy is renewed.
          expect(watched.rounds.length).toBeLessThan(55 + (3 * expiresAtMs) / (lifetimeS * 1000));
        },
      ),
    );
  });

  it('is followed however the wall clock is set meanwhile', async () => {
    const wallClockStep = (atMs: number) => (atMs > 20_000 ? 3_600_000 : 0);
    const { asked, verdict } = await travel({}, { serve: copyUntil(60_000, 300), wallClockStep });
    const seen = asked.find(({ atMs }) => atMs >= 60_000);
    expect([verdict, (seen?.atMs ?? 0) < 60_300]).toEqual(['live', true]);
  });

  it('is forecast once when it outlives the deadline, with the header that is to blame', async () => {
    const { forecasts, verdict, rounds } = await travel({}, { serve: copyUntil(3_600_000, 7200) });
    expect(forecasts).toHaveLength(1);
    expect(forecasts[0]?.copy.by).toBe('cache-control: s-maxage=7200');
    expect(Math.round((forecasts[0]?.byMs ?? 0) / 1000)).toBeCloseTo(3480, -1);
    expect([verdict, rounds.length > 5]).toEqual(['stale-edge', true]);
  });

  it('ends the watch at once under fail-fast', async () => {
    const plan = { failFast: true };
    const { rounds, verdict } = await travel(plan, { serve: copyUntil(3_600_000, 7200) });
    expect([verdict, rounds.length]).toEqual(['stale-edge', 1]);
    const origin = await travel(plan, {
      serve: () => ({ body: OLD, headers: { age: '9', 'cache-control': 'max-age=7200' } }),
    });
    expect([origin.verdict, origin.rounds.length]).toEqual(['old-build', 1]);
  });

  it('is forecast although another address has no route, but not while another copy may still change', async () => {
    const serve = copyUntil(3_600_000, 7200);
    const unrouted = await travel(
      { failFast: true },
      {
        ...HALF_ROUTED,
        serve: (asked) => (asked.address.includes(':') ? transportError('ENETUNREACH') : serve(asked)),
      },
    );
    expect([unrouted.forecasts.length, unrouted.rounds.length]).toEqual([1, 1]);
    const other = await travel(
      { failFast: true },
      {
        ...BOTH,
        serve: (asked) => (asked.address === EDGES[0] ? serve(asked) : flipAt(9000)(asked)),
      },
    );
    expect(other.forecasts).toHaveLength(1);
    expect(other.watched.elapsedMs).toBeGreaterThanOrEqual(9000);
  });

  it('is not forecast by the clock of a server that runs ahead of ours', async () => {
    const headers = {
      date: 'Tue, 05 May 2026 20:00:00 GMT',
      'x-cache': 'HIT',
      'cache-control': 'max-age=30',
    };
    const { watched } = await travel({ failFast: true }, { serve: () => ({ body: OLD, headers }) });
    // It counts as made just now, so only near the end it outlives the deadline.
    expect(watched.elapsedMs).toBeGreaterThan(85_000);
  });
});
