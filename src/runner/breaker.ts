import type { EntryBody } from '../ledger/entry.ts';
import type { Snapshot } from '../ledger/ledger.ts';
import type { Decision } from '../ledger/transact.ts';
import type { Json } from '../proof/schema.ts';
import type { TickEnded } from './entries.ts';
import { RUNNERS, type RunnerState, readRunner, runnerPath } from './tick-state.ts';

type Breaker = RunnerState['breaker'];

/**
 * The progress breaker: a runner that fails in the same way again and again makes no progress, and only spends. What a
 * control or a signal stopped says nothing of progress, either way.
 */
export function breakerAfter(
  breaker: Breaker,
  { outcome, failure }: Pick<TickEnded, 'outcome' | 'failure'>,
): Breaker {
  if (outcome === 'passed') return null;
  if (failure === undefined) return breaker;
  return { failure, count: breaker?.failure === failure ? breaker.count + 1 : 1 };
}

/** Tripped, it stays so until somebody rearms it. */
export const isTripped = (breaker: Breaker, ticks: number): boolean =>
  breaker !== null && breaker.count >= ticks;

/**
 * Somebody has looked, and lets a runner (or all of them) run again. The verdict names those whose failures were
 * forgotten; where there are none, nothing is written.
 */
export async function rearmBreaker(
  snapshot: Snapshot,
  runner?: string,
): Promise<Decision<readonly string[]>> {
  const names =
    runner === undefined
      ? [...(await snapshot.list(RUNNERS)).keys()].map((path) => path.slice(RUNNERS.length))
      : [runner];
  const states = await Promise.all(names.map((name) => readRunner(snapshot, name)));
  const failing = states.filter(({ breaker }) => breaker !== null);
  return {
    entries: failing.map((state): EntryBody => ({ kind: 'breaker-rearmed', runner: state.runner })),
    records: Object.fromEntries(
      failing.map((state) => [runnerPath(state.runner), { ...state, breaker: null } as Json]),
    ),
    subject: `rearm the breaker of ${failing.length} runner(s)`,
    verdict: failing.map((state) => state.runner),
  };
}
