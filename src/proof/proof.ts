import { CodedError } from './errors.ts';
import { outcomeOf, problemOf } from './outcome.ts';
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
  const outcome = conclusion.outcome ?? outcomeOf(conclusion.checks);
  // Whoever reads the checks alone (JUnit, annotations) must not take nothing for success.
  const empty =
    conclusion.outcome === undefined && outcome === 'inconclusive' && !problemOf(conclusion.checks);
  return {
    schemaVersion: 1,
    mode: conclusion.mode,
    outcome,
    subject: conclusion.subject ?? {},
    startedAt: instant(conclusion.startedAtMs),
    endedAt: instant(conclusion.endedAtMs),
    checks: [...conclusion.checks, ...(empty ? [NOTHING_PROVED] : [])],
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
  if (!(error instanceof CodedError)) return conclude({ ...context, checks: [bugCheck(error)] });
  const { outcome, checks } = error;
  return conclude({ ...context, outcome, checks: checks.length > 0 ? checks : [errorCheck(error)] });
}

/** A named error as the check that it stands for. */
export const errorCheck = ({ outcome, code, message, at }: CodedError): Check => ({
  id: `error:${code}`,
  status: outcome === 'inconclusive' ? 'untestable' : 'fail',
  title: code,
  expected: 'no error',
  observed: message,
  ...(at ? { at } : {}),
});

const bugCheck = (error: unknown): Check => ({
  id: 'error:internal',
  status: 'untestable',
  title: 'internal',
  expected: 'no error',
  observed: `ship-proof itself failed: ${error instanceof Error ? error.message : String(error)}`,
  ...(error instanceof Error && error.stack ? { detail: error.stack } : {}),
});

const NOTHING_PROVED: Check = {
  id: 'executed',
  status: 'untestable',
  title: 'something was checked',
  expected: 'at least one check that ran to its end',
  observed: 'none',
};
