import type { Clock } from '../ports/clock.ts';
import { instant } from '../proof/proof.ts';
import type { Attempt } from '../proof/schema.ts';
import type { Retry } from './plan.ts';
import type { Tried } from './result.ts';

export interface AttemptPorts {
  readonly clock: Clock;
  /** Ends everything: the run's deadline, or a signal to the process. */
  readonly signal: AbortSignal;
}

/** Every attempt, oldest first, and what the last of them found. */
export interface Attempted {
  readonly last: Tried;
  readonly attempts: readonly Attempt[];
}

const LEAST_GAP_MS = 250;
const MOST_GAP_MS = 5_000;

/** Tries until it passes, or until the time to retry is up; the last attempt decides, and all of them are kept. */
export async function attempt(
  retry: Retry | undefined,
  tryOnce: () => Promise<Tried>,
  onAttempt: (tried: Tried, number: number, elapsedMs: number) => void,
  { clock, signal }: AttemptPorts,
): Promise<Attempted> {
  const startedAt = clock.monotonic();
  const attempts: Attempt[] = [];
  for (;;) {
    const atMs = clock.now();
    const tryStartedAt = clock.monotonic();
    const last = await tryOnce();
    const elapsedMs = Math.round(clock.monotonic() - tryStartedAt);
    attempts.push({ at: instant(atMs), elapsedMs, status: last.status, observed: { ...last.observed } });
    onAttempt(last, attempts.length, elapsedMs);
    const soFarMs = clock.monotonic() - startedAt;
    const gapMs = retry && gapAfter(soFarMs, retry);
    if (isRight(last) || gapMs === undefined || signal.aborted) return { last, attempts };
    await clock.sleep(gapMs, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (signal.aborted) return { last, attempts };
  }
}

const isRight = ({ status }: Tried): boolean => status === 'pass' || status === 'warn';

/** How long to wait for the next attempt; undefined when it would come too late. */
export function gapAfter(soFarMs: number, { forMs, everyMs }: Retry): number | undefined {
  const gapMs = everyMs ?? Math.min(MOST_GAP_MS, Math.max(LEAST_GAP_MS, soFarMs / 10));
  return soFarMs + gapMs <= forMs ? gapMs : undefined;
}
