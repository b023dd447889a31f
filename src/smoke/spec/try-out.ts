/** What is wrong with a pattern, path or selector; undefined for a good one. Nothing is searched with it here. */
export async function tryOut(
  what: 'regex' | 'json' | 'html',
  source: string,
  flags: string,
): Promise<string | undefined> {
  try {
    if (what === 'regex') new RegExp(source, flags);
    else if (what === 'json') (await import('json-p3')).compile(source);
    else (await import('css-select')).compile(source);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `${NAMES[what]}: ${error.message}`;
  }
}

const NAMES = {
  regex: 'not a regular expression',
  json: 'not a JSONPath (RFC 9535)',
  html: 'not a CSS selector',
} as const;
