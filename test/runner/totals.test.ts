import { describe, expect, it } from 'vitest';
import { dollars, ratioOf, totalsOf, weekOf } from '../../src/runner/totals.ts';
import { HOUR_MS, openWorld } from './world.ts';

const START = Date.parse('2025-03-02T22:00:00.000Z');

describe('totals', () => {
  it('put every tick into its day, its week and its label, and lose no money', async () => {
    const world = openWorld(START);
    await world.tick({ label: 'free', slotMs: null, end: { usdInMicros: 1, usdProvenance: 'declared' } });
    await world.tick({ label: 'paid', slotMs: null, end: { outcome: 'failed', usdProvenance: 'reserved' } });
    await world.tick({ slotMs: null, end: 'dies' });
    world.clock.ms = START + 3 * HOUR_MS;
    await world.tick({ slotMs: null });
    await world.tick({ slotMs: null, estimateMicros: 9_000_000 });
    await world.tick({ slotMs: null, end: 'dies' });
    const { all, byDay, byWeek, byLabel } = totalsOf(await world.book());
    expect(all).toMatchObject({
      ticks: 6,
      started: 5,
      passed: 2,
      failed: 1,
      lost: 1,
      haltedBefore: 1,
      open: 1,
      usdInMicros: 1 + 250_000 + 400_000 + 250_000,
      usdDeclaredMicros: 1,
      usdReservedMicros: 250_000 + 400_000,
      usdMeasuredMicros: 250_000,
      usdOpenMicros: 400_000,
    });
    expect([...byDay.keys()]).toEqual(['2025-03-02', '2025-03-03']);
    expect([...byWeek.keys()]).toEqual(['2025-02-24', '2025-03-03']);
    expect([...byLabel.keys()]).toEqual(['', 'free', 'paid']);
    for (const parts of [byDay, byWeek, byLabel]) {
      const sum = [...parts.values()].reduce((micros, sums) => micros + sums.usdInMicros, 0);
      expect(sum).toBe(all.usdInMicros);
    }
    expect(totalsOf(await world.book(), { since: '2025-03-03', until: '2025-03-03' }).all.ticks).toBe(3);
  });

  it.each([
    [1, 3, '0.33'],
    [2, 3, '0.67'],
    [5, 1000, '0.01'],
    [0, 5, '0.00'],
    [9_007_199_254_740_991, 3, '3002399751580330.33'],
    [1, 0, null],
  ])('rate %d by %d as %s', (value, usd, ratio) => {
    expect(ratioOf(value, usd)).toBe(ratio);
  });

  it.each([
    [0, '$0.00'],
    [1, '$0.000001'],
    [9_999, '$0.009999'],
    [10_000, '$0.01'],
    [1_999_999, '$2.00'],
    [10_990_693, '$10.99'],
  ])('show %d as %s', (micros, shown) => {
    expect(dollars(micros)).toBe(shown);
  });

  it('begin weeks on Monday, over the turn of the year too', () => {
    expect(weekOf('2025-03-03')).toBe('2025-03-03');
    expect(weekOf('2025-03-09')).toBe('2025-03-03');
    expect(weekOf('2026-01-01')).toBe('2025-12-29');
  });
});
