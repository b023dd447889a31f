import { CodedError } from './errors.ts';
import { outcomeOf } from './outcome.ts';
import type { Check, Json, Outcome, Proof } from './schema.ts';

/** What a mode knows when it is done; the rest of the Proof follows from it. */
export interface Conclusion {
  readonly mode: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly checks: readonly Check[];
  readonly subject?: Proof['subject'];
  readonly result?: Readonly<Record<string, Json>>;
  readonly overrides?: readonly string[];
  /** Only where the checks do not say it: `skipped`, `halted`, `refused`, `invalid`, an interrupted run. */
  readonly outcome?: Outcome;
  readonly ledger?: Proof['ledger'];
}

/** The Proof of a mode's conclusion; the outcome is that of the checks unless the mode says another. */
export function conclude(conclusion: Conclusion): Proof {
  const { ledger } = conclusion;
  return {
    schemaVersion: 1,
    mode: conclusion.mode,
    outcome: conclusion.outcome ?? outcomeOf(conclusion.checks),
    subject: conclusion.subject ?? {},
    startedAt: instant(conclusion.startedAtMs),
    endedAt: instant(conclusion.endedAtMs),
    checks: [...conclusion.checks],
    result: { ...conclusion.result },
    overrides: [...(conclusion.overrides ?? [])],
    ...(ledger ? { ledger } : {}),
  };
}

/** Epoch milliseconds as ISO 8601 UTC with milliseconds. */
export const instant = (epochMs: number): string => new Date(epochMs).toISOString();

/** The Proof of a run that ended in an error. An error that nobody named proves nothing: `inconclusive`. */
export function concludeError(
  error: unknown,
  context: Pick<Conclusion, 'mode' | 'startedAtMs' | 'endedAtMs'>,
): Proof {
  const coded = error instanceof CodedError ? error : undefined;
  const outcome = coded?.outcome ?? 'inconclusive';
  const message = error instanceof Error ? error.message : String(error);
  const check: Check = {
    id: `error:${coded?.code ?? 'internal'}`,
    status: outcome === 'inconclusive' ? 'untestable' : 'fail',
    title: coded?.code ?? 'internal',
    expected: 'no error',
    observed: coded ? message : `ship-proof itself failed: ${message}`,
  };
  return conclude({ ...context, outcome, checks: coded?.checks.length ? coded.checks : [check] });
}
