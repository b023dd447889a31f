/** When to look again. All pure; times in ms on one clock. */

export interface Pace {
  /** The share of the time already waited that the next wait may take: the lag it costs, in relation. */
  readonly growth: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** A wait is stretched by up to this share, so that many watchers do not look in step. */
  readonly jitter: number;
  /** Between the polls while a copy expires at a moment known to about a second. */
  readonly expiryStepMs: number;
  /** After the expiry before the look: an edge's clock and ours tick apart. */
  readonly expiryMarginMs: number;
}

/** Why these numbers: docs/performance.md has the lag and the requests of other growth factors. */
export const PACE: Pace = {
  growth: 0.1,
  minMs: 500,
  maxMs: 10_000,
  jitter: 0.1,
  expiryStepMs: 200,
  expiryMarginMs: 20,
};

/** Copies that live shorter than this are caught by the ordinary pace; following each expiry would only add load. */
const SHORTEST_FOLLOWED_LIFETIME_MS = 2_000;

export interface ScheduleInput {
  readonly startedAtMs: number;
  readonly nowMs: number;
  /** The last moment at which a look may start. */
  readonly lastLookAtMs: number;
  /** When each copy that is still wrong expires: a window, as ages are whole seconds. */
  readonly expiries: readonly {
    readonly expiresFromMs: number;
    readonly expiresUntilMs: number;
    readonly lifetimeMs: number;
  }[];
  /** The latest moment that a server asked us to wait for, if one did. */
  readonly notBeforeMs?: number;
  /** In [0, 1). */
  readonly random: number;
}

/**
 * The moment of the next look, or undefined when there is none left. The wait is a tenth of the time waited so far
 * (counted anew from a copy's expiry, when change is most likely), between bounds, stretched by jitter; pulled forward
 * to the moment after a copy expires; never beyond the last moment for a look; and never before a server wants it.
 */
export function nextLookAt(input: ScheduleInput, pace: Pace = PACE): number | undefined {
  const { nowMs, lastLookAtMs, notBeforeMs = nowMs } = input;
  if (nowMs >= lastLookAtMs || notBeforeMs > lastLookAtMs) return undefined;
  const followed = input.expiries.filter((copy) => copy.lifetimeMs >= SHORTEST_FOLLOWED_LIFETIME_MS);
  const waitedSince = followed
    .map((copy) => copy.expiresUntilMs)
    .filter((expiry) => expiry <= nowMs)
    .reduce((latest, expiry) => Math.max(latest, expiry), input.startedAtMs);
  const wait = clamp((nowMs - waitedSince) * pace.growth, pace.minMs, pace.maxMs);
  const paced = nowMs + wait * (1 + pace.jitter * input.random);
  const moved = followed.map((copy) => lookAfterExpiry(copy, nowMs, pace)).filter((at) => at !== undefined);
  const wanted = Math.min(paced, ...moved, lastLookAtMs);
  return Math.max(wanted, notBeforeMs);
}

/**
 * Right after the copy may have expired; within the doubtful second, once every step and at its end; none when it is
 * over. Each look that finds the copy still there moves `expiresFromMs` up to now, hence the step also before it.
 */
function lookAfterExpiry(
  copy: { readonly expiresFromMs: number; readonly expiresUntilMs: number },
  nowMs: number,
  pace: Pace,
): number | undefined {
  const first = copy.expiresFromMs + pace.expiryMarginMs;
  const last = copy.expiresUntilMs + pace.expiryMarginMs;
  return nowMs < last ? Math.min(Math.max(first, nowMs + pace.expiryStepMs), last) : undefined;
}

const clamp = (value: number, min: number, max: number): number => Math.min(Math.max(value, min), max);
