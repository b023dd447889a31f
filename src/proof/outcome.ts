import type { Check, Outcome } from './schema.ts';

/** Exit codes by outcome: the promise to callers. 0 means proved, already done, or stopped on purpose. */
export const EXIT_CODES: Readonly<Record<Outcome, number>> = {
  passed: 0,
  skipped: 0,
  halted: 0,
  failed: 1,
  invalid: 2,
  inconclusive: 3,
  refused: 4,
};

/**
 * What a list of checks proves. A wrong answer outranks a missing one: any `fail` is `failed`; else anything that could
 * not be tested, or nothing executed at all, is `inconclusive`. `warn` counts as executed and right.
 */
export function outcomeOf(checks: readonly Check[]): 'passed' | 'failed' | 'inconclusive' {
  if (checks.some((check) => check.status === 'fail')) return 'failed';
  if (checks.some((check) => check.status === 'untestable')) return 'inconclusive';
  return checks.some((check) => check.status === 'pass' || check.status === 'warn')
    ? 'passed'
    : 'inconclusive';
}

const BY_SEVERITY: readonly Check['status'][] = ['fail', 'untestable', 'warn', 'pass', 'skipped'];

/** Those first that need somebody's attention, so that what is cut off at the end is what needs it least. */
export const bySeverity = (checks: readonly Check[]): readonly Check[] =>
  BY_SEVERITY.flatMap((status) => checks.filter((check) => check.status === status));

/** The check that stands for all that is wrong: like the outcome, a wrong answer outranks a missing one. */
export const problemOf = (checks: readonly Check[]): Check | undefined =>
  checks.find(({ status }) => status === 'fail') ?? checks.find(({ status }) => status === 'untestable');
