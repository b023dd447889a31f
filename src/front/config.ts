import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { interpolate } from '../config/interpolate.ts';
import { didYouMean } from '../config/nearest.ts';
import type { Located } from '../config/yaml.ts';
import { invalid } from '../proof/errors.ts';
import type { Redactor } from '../proof/redact.ts';
import type { RawInput } from './parse.ts';

const DEFAULT_PATHS = ['ship-proof.yml', '.github/ship-proof.yml'];

/** The sections that there are. A mode interprets its own and leaves the others alone. */
const SECTIONS = ['version', 'stamp', 'live', 'smoke', 'idempotency', 'deploy', 'runners', 'policy'];

export interface ConfigPorts {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secrets: Redactor;
  /** False where the checkout may be somebody else's: its config must not reach a secret. */
  readonly secretsAllowed: boolean;
}

/**
 * The inputs that the config file gives to a mode; none when there is no file and none was named. Only the mode's own
 * section is interpreted, so a variable that another mode needs may be missing.
 */
export async function configInputs(
  path: string | undefined,
  section: string | undefined,
  ports: ConfigPorts,
): Promise<RawInput[]> {
  const found = await readConfig(path, ports.cwd);
  if (!found) return [];
  const { parseYaml, plain } = await import('../config/yaml.ts');
  const root = parseYaml(found.text, found.file);
  const sections = checkRoot(root);
  const own = section === undefined ? undefined : sections.get(section);
  if (!own || own.value === null) return [];
  if (!(own.value instanceof Map))
    throw invalid('config-section', `${at(own)}: \`${section}\` must be a map of inputs`);
  return [...(own.value as ReadonlyMap<string, Located>)].map(([name, located]) => ({
    name,
    value: plain(located, (text, place) => interpolateAt(text, place, ports)),
    source: at(located),
    at: { file: located.file, line: located.line },
  }));
}

function interpolateAt(text: string, place: Located, { env, secrets, secretsAllowed }: ConfigPorts): string {
  const { text: replaced, secret } = interpolate(text, at(place), env, secrets);
  if (!secret || secretsAllowed) return replaced;
  throw invalid(
    'config-untrusted',
    `${at(place)}: on a ${env.GITHUB_EVENT_NAME} event the checkout may be a contributor's, so its config can't use a secret; give the value as an input in the workflow`,
  );
}

async function readConfig(
  path: string | undefined,
  cwd: string,
): Promise<{ file: string; text: string } | undefined> {
  for (const candidate of path === undefined ? DEFAULT_PATHS : [path]) {
    try {
      return { file: candidate, text: await readFile(resolve(cwd, candidate), 'utf8') };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (path === undefined && code === 'ENOENT') continue;
      throw invalid(
        'config-unreadable',
        `the config file ${join(cwd, candidate)} can't be read: ${code ?? error}`,
        { cause: error },
      );
    }
  }
  return undefined;
}

function checkRoot(root: Located): ReadonlyMap<string, Located> {
  if (root.value === null) return new Map();
  if (!(root.value instanceof Map)) throw invalid('config-section', `${at(root)}: the config must be a map`);
  const sections = root.value as ReadonlyMap<string, Located>;
  for (const [name, located] of sections) {
    if (!SECTIONS.includes(name)) {
      throw invalid(
        'config-section',
        `${at(located)}: unknown section \`${name}\`${didYouMean(name, SECTIONS)}; known: ${SECTIONS.join(', ')}`,
      );
    }
  }
  const policy = sections.get('policy');
  // A lock that is not enforced would be worse than none.
  if (policy)
    throw invalid(
      'config-policy',
      `${at(policy)}: this version can't enforce a \`policy\`, so it does not run under one`,
    );
  const version = sections.get('version');
  if (version && version.value !== 1) {
    throw invalid('config-version', `${at(version)}: \`version\` must be 1, the only one there is`);
  }
  return sections;
}

const at = ({ file, line }: Located): string => `${file}:${line}`;
