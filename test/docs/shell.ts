import { spawnSync } from 'node:child_process';
import { parseArguments, splitArguments } from '../../src/front/cli.ts';
import { CodedError } from '../../src/proof/errors.ts';
import { problemsOfCall } from './calls.ts';
import { type Block, type Page, withoutBlocks } from './pages.ts';

/** What variables stand for in the examples. */
const VARIABLES: Readonly<Record<string, string>> = {
  ID: 'build-1795190000-1a2b3c4',
  BUILD_ID: 'build-1795190000-1a2b3c4',
  FENCE: '5',
};
const ANY = 'value';

/** How our program is called in the pages, up to the mode. */
const OURS = [/^ship-proof$/, /^npx( --yes)? github:org\/ship-proof$/, /^node dist\/index\.js$/];

/**
 * The words of each simple command in a script, as a shell would hand them over; variables are put in from the table above. This
 * knows what the pages use: quotes, continued lines, comments, `&&`, `||`, `;`, `|`, `&`, assignments, redirections, cron times.
 */
export function commandsIn(script: string): string[][] {
  const joined = script.replace(/\\\n\s*/g, ' ');
  return joined.split('\n').flatMap((line) => {
    const words = wordsOf(line.replace(/^\s*[\d*/,-]+( [\d*/,-]+){4}\s+(?=\S)/, ''));
    const commands: string[][] = [[]];
    for (const [index, word] of words.entries()) {
      if (typeof word !== 'string') commands.push([]);
      else if (!/^(\d?>>?|<|\d>&\d)/.test(word) && !/^\d?>>?$/.test(String(words[index - 1])))
        commands.at(-1)?.push(word);
    }
    return commands.map(withoutAssignments).filter((command) => command.length > 0);
  });
}

function withoutAssignments(command: readonly string[]): string[] {
  const first = command.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  return first < 0 ? [] : command.slice(first);
}

/** An operator is not a word. */
type Operator = { readonly operator: string };

function wordsOf(line: string): (string | Operator)[] {
  const tokens = line.matchAll(
    /\s+|#.*$|(&&|\|\||;|\||&(?!\d))|((?:"(?:\\.|[^"\\])*"|'[^']*'|\$\([^)]*\)|\\.|[^\s"'\\;|&]|&\d)+)/gm,
  );
  const words: (string | Operator)[] = [];
  for (const [token, operator, word] of tokens) {
    if (token.startsWith('#')) break;
    if (operator !== undefined) words.push({ operator });
    else if (word !== undefined) words.push(unquoted(word));
  }
  return words;
}

const unquoted = (word: string): string =>
  word.replace(
    /"((?:\\.|[^"\\])*)"|'([^']*)'|\$\([^)]*\)|\$\{?(\w+)\}?|\\(.)/g,
    (all, double, single, name, escaped) => {
      if (single !== undefined) return single;
      if (double !== undefined)
        return double
          .replace(/\$\([^)]*\)|\$\{?(\w+)\}?/g, (_: string, inner?: string) => VARIABLES[inner ?? ''] ?? ANY)
          .replace(/\\(.)/g, '$1');
      if (escaped !== undefined) return escaped;
      return all.startsWith('$(') ? ANY : (VARIABLES[name] ?? ANY);
    },
  );

/** The arguments of each call of our program, beginning with the mode. */
export function callsIn(script: string): string[][] {
  return commandsIn(script).flatMap((command) => {
    if (command[0] === 'npm' && command[1] === 'run' && command[2] === 'demo')
      return [['demo', ...command.slice(4)]];
    const length = [1, 2, 3].find((count) =>
      OURS.some((ours) => ours.test(command.slice(0, count).join(' '))),
    );
    return length === undefined ? [] : [command.slice(length)];
  });
}

/** What is wrong with a block of shell: by bash itself, and by our own parser for each call of our program. */
export async function shellProblems({ text }: Pick<Block, 'text'>): Promise<string[]> {
  const script = text.replace(/^\s*[\d*/,-]+( [\d*/,-]+){4}\s+(?=\S)/gm, '');
  const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
  const calls = await Promise.all(callsIn(text).map(callProblems));
  return [...(status === 0 ? [] : [stderr.trim()]), ...calls.flat()];
}

/** What is wrong with one call of our program. */
export async function callProblems([mode = '', ...rest]: readonly string[]): Promise<string[]> {
  if (['--help', '--version'].includes(mode) || rest.includes('--help')) return [];
  const { own, command } = splitArguments(rest);
  try {
    return await problemsOfCall({ mode, command, inputs: (known) => parseArguments(known, own) });
  } catch (error) {
    if (error instanceof CodedError) return [error.message];
    throw error;
  }
}

/** Calls within the text of a page: code that begins with our name and has a flag; a mode alone is only a name. */
export const callsInText = (page: Page): string[] =>
  [
    ...withoutBlocks(page).matchAll(/(?<!`)`((?:npx )?(?:github:org\/)?ship-proof [a-z-]+ [^`\n]*)`(?!`)/g),
  ].map(([, code = '']) => code);
