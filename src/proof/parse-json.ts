/** Nothing that is meant for us nests deeper; what does would overflow the stack of whatever walks through it. */
export const MAX_JSON_DEPTH = 64;

/** The value of a JSON text; undefined, which no JSON text is, for what is none, or nests deeper than anything honest. */
export function parseJson(text: string): unknown {
  if (nestsDeeper(text, MAX_JSON_DEPTH)) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Counts brackets outside of texts, in one pass: a pattern that skips a text of many megabytes overflows its own stack. */
export function nestsDeeper(text: string, limit: number): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (inText) {
      if (unit === BACKSLASH) at += 1;
      else if (unit === QUOTE) inText = false;
    } else if (unit === QUOTE) inText = true;
    else if (unit === OPEN_LIST || unit === OPEN_MAP) {
      depth += 1;
      if (depth > limit) return true;
    } else if (unit === CLOSE_LIST || unit === CLOSE_MAP) depth -= 1;
  }
  return false;
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [0x5b, 0x5d, 0x7b, 0x7d];
