import { printable } from '../proof/encode.ts';
import type { Check } from '../proof/schema.ts';

/** What became of a check, in a table's cell. */
const MARKS: Readonly<Record<Check['status'], string>> = {
  pass: 'pass',
  fail: '**FAIL**',
  warn: 'warning',
  untestable: '**could not be checked**',
  skipped: 'skipped',
};

/**
 * Text as a code span: nothing in it is markup, a link, a mention, a diagram or the end of a table's cell. The two characters
 * that could end the span or the cell are written as escapes.
 */
export const codeSpan = (text: string, maxLength = 500): string =>
  text === ''
    ? ''
    : `\`${printable(text, maxLength).replace(/[`|]/g, (mark) => (mark === '|' ? '\\u007c' : '\\u0060'))}\``;

/** Checks as a table, a row each. */
export const checkTable = (checks: readonly Check[]): string[] => [
  '| | check | expected | observed |',
  '| --- | --- | --- | --- |',
  ...checks.map(({ status, title, expected, observed, detail }) => {
    const seen = detail ? `${observed}. ${detail}` : observed;
    return `| ${MARKS[status]} | ${codeSpan(title)} | ${codeSpan(expected)} | ${codeSpan(seen)} |`;
  }),
];
