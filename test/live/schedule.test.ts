import { type Arbitrary, array, assert, double, integer, option, property, record, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextLookAt, PACE, type ScheduleInput } from '../../src/live/schedule.ts';

const HOUR_MS = 3_600_000;
const random = double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const expiry = record({
  expiresFromMs: integer({ min: -HOUR_MS, max: 2 * HOUR_MS }),
  openMs: integer({ min: 0, max: 1100 }),
  lifetimeMs: integer({ min: 1, max: HOUR_MS }),
}).map(({ openMs, ...copy }) => ({ ...copy, expiresUntilMs: copy.expiresFromMs + openMs }));

const anyInput: Arbitrary<ScheduleInput> = tuple(
  integer({ min: 0, max: HOUR_MS }),
  integer({ min: 0, max: HOUR_MS }),
  integer({ min: -HOUR_MS, max: HOUR_MS }),
  array(expiry, { maxLength: 4 }),
  option(integer({ min: -1000, max: HOUR_MS }), { nil: undefined }),
  random,
).map(([startedAtMs, waitedMs, leftMs, expiries, retryMs, chance]) => {
  const nowMs = startedAtMs + waitedMs;
  return {
    startedAtMs,
    nowMs,
    lastLookAtMs: nowMs + leftMs,
    expiries: expiries.map((copy) => ({
      ...copy,
      expiresFromMs: nowMs + copy.expiresFromMs,
      expiresUntilMs: nowMs + copy.expiresUntilMs,
    })),
    ...(retryMs === undefined ? {} : { notBeforeMs: nowMs + retryMs }),
    random: chance,
  };
});

/** What the pace alone says: nothing expires, nobody asks for patience, and there is time without end. */
const paced = (waitedMs: number, chance: number): number =>
  (nextLookAt({
    startedAtMs: 0,
    nowMs: waitedMs,
    lastLookAtMs: Number.POSITIVE_INFINITY,
    expiries: [],
    random: chance,
  }) ?? Number.NaN) - waitedMs;

describe('the next look', () => {
  it('is never in the past, never after the last moment, and never before a server wants it', () => {
    assert(
      property(anyInput, (input) => {
        const next = nextLookAt(input);
        if (next === undefined) return;
        expect(next).toBeGreaterThan(input.nowMs - 1e-6);
        expect(next).toBeLessThanOrEqual(input.lastLookAtMs);
        expect(next).toBeGreaterThanOrEqual(input.notBeforeMs ?? 0);
      }),
    );
  });

  it('is missing only when the time is over, or the server wants us back later than that', () => {
    assert(
      property(anyInput, (input) => {
        const over = input.nowMs >= input.lastLookAtMs || (input.notBeforeMs ?? 0) > input.lastLookAtMs;
        expect(nextLookAt(input) === undefined).toBe(over);
      }),
    );
  });

  it('waits between the least and the most, stretched by no more than the jitter', () => {
    assert(
      property(integer({ min: 0, max: 24 * HOUR_MS }), random, (waitedMs, chance) => {
        const wait = paced(waitedMs, chance);
        expect(wait).toBeGreaterThanOrEqual(PACE.minMs - 1e-6);
        expect(wait).toBeLessThanOrEqual(PACE.maxMs * (1 + PACE.jitter) + 1e-6);
      }),
    );
  });

  it('grows with the time waited, by a tenth of it, when nothing moves it', () => {
    assert(
      property(
        integer({ min: 0, max: HOUR_MS }),
        integer({ min: 0, max: HOUR_MS }),
        random,
        (a, b, chance) => {
          const [less, more] = [Math.min(a, b), Math.max(a, b)];
          expect(paced(more, chance)).toBeGreaterThanOrEqual(paced(less, chance) - 1e-6);
        },
      ),
    );
    expect([0, 5_000, 20_000, 60_000, 100_000, HOUR_MS].map((waited) => paced(waited, 0))).toEqual([
      500, 500, 2000, 6000, 10_000, 10_000,
    ]);
    expect(paced(20_000, 0.5)).toBe(2100);
  });

  it('is pulled forward, never pushed back, by copies that expire', () => {
    assert(
      property(anyInput, (input) => {
        const { notBeforeMs: _, ...free } = input;
        const without = nextLookAt({
          ...free,
          expiries: free.expiries.filter((copy) => copy.expiresUntilMs < free.nowMs),
        });
        const next = nextLookAt(free);
        expect(next === undefined).toBe(without === undefined);
        if (next !== undefined && without !== undefined) expect(next).toBeLessThanOrEqual(without);
      }),
    );
  });

  it('makes no burst: inside the window of an expiry it is a step away, or at the end of a window', () => {
    assert(
      property(anyInput, ({ notBeforeMs: _, ...input }) => {
        const next = nextLookAt(input);
        if (next === undefined || next === input.lastLookAtMs) return;
        const ends = input.expiries.map((copy) => copy.expiresUntilMs + PACE.expiryMarginMs);
        const isStep = next - input.nowMs >= PACE.expiryStepMs - 1e-6;
        expect(isStep || ends.includes(next)).toBe(true);
      }),
    );
  });

  it('walks through the window of one expiry in at most seven looks', () => {
    assert(
      property(
        integer({ min: 0, max: 60_000 }),
        integer({ min: 0, max: 1100 }),
        random,
        (fromMs, openMs, chance) => {
          const copy = { expiresFromMs: fromMs, expiresUntilMs: fromMs + openMs, lifetimeMs: 60_000 };
          let nowMs = Math.max(0, fromMs - 1);
          let looks = 0;
          while (nowMs < copy.expiresUntilMs + PACE.expiryMarginMs) {
            const input = { startedAtMs: 0, nowMs, lastLookAtMs: HOUR_MS, expiries: [copy], random: chance };
            nowMs = nextLookAt(input) ?? Number.POSITIVE_INFINITY;
            looks += 1;
          }
          expect(looks).toBeLessThanOrEqual(7);
        },
      ),
    );
  });
});

