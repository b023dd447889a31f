import type { Check } from './schema.ts';

/** The page with an entry for each code. Whoever reads a log has a browser at hand, but not always a checkout. */
export const ERROR_PAGE = docsPage('errors.md');

/** The address of a page in docs/. */
export function docsPage(path: string): string {
  return `https://github.com/org/ship-proof/blob/main/docs/${path}`;
}

/** Where the error that a check stands for is explained; undefined for a check that stands for none. */
export function errorPage(check: Pick<Check, 'id' | 'title'>): string | undefined {
  const code = codeOf(check);
  return code === undefined ? undefined : `${ERROR_PAGE}#${code}`;
}

/** `prove` puts the part's name before both; what is wrong with an input or a list has its code in the title. */
function codeOf({ id, title }: Pick<Check, 'id' | 'title'>): string | undefined {
  const [, kind, code] = /^(?:[a-z-]+:)?(error|input|checks):([a-z0-9-]+)$/.exec(id) ?? [];
  if (kind === undefined || kind === 'error') return code;
  return /(?:^|: )((?:input|checks|config)-[a-z]+|secret-short)(?::|$)/.exec(title)?.[1];
}
