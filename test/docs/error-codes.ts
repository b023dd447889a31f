import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const SRC = resolve(import.meta.dirname, '../../src');

/** A source file: its path below src, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

export const sources = (): Source[] =>
  readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(join(SRC, path), 'utf8') }));

/** Which argument holds the code. */
const MAKERS: Readonly<Record<string, number>> = {
  invalid: 0,
  inconclusive: 0,
  refused: 0,
  invalidAt: 1,
  'new CodedError': 1,
};

const literals =
  (pattern: RegExp) =>
  (text: string): string[] =>
    [...text.matchAll(pattern)].map(([, code = '']) => code);

/** Hands on what another error said, or is the maker itself. */
const handsOn = (): string[] => [];
const codeFields = literals(/\bcode: '([a-z-]+)'/g);

/** The files in which a code is not written where the error is made, and where to find it there. */
const COMPUTED: Readonly<Record<string, (text: string) => string[]>> = {
  'proof/errors.ts': handsOn,
  'config/place.ts': handsOn,
  'config/interpolate.ts': handsOn,
  'live/stamp-files.ts': handsOn,
  'smoke/spec/parse.ts': handsOn,
  'ledger/git-failure.ts': codeFields,
  'ledger/redis-failure.ts': codeFields,
  'smoke/spec/issues.ts': codeFields,
  'smoke/spec/source.ts': literals(/\bcode = '([a-z-]+)'/g),
  'front/parse.ts': literals(/'(input-[a-z]+)'/g),
  'deploy/records.ts': (text) =>
    literals(/'([a-z]+)'/g)(/what: ([^,]*),/.exec(text)?.[1] ?? '').map((what) => `${what}-unreadable`),
};

/** Every code that an error of ours can have. Throws where it can't be told what the code is. */
export function errorCodes(files: readonly Source[]): string[] {
  const codes = files.flatMap(({ path, text }) => {
    const own = argumentsIn(text).flatMap(({ maker, args }) => {
      const given = args[MAKERS[maker] ?? 0] ?? '';
      const [, literal] = /^'([^']*)'$/.exec(given) ?? [];
      if (literal !== undefined) return [literal];
      if (!Object.hasOwn(COMPUTED, path)) throw new Error(`${path}: whence is the code \`${given}\`?`);
      return [];
    });
    // `error:internal` is made of what nobody named.
    return [...own, ...(COMPUTED[path]?.(text) ?? []), ...literals(/'error:([a-z-]+)'/g)(text)];
  });
  return [...new Set(codes)].sort();
}

/** The calls that make an error, in a file that can make one. */
function argumentsIn(text: string): { readonly maker: string; readonly args: readonly string[] }[] {
  if (!/proof\/errors\.ts'|config\/place\.ts'|'\.\/place\.ts'|'\.\/errors\.ts'|class CodedError/.test(text))
    return [];
  return [...text.matchAll(/(?<![.\w])(invalid|inconclusive|refused|invalidAt|new CodedError)\(/g)].flatMap(
    (match) => {
      const args = splitArguments(text.slice(match.index + match[0].length));
      // A type's or a shadow's: without arguments, or with a parameter list.
      return args.length < 2 ? [] : [{ maker: match[1] ?? '', args }];
    },
  );
}

/** The arguments up to the parenthesis that closes the call, as they are written. */
function splitArguments(text: string): string[] {
  const args: string[] = [];
  let [depth, from] = [0, 0];
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if ('\'"`'.includes(character)) index = endOfText(text, index);
    else if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) depth -= 1;
    if (depth < 0 || (depth === 0 && character === ',')) {
      const arg = text.slice(from, index).trim();
      if (arg !== '') args.push(arg);
      from = index + 1;
    }
    if (depth < 0) break;
  }
  return args;
}

function endOfText(text: string, from: number): number {
  for (let index = from + 1; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === text[from]) return index;
  }
  return text.length;
}
