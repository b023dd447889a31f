import type { Cadence } from './cadence.ts';

/**
 * The times that ticks are for. A tick at any later time, until the next slot, is for this one; so a late cron event, a
 * restarted loop and a second host all mean the same slot, and it is run once.
 */
export interface Slots {
  /** The newest slot that is not after `nowMs`; null before the first. */
  current(nowMs: number): number | null;
  /** The first slot after `nowMs`; null when there is none any more. */
  next(nowMs: number): number | null;
}

/** Multiples of an interval since 1970-01-01 UTC: the same for every process, whenever it was started. */
export const everySlots = (everyMs: number): Slots => ({
  current: (nowMs) => Math.floor(nowMs / everyMs) * everyMs,
  next: (nowMs) => (Math.floor(nowMs / everyMs) + 1) * everyMs,
});

export const cadenceSlots = (cadence: Cadence): Slots => ({
  current: (nowMs) => cadence.latest(nowMs) ?? null,
  next: (nowMs) => cadence.next(nowMs) ?? null,
});
