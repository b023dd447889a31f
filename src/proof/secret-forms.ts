/** One way in which a secret is written. */
export interface SecretForm {
  /** In lower case. A text that does not hold it in any case does not hold the form, and so most texts are done with. */
  readonly anchor: string;
  readonly pattern: RegExp;
}

/**
 * The forms in which a secret tends to leak: each character as it is or as URLs, forms, JSON and HTML write it; all of it as hex;
 * and inside base64 at any of the three alignments.
 */
export function formsOf(secret: string): SecretForm[] {
  const bytes = Buffer.from(secret, 'utf8');
  const hex = bytes.toString('hex');
  const cores = [0, 1, 2].flatMap((offset) => base64Core(bytes, offset));
  return [
    // Letters and digits are written as they are in all spellings.
    { anchor: longestWord(secret).toLowerCase(), pattern: new RegExp(spelled(secret), 'g') },
    { anchor: hex, pattern: new RegExp(hex, 'gi') },
    ...[...new Set(cores)].map((core) => ({
      anchor: core.toLowerCase(),
      pattern: new RegExp(literal(core), 'g'),
    })),
  ];
}

const longestWord = (secret: string): string =>
  (secret.match(/[A-Za-z0-9]+/g) ?? ['']).reduce((best, word) => (word.length > best.length ? word : best));

const spelled = (secret: string): string =>
  Array.from(secret.matchAll(/\\+|./gsu), ([unit]) =>
    unit.startsWith('\\') ? backslashes(unit.length) : writtenAs(unit),
  ).join('');

/**
 * Backslashes in a row are one unit: were each of them to match some of those in a text by itself, there would be more ways to share
 * them out than anybody can wait for.
 */
function backslashes(count: number): string {
  const escaped = escapesOf('\\').join('|');
  return `(?:\\\\{${count},${count * (MOST_ESCAPES + 1)}}|(?:${escaped}){${count}})`;
}

/** A pattern for one character in all its spellings. They are mixed freely: a URL escapes some, its reader others. */
function writtenAs(character: string): string {
  // Letters and digits are never escaped by anybody.
  if (/[A-Za-z0-9]/.test(character)) return character;
  const short = (SHORT[character] ?? []).map(escapedAgain);
  // Last: `%25` is all of an escaped percent sign, not one with 25 behind it.
  return `(?:${[...escapesOf(character), ...short, literal(character)].join('|')})`;
}

/** A character by its number, in the ways that any character may be written in. */
function escapesOf(character: string): string[] {
  const bytes = Buffer.from(character, 'utf8').toString('hex');
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  const point = character.codePointAt(0) ?? 0;
  return [
    bytes.replace(/../g, (byte) => `%${anyCase(byte)}`),
    units.map((unit) => `${ESCAPES}u${anyCase(unit.toString(16).padStart(4, '0'))}`).join(''),
    `&#0*${point};`,
    `&#[xX]0*${anyCase(point.toString(16))};`,
  ];
}

/** JSON that is quoted in JSON, as a server's answer is in a log line, has more than one before what it escapes. */
const MOST_ESCAPES = 15;
const ESCAPES = `\\\\{1,${MOST_ESCAPES}}`;

const escapedAgain = (short: string): string =>
  short.startsWith('\\') ? `${ESCAPES}${literal(short.slice(1))}` : literal(short);

const SHORT: Readonly<Record<string, readonly string[]>> = {
  ' ': ['+'],
  '"': ['\\"', '&quot;'],
  '/': ['\\/'],
  '\n': ['\\n'],
  '\r': ['\\r'],
  '\t': ['\\t'],
  '\b': ['\\b'],
  '\f': ['\\f'],
  '&': ['&amp;'],
  '<': ['&lt;'],
  '>': ['&gt;'],
  "'": ["\\'", '&apos;'],
};

/** The base64 characters that only `bytes` decide when `offset` unknown bytes stand before them. */
function base64Core(bytes: Buffer, offset: number): string[] {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replaceAll('=', '');
  const first = offset === 0 ? 0 : offset + 1;
  const last = (offset + bytes.length) % 3 === 0 ? encoded.length : encoded.length - 1;
  const core = encoded.slice(first, last);
  return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
}

const anyCase = (hex: string): string => hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
