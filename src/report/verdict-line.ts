import { printable } from '../proof/encode.ts';
import { problemOf } from '../proof/outcome.ts';
import type { Json, Proof } from '../proof/schema.ts';

/**
 * The last line of a mode that says whether something is deployed, whatever became of it. It is for people: programs
 * use the exit code. The reason is one printable line, so nothing from outside can make a line of its own of it.
 */
export function verdictLine({ outcome, result, subject, checks, overrides }: Proof): string {
  if (result.deployed === true && outcome === 'passed') {
    const waived = result.waived ? ` waived=${result.waived}` : '';
    return printable(`DEPLOYED ${subject.buildId}${waived}`, 500);
  }
  const problem = problemOf(checks);
  const part = partThatFailed(result.parts);
  // Of what was skipped, the waiver says why.
  const aside = outcome === 'skipped' ? (overrides[0] ?? outcome) : outcome;
  const why = problem ? `${problem.id}: ${problem.observed}` : aside;
  return `NOT DEPLOYED ${printable(part === undefined ? why : `${part}: ${why}`, 500)}`;
}

/** The first part that was made and did not pass; undefined where there are no parts, or none of them is to blame. */
function partThatFailed(parts: Json | undefined): string | undefined {
  if (typeof parts !== 'object' || parts === null || Array.isArray(parts)) return undefined;
  return Object.entries(parts).find(
    ([, part]) => !['passed', 'waived', 'not-run'].includes(outcomeOfPart(part)),
  )?.[0];
}

/** What stands under a part's name: its outcome, or `waived` or `not-run`. */
export const outcomeOfPart = (part: Json): string =>
  typeof part === 'object' && part !== null && !Array.isArray(part) ? String(part.outcome) : '';
