import { printable } from '../proof/encode.ts';
import { problemOf } from '../proof/outcome.ts';
import type { Check, Proof } from '../proof/schema.ts';

/** One line that says what was proved, or what stood in the way. */
export function summaryLine(proof: Proof): string {
  const counted = proof.checks.filter(({ status }) => status !== 'skipped');
  const good = counted.filter(({ status }) => status === 'pass' || status === 'warn');
  const problem = problemOf(proof.checks);
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

/**
 * Text in a table cell, as a code span: nothing in it is markup, a link, a mention, a diagram or the end of the cell.
 * The two characters that could end the span or the cell are written as escapes.
 */
const cell = (text: string): string =>
  text === ''
    ? ''
    : `\`${printable(text, 500).replace(/[`|]/g, (mark) => (mark === '|' ? '\\u007c' : '\\u0060'))}\``;
