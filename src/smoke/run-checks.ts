import type { Clock } from '../ports/clock.ts';
import type { Attempt } from '../proof/schema.ts';
import { attempt } from './attempts.ts';
import type { PlannedCheck } from './plan.ts';
import type { Tried } from './result.ts';

/** What became of one check of the list. */
export type CheckResult =
  | { readonly kind: 'skipped'; readonly check: PlannedCheck; readonly why: string }
  | {
      readonly kind: 'done';
      readonly check: PlannedCheck;
      readonly last: Tried;
      readonly attempts: readonly Attempt[];
    };

export interface RunOptions {
  readonly parallel: number;
  /** Ends everything that is still open: the deadline, or a signal to the process. */
  readonly signal: AbortSignal;
  /** One attempt at a check. */
  readonly tryCheck: (check: PlannedCheck, signal: AbortSignal) => Promise<Tried>;
  readonly onAttempt: (check: PlannedCheck, tried: Tried, number: number, elapsedMs: number) => void;
  readonly clock: Clock;
}

/** Runs checks beside one another, a bounded number at a time; the results keep the order of the list. */
export async function runChecks(
  checks: readonly PlannedCheck[],
  options: RunOptions,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  const waiting = checks.entries();
  const work = async () => {
    for (const [index, check] of waiting) results[index] = await runCheck(check, options);
  };
  await Promise.all(Array.from({ length: Math.min(options.parallel, checks.length) }, work));
  return results;
}

async function runCheck(
  check: PlannedCheck,
  { signal, tryCheck, onAttempt, clock }: RunOptions,
): Promise<CheckResult> {
  if (check.skip !== undefined) return { kind: 'skipped', check, why: check.skip };
  const tryOnce = async (): Promise<Tried> => {
    if (signal.aborted) return stopped(check, signal);
    try {
      return await tryCheck(check, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      return stopped(check, signal);
    }
  };
  const told = (tried: Tried, number: number, elapsedMs: number) =>
    onAttempt(check, tried, number, elapsedMs);
  return { kind: 'done', check, ...(await attempt(check.retry, tryOnce, told, { clock, signal })) };
}

/** Cut short, it proves nothing. */
function stopped({ place }: PlannedCheck, { reason }: AbortSignal): Tried {
  const observed = reason instanceof Error ? reason.message : String(reason);
  const finding = {
    status: 'untestable',
    title: 'time',
    expected: 'time to make the check',
    observed,
    place,
  } as const;
  return { status: 'untestable', findings: [finding], observed: { stopped: observed }, judged: 0 };
}
