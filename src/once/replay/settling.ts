import { canonical, type Seen } from './change.ts';

/** One look at the state, with when it began and ended, monotonic milliseconds. */
export interface Look {
  readonly beganMs: number;
  readonly endedMs: number;
  readonly seen: Seen;
}

/** A state that has been the same for a while: the first look that saw it, and the last. */
export interface Rest {
  readonly first: Look;
  readonly last: Look;
}

/** A look that saw the same goes on with the rest, and any other begins a new one. */
export const restAfter = (rest: Rest | undefined, look: Look): Rest =>
  rest && canonical(rest.last.seen) === canonical(look.seen)
    ? { first: rest.first, last: look }
    : { first: look, last: look };

/** From the end of the first look to the beginning of the last, so that a slow answer never counts as waiting. */
export const hasSettled = ({ first, last }: Rest, settleMs: number): boolean =>
  first !== last && last.beganMs - first.endedMs >= settleMs;

/** Between two looks. */
export const lookGapMs = (settleMs: number): number => Math.min(500, Math.max(25, settleMs / 4));

/** A state that does not come to rest in this time is somebody else's too. */
export const patienceMs = (settleMs: number): number => 10_000 + 5 * settleMs;
