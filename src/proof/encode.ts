/**
 * The one encoder for text that came from outside (a server, a file, a child process). What it returns can stand on a
 * log line, in an annotation or in a summary, is at most `maxLength` long, and is never a command to whoever reads it:
 * - control characters, ANSI escapes, bidi and zero-width marks, U+2028/9, lone surrogates become `\u…` escapes;
 * - `##[` is broken up wherever it stands, because the runner's older command parser finds it inside a line;
 * - a leading `::` is broken up, because the newer parser reads it at the start of a line.
 */
export function printable(text: string, maxLength = 256): string {
  // Cut before too, so that a huge value costs nothing; no escape is shorter than what it stands for.
  return clip(escapeAll(text.slice(0, maxLength + 1)), maxLength);
}

/** A value as logfmt writes it: bare where nothing in it could be misread, else as a JSON string of the value itself. */
export function logfmtValue(value: string | number | boolean, maxLength = 256): string {
  if (typeof value !== 'string') return String(value);
  if (value.length <= maxLength && BARE.test(value)) return value;
  // Quotes and backslashes are escaped first, so that the encoder's own escapes stay single and parse back as JSON.
  const quoted = value.slice(0, maxLength + 1).replace(/["\\]/g, (character) => `\\${character}`);
  return `"${clip(escapeAll(quoted), maxLength)}"`;
}

/** Many fields as one logfmt line; fields that are undefined are left out. */
export function logfmt(fields: LogFields): string {
  return Object.entries(fields)
    .filter((field): field is [string, string | number | boolean] => field[1] !== undefined)
    .map(([key, value]) => `${key}=${logfmtValue(value)}`)
    .join(' ');
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

// Control and format characters, separators that break lines, halves of surrogates, and all that shows nothing.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

// One token of ASCII without blanks, quotes, `=`, backslash; not starting with `:` or holding `#` next to `[`.
const BARE = /^(?![:])(?!.*#\[)[\x21\x23-\x3c\x3e-\x5b\x5d-\x7e]+$/;

const escapeAll = (text: string): string =>
  text
    .replace(UNPRINTABLE, (character) => escapeCharacter(character))
    .replaceAll('##[', '#\\u0023[')
    .replace(/^(\s*):(?=:)/, '$1\\u003a');

function escapeCharacter(character: string): string {
  return Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}

/** The first of `text` that fits, ending in `…` when something was cut off; no character or escape is cut in half. */
function clip(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  let end = 0;
  for (const [whole] of text.matchAll(/\\u[0-9a-f]{4}|\\?./gsu)) {
    if (end + whole.length >= maxLength) break;
    end += whole.length;
  }
  return `${text.slice(0, end)}…`;
}
