import { resolve } from 'node:path';
import { invalidAt } from '../config/place.ts';
import type { Located } from '../config/yaml.ts';
import { isContributedEvent } from '../ports/github-run.ts';
import { readAtMost } from '../ports/read-at-most.ts';
import { invalid } from '../proof/errors.ts';
import { type Files, filesOf } from '../smoke/files.ts';
import { INLINE } from '../smoke/spec/inline.ts';

const MAX_BYTES = 512 * 1024;

/** A list as it stands in the config, with its lines. */
export const isLocated = (value: unknown): value is Located =>
  typeof value === 'object' && value !== null && 'file' in value && 'line' in value && 'value' in value;

type Environment = Readonly<Record<string, string | undefined>>;

/** What stands in a workflow, or in the default branch's config, is the repository's own; another file may be a contributor's. */
export const isOwnWord = (root: Located, env: Environment): boolean =>
  root.file === INLINE || root.own === true || !isContributedEvent(env);

/** The files that a list may name. The repository's own list takes nothing out of a contributor's checkout. */
export const filesFor = (root: Located, cwd: string, env: Environment): Files =>
  root.own && isContributedEvent(env)
    ? {
        read: async () => ({
          why: 'would be the checkout’s, which may be a contributor’s: write it into the config',
        }),
      }
    : filesOf(cwd);

/**
 * Reads the checks. In an input, a text of several lines, or one that begins a YAML list, is the list itself, and any other
 * names its file. In the config a text is always a file's name: only what a workflow says is the workflow's own word.
 */
export async function readChecks(given: string | Located, cwd: string, env: Environment): Promise<Located> {
  const { parseYaml } = await import('../config/yaml.ts');
  if (typeof given !== 'string' && typeof given.value !== 'string') return given;
  if (typeof given !== 'string' && given.own && isContributedEvent(env))
    throw invalidAt(
      given,
      'config-untrusted',
      'on this event the checkout may be a contributor’s, so its files are not read; write the list into the config itself',
    );
  if (typeof given === 'string' && /\n|^\s*[-[{]/.test(given)) return parseYaml(given, INLINE);
  const path = typeof given === 'string' ? given : String(given.value);
  const unreadable = (why: string, cause?: unknown) =>
    invalid('input-unreadable', `the checks ${resolve(cwd, path)} can't be read: ${why}`, { cause });
  const bytes = await readAtMost(resolve(cwd, path), MAX_BYTES).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(error.code ?? error.message, error);
  });
  if (!bytes) throw unreadable(`they are larger than ${MAX_BYTES} bytes`);
  const root = parseYaml(new TextDecoder().decode(bytes), path);
  // A file of its own may say `checks:` as the config does, or be the list.
  const inner = root.value instanceof Map && root.value.size === 1 ? root.value.get('checks') : undefined;
  return inner ?? root;
}

export interface Shortcuts {
  readonly page?: string | undefined;
  readonly contains?: readonly string[] | undefined;
  readonly mcp?: string | undefined;
  readonly tools?: readonly string[] | undefined;
}

/** The checks that the shortcuts stand for. */
export function shortcutChecks({ page, contains, mcp, tools }: Shortcuts): string | undefined {
  if (contains && page === undefined) throw invalid('input-missing', 'input `contains` needs `page`');
  if (tools && mcp === undefined) throw invalid('input-missing', 'input `tools` needs `mcp`');
  const checks = [
    ...(page === undefined
      ? []
      : [
          {
            name: 'page',
            get: literal(page),
            ...(contains ? { expect: { contains: contains.map(literal) } } : {}),
          },
        ]),
    ...(mcp === undefined
      ? []
      : [{ name: 'mcp', mcp: literal(mcp), ...(tools ? { expect: { tools } } : {}) }]),
  ];
  return checks.length === 0 ? undefined : JSON.stringify(checks);
}

/** In an input, a variable has been put in by whoever started us. */
const literal = (text: string): string => text.replaceAll('${', () => '$${');
