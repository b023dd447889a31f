/**
 * The forms in which a secret tends to leak, as patterns for a regular expression: each character as it is or as URLs,
 * forms, JSON and HTML write it; all of it as hex; and inside base64 at any of the three alignments.
 */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  return [
    Array.from(secret, writtenAs).join(''),
    anyCase(bytes.toString('hex')),
    ...[0, 1, 2].flatMap((offset) => base64Core(bytes, offset)).map(literal),
  ];
}

/** A pattern for one character in all its spellings. They are mixed freely: a URL escapes some, its reader others. */
function writtenAs(character: string): string {
  // Letters and digits are never escaped by anybody.
  if (/[A-Za-z0-9]/.test(character)) return character;
  const bytes = Buffer.from(character, 'utf8').toString('hex');
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  const point = character.codePointAt(0) ?? 0;
  const ways = [
    bytes.replace(/../g, (byte) => `%${anyCase(byte)}`),
    units.map((unit) => `${ESCAPES}u${anyCase(unit.toString(16).padStart(4, '0'))}`).join(''),
    `&#0*${point};`,
    `&#[xX]0*${anyCase(point.toString(16))};`,
    ...(SHORT[character] ?? []).map(escapedAgain),
    // Last: `%25` is all of an escaped percent sign, not one with 25 behind it.
    literal(character),
  ];
  return `(?:${ways.join('|')})`;
}

/** JSON that is quoted in JSON, as a server's answer is in a log line, has more than one before what it escapes. */
const ESCAPES = '\\\\{1,15}';

const escapedAgain = (short: string): string =>
  short.startsWith('\\') ? `${ESCAPES}${literal(short.slice(1))}` : literal(short);

const SHORT: Readonly<Record<string, readonly string[]>> = {
  ' ': ['+'],
  '"': ['\\"', '&quot;'],
  '\\': ['\\\\'],
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
