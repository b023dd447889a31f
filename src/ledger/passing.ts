import type { Clock } from '../ports/clock.ts';
import { CodedError } from '../proof/errors.ts';
import { jitterMs, type Random } from './backoff.ts';
import type { Patience } from './ledger.ts';

/** Faults of the way to a store, or of a moment there, which a later look may not meet. */
const PASSING = [
  'store-unreachable',
  'store-timeout',
  'store-server-error',
  'store-rate-limited',
  'store-not-git',
];

export const isPassing = (error: unknown, more: readonly string[] = []): error is CodedError =>
  error instanceof CodedError && [...PASSING, ...more].includes(error.code);

/** Without a caller's deadline. */
const PATIENCE_MS = 120_000;

export interface Persistence {
  /** At most. */
  readonly tries: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly patience: Patience | undefined;
  /** Codes that pass here too. */
  readonly more?: readonly string[];
}

/** Repeats work that may be repeated, while what keeps it from succeeding is a fault that passes. */
export async function persistently<T>(work: () => Promise<T>, how: Persistence): Promise<T> {
  const { tries, clock, random, patience = {}, more } = how;
  const deadline = patience.deadline ?? clock.monotonic() + PATIENCE_MS;
  for (let n = 1; ; n += 1) {
    try {
      return await work();
    } catch (error) {
      const waitMs = jitterMs(n, random);
      if (!isPassing(error, more) || n >= tries || clock.monotonic() + waitMs >= deadline) throw error;
      await clock.sleep(waitMs, patience.signal);
    }
  }
}
