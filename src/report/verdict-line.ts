import { printable } from '../proof/encode.ts';
import type { Proof } from '../proof/schema.ts';

/**
 * The last line of a mode that says whether something is deployed; undefined for the others. It is for people: programs
 * use the exit code. The reason is one printable line, so nothing from outside can make a line of its own of it.
 */
export function verdictLine(proof: Proof): string | undefined {
  const { deployed } = proof.result;
  if (typeof deployed !== 'boolean') return undefined;
  if (deployed && proof.outcome === 'passed') return `DEPLOYED ${proof.subject.buildId}`;
  const problem = proof.checks.find(({ status }) => status === 'fail' || status === 'untestable');
  return `NOT DEPLOYED ${printable(problem ? `${problem.id}: ${problem.observed}` : proof.outcome, 500)}`;
}
