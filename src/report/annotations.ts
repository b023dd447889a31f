import { printable } from '../proof/encode.ts';
import { bySeverity } from '../proof/outcome.ts';
import type { Check, Proof } from '../proof/schema.ts';

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  readonly file?: string;
  readonly startLine?: number;
}

/** GitHub shows ten of a kind from one step and drops the rest silently. */
const MAX_OF_A_LEVEL = 10;

const LEVELS: Readonly<Partial<Record<Check['status'], 'error' | 'warning'>>> = {
  fail: 'error',
  untestable: 'error',
  warn: 'warning',
};

/** What to show beside the code: each check that is not as it should be; when there are too many, the last one counts the rest. */
export function annotationsOf(proof: Proof): Annotation[] {
  return (['error', 'warning'] as const).flatMap((level) => {
    const checks = bySeverity(proof.checks).filter(({ status }) => LEVELS[status] === level);
    if (checks.length <= MAX_OF_A_LEVEL) return checks.map((check) => annotate(level, check));
    const rest: Annotation = {
      level,
      title: `ship-proof ${proof.mode}`,
      message: `${checks.length - MAX_OF_A_LEVEL + 1} more like these are in proof.json and in the step summary`,
    };
    return [...checks.slice(0, MAX_OF_A_LEVEL - 1).map((check) => annotate(level, check)), rest];
  });
}

function annotate(level: Annotation['level'], check: Check): Annotation {
  const lines = [
    `expected: ${check.expected}`,
    `observed: ${check.observed}`,
    ...(check.detail ? [check.detail] : []),
  ];
  return {
    level,
    title: printable(check.title, 200),
    message: lines.map((line) => printable(line, 1000)).join('\n'),
    ...(check.at ? { file: check.at.file, startLine: check.at.line } : {}),
  };
}
