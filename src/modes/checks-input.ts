import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Located } from '../config/yaml.ts';
import { invalid } from '../proof/errors.ts';
import { INLINE } from '../smoke/spec/inline.ts';

const MAX_BYTES = 512 * 1024;

/**
 * Reads the checks. In an input, a text of several lines, or one that begins a YAML list, is the list itself, and any other
 * names its file. In the config a text is always a file's name: only what a workflow says is the workflow's own word.
 */
export async function readChecks(given: string | Located, cwd: string): Promise<Located> {
  const { parseYaml } = await import('../config/yaml.ts');
  if (typeof given !== 'string' && typeof given.value !== 'string') return given;
  if (typeof given === 'string' && /\n|^\s*[-[{]/.test(given)) return parseYaml(given, INLINE);
  const path = typeof given === 'string' ? given : String(given.value);
  const unreadable = (why: string, cause?: unknown) =>
    invalid('input-unreadable', `the checks ${resolve(cwd, path)} can't be read: ${why}`, { cause });
  const bytes = await readFile(resolve(cwd, path)).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(error.code ?? error.message, error);
  });
  if (bytes.length > MAX_BYTES) throw unreadable(`they are larger than ${MAX_BYTES} bytes`);
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