describe('a copy that expires', () => {
  const START = { startedAtMs: 0, nowMs: 60_000, lastLookAtMs: HOUR_MS, random: 0 };
  const copy = (fromMs: number, untilMs: number, lifetimeMs = 60_000) => ({
    expiresFromMs: fromMs,
    expiresUntilMs: untilMs,
    lifetimeMs,
  });
  const table: readonly (readonly [string, Partial<ScheduleInput>, number])[] = [
    ['is looked at right after it may have expired', { expiries: [copy(63_000, 64_000)] }, 63_020],
    ['is looked at step by step within the doubtful second', { expiries: [copy(59_900, 60_900)] }, 60_200],
    ['is looked at once more at the end of it', { expiries: [copy(59_000, 60_100)] }, 60_120],
    ['that lies beyond the ordinary wait moves nothing', { expiries: [copy(70_000, 71_000)] }, 66_000],
    ['starts the waiting anew once it is over', { expiries: [copy(57_000, 58_000)] }, 60_500],
    ['with a very short life is not followed', { expiries: [copy(60_300, 60_400, 1_999)] }, 66_000],
    ['yields to the earlier of two', { expiries: [copy(65_000, 65_500), copy(63_000, 63_500)] }, 63_020],
    [
      'yields to a server that wants us later',
      { expiries: [copy(63_000, 64_000)], notBeforeMs: 65_000 },
      65_000,
    ],
    [
      'is looked at when a server wants us at the very last moment',
      { expiries: [copy(63_000, 64_000)], notBeforeMs: 66_000, lastLookAtMs: 66_000 },
      66_000,
    ],
    ['is followed when it lives for two seconds', { expiries: [copy(63_000, 64_000, 2000)] }, 63_020],
    ['is no reason to look again at once when it is over', { expiries: [copy(59_000, 59_980)] }, 60_500],
    ['does not move the last look', { expiries: [copy(63_000, 64_000)], lastLookAtMs: 61_000 }, 61_000],
  ];

  it.each(table)('%s', (_, input, expected) => {
    expect(nextLookAt({ ...START, expiries: [], ...input })).toBeCloseTo(expected, 6);
  });
});
