import type { RunnerState } from './tick-state.ts';

/** The money of one UTC day, micro-dollars. */
export interface Budget {
  readonly capMicros: number;
  readonly settledMicros: number;
  /** What open ticks may still spend. */
  readonly reservedMicros: number;
  readonly estimateMicros: number;
}

/** A day's budget for one more tick. A reservation counts on the day that it was made for, and there until it is settled. */
export const budgetOf = (
  { days, open }: RunnerState,
  day: string,
  { capMicros, estimateMicros }: Pick<Budget, 'capMicros' | 'estimateMicros'>,
): Budget => ({
  capMicros,
  settledMicros: days[day] ?? 0,
  reservedMicros: open?.day === day ? open.reservedMicros : 0,
  estimateMicros,
});

/** Settled, reserved and asked for have to fit under the cap together; exactly at it is under it. */
export const fitsUnder = ({ capMicros, settledMicros, reservedMicros, estimateMicros }: Budget): boolean =>
  settledMicros + reservedMicros + estimateMicros <= capMicros;

/** What a tick may spend before it reaches the cap: its own reservation is part of it. */
export const leftMicros = ({ capMicros, settledMicros, reservedMicros }: Budget): number =>
  Math.max(0, capMicros - settledMicros - reservedMicros);
