import type { Check } from '../proof/schema.ts';
import type { PlannedCheck } from './plan.ts';
import type { Finding } from './result.ts';
import type { CheckResult } from './run-checks.ts';
import { atOf } from './spec/inline.ts';

/**
 * The checks of the proof. Each check of the list has one, under its name, with all its attempts; what else was wrong with
 * it follows, each at its own line.
 */
export function proofChecks(results: readonly CheckResult[]): Check[] {
  return results.flatMap((result) => {
    const { check } = result;
    const id = `smoke:${check.name}`;
    if (result.kind === 'skipped') {
      const { why } = result;
      return [
        {
          id,
          status: 'skipped',
          title: check.name,
          expected: 'nothing: it is skipped',
          observed: why,
          ...atOf(check.place),
        },
      ];
    }
    const { last, attempts } = result;
    // The one that decides stands first; a warning never stands for a failure.
    const findings = [...last.findings].sort((a, b) => rank(a) - rank(b));
    const kept = { attempts: [...attempts] };
    const [first, ...others] = findings;
    if (!first || last.status === 'pass') {
      const main: Check = {
        id,
        status: 'pass',
        title: check.name,
        expected: expectedOf(check),
        observed: observedOf(last.judged, attempts.length),
        ...atOf(check.place),
        ...kept,
      };
      return [main, ...findings.map((finding, index) => found(finding, `${id}:${index + 2}`, check))];
    }
    return [
      { ...found(first, id, check), ...kept },
      ...others.map((finding, index) => found(finding, `${id}:${index + 2}`, check)),
    ];
  });
}

const rank = ({ status }: Finding): number => ['fail', 'untestable', 'warn'].indexOf(status);

const found = (
  { status, title, expected, observed, detail, place }: Finding,
  id: string,
  { name }: PlannedCheck,
): Check => ({
  id,
  status,
  title: `${name}: ${title}`,
  expected,
  observed,
  ...(detail === undefined ? {} : { detail }),
  ...atOf(place),
});

function expectedOf(check: PlannedCheck): string {
  switch (check.kind) {
    case 'page':
      return 'every expectation holds';
    case 'flow':
      return `every expectation holds, in ${check.steps.length} steps`;
    case 'mcp':
      return 'the tools are as expected';
  }
}

const observedOf = (judged: number, attempts: number): string =>
  `${judged} ${judged === 1 ? 'expectation holds' : 'expectations hold'}${attempts > 1 ? `, at attempt ${attempts}` : ''}`;
