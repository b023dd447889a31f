import { codeSpan } from '../../report/markdown.ts';

/** What stands where nothing is known: nobody reads over it. */
export const NO_EVIDENCE = 'NO EVIDENCE';

/** Somebody's own words in a Markdown document: never markup. */
export const words = (text: string | undefined): string =>
  text === undefined || text === '' ? NO_EVIDENCE : codeSpan(text);

export const known = (text: string | undefined): string => text ?? NO_EVIDENCE;

export const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] => [
  `| ${head.join(' | ')} |`,
  `| ${head.map(() => '---').join(' | ')} |`,
  ...rows.map((row) => `| ${row.join(' | ')} |`),
];

export const document = (lines: readonly string[]): string => `${lines.join('\n')}\n`;
