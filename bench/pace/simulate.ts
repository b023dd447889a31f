import { nextLookAt, PACE } from '../../src/live/schedule.ts';
import { mean, median, quantile } from '../statistics.ts';

/** How late a change is seen, and with how many looks. */
export interface Cost {
  readonly medianLagMs: number;
  readonly p95LagMs: number;
  readonly looks: number;
}

/** The moment of the next look after one at `nowMs`, in ms since the first. */
export type Schedule = (nowMs: number) => number;

/** Our schedule with another growth factor, where no cache says anything. */
export const growingBy =
  (growth: number, random: () => number): Schedule =>
  (nowMs) =>
    nextLookAt(
      { startedAtMs: 0, nowMs, lastLookAtMs: Number.POSITIVE_INFINITY, expiries: [], random: random() },
      { ...PACE, growth },
    ) ?? Number.POSITIVE_INFINITY;

export const everyMs =
  (periodMs: number): Schedule =>
  (nowMs) =>
    nowMs + periodMs;

/** Looks at each flip in turn; looks take no time. */
export function costOf(schedule: Schedule, flipsMs: readonly number[]): Cost {
  const trials = flipsMs.map((flipMs) => {
    let atMs = 0;
    let looks = 1;
    for (; atMs < flipMs; looks += 1) atMs = schedule(atMs);
    return { lagMs: atMs - flipMs, looks };
  });
  const lags = trials.map(({ lagMs }) => lagMs);
  return {
    medianLagMs: median(lags),
    p95LagMs: quantile(lags, 0.95),
    looks: mean(trials.map(({ looks }) => looks)),
  };
}
