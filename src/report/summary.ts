import { printable } from '../proof/encode.ts';
import type { Check, Proof } from '../proof/schema.ts';

/** One line that says what was proved, or what stood in the way. */
export function summaryLine(proof: Proof): string {
  const counted = proof.checks.filter(({ status }) => status !== 'skipped');
  const good = counted.filter(({ status }) => status === 'pass' || status === 'warn');
  const problem =
    proof.checks.find(({ status }) => status === 'fail') ??
    proof.checks.find(({ status }) => status === 'untestable');
  const tail = problem ? `: ${problem.title}: ${problem.observed}` : '';
  return printable(
    `${proof.mode} ${proof.outcome}, ${good.length} of ${counted.length} checks passed${tail}`,
    500,
  );
}

const MARKS: Readonly<Record<Check['status'], string>> = {
  pass: 'pass',
  fail: '**FAIL**',
  warn: 'warning',
  untestable: '**could not be checked**',
  skipped: 'skipped',
};

const MAX_ROWS = 200;

/** The step summary: verdict, checks, and how to read the rest. GitHub-flavoured Markdown without any raw HTML. */
export function summaryOf(proof: Proof): string {
  const rows = proof.checks.slice(0, MAX_ROWS).map((check) => {
    const seen = check.detail ? `${check.observed}. ${check.detail}` : check.observed;
    return `| ${MARKS[check.status]} | ${cell(check.title)} | ${cell(check.expected)} | ${cell(seen)} |`;
  });
  const left = proof.checks.length - rows.length;
  return [
    `### ship-proof ${proof.mode}: ${proof.outcome}`,
    '',
    '| | check | expected | observed |',
    '| --- | --- | --- | --- |',
    ...rows,
    ...(left > 0 ? [`| | ${left} more in proof.json | | |`] : []),
    ...(proof.overrides.length > 0 ? ['', `Weakened by: ${proof.overrides.map(cell).join(', ')}`] : []),
    '',
    `${proof.startedAt} to ${proof.endedAt}`,
    '',
  ].join('\n');
}

/** Text in a table cell, where it can be neither markup nor a link nor the end of the cell. */
const cell = (text: string): string =>
  printable(text, 500).replace(/[\\`*_{}[\]()<>#+!|~&@:$-]/g, (mark) => `\\${mark}`);
