import { printable } from '../proof/encode.ts';
import type { Check } from '../proof/schema.ts';

/** What became of a check, in a table's cell. */
export const MARKS: Readonly<Record<Check['status'], string>> = {
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
