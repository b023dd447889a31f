import { printable } from '../proof/encode.ts';
import { problemOf } from '../proof/outcome.ts';
import type { Proof } from '../proof/schema.ts';

/**
 * The last line of a mode that says whether something is deployed, whatever became of it. It is for people: programs
 * use the exit code. The reason is one printable line, so nothing from outside can make a line of its own of it.
 */
export function verdictLine({ outcome, result, subject, checks }: Proof): string {
  if (result.deployed === true && outcome === 'passed') return `DEPLOYED ${subject.buildId}`;
  const problem = problemOf(checks);
  return `NOT DEPLOYED ${printable(problem ? `${problem.id}: ${problem.observed}` : outcome, 500)}`;
}
