import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { interpolate, type Variables } from '../config/interpolate.ts';
import { didYouMean } from '../config/nearest.ts';
import { invalidAt, placeText } from '../config/place.ts';
import type { Located } from '../config/yaml.ts';
import { CodedError, invalid } from '../proof/errors.ts';
import type { RawInput } from './parse.ts';

const DEFAULT_PATHS = ['ship-proof.yml', '.github/ship-proof.yml'];
const MAX_BYTES = 256 * 1024;

/** The sections that there are. A mode interprets its own and leaves the others alone. */
const SECTIONS = ['version', 'stamp', 'live', 'smoke', 'idempotency', 'deploy', 'runners', 'policy'];

export interface ConfigPorts extends Variables {
  readonly cwd: string;
}

/**
 * The inputs that the config file gives to a mode, from the section at a path of names; none when there is no file and none was named. Only the mode's own
 * section is interpreted, so a variable that another mode needs may be missing. An input that keeps its lines is handed
 * over as it stands in the file, for the mode to interpret. Throws `config-…`.
 */
export async function configInputs(
  path: string | undefined,
  section: readonly string[],
  ports: ConfigPorts,
  keepsLines: (name: string) => boolean = () => false,
): Promise<RawInput[]> {
  const found = await readConfig(path, ports.cwd);
  if (!found) return [];
  const { parseYaml, plain } = await import('../config/yaml.ts');
  const sections = sectionsOf(parseYaml(found.text, found.file));
  return [...ownSection(sections, section)].map(([name, located]) => {
    const { file, line } = located;
    const origin = { source: placeText(located), at: { file, line } };
    if (keepsLines(name)) return { name, value: located, ...origin };
    let secret = false;
    const value = plain(located, (text, place) => {
      const interpolated = interpolate(text, place, ports);
      secret ||= interpolated.secret;
      return interpolated.text;
    });
    return { name, value, ...origin, secret };
  });
}

/** The inputs that stand at a section's path, such as `deploy`, `production`; none when it is not there. */
function ownSection(
  sections: ReadonlyMap<string, Located>,
  path: readonly string[],
): ReadonlyMap<string, Located> {
  let inside = path.length === 0 ? new Map<string, Located>() : sections;
  for (const name of path) {
    const own = inside.get(name);
    if (!own || own.value === null) return new Map();
    if (!(own.value instanceof Map))
      throw invalidAt(own, 'config-section', `\`${name}\` must be a map of inputs`);
    inside = own.value as ReadonlyMap<string, Located>;
  }
  return inside;
}

/** The config's text; undefined when none was named and none stands in the default places. */
async function readConfig(
  path: string | undefined,
  cwd: string,
): Promise<{ file: string; text: string } | undefined> {
  for (const file of path === undefined ? DEFAULT_PATHS : [path]) {
    const unreadable = (why: string, cause?: unknown) =>
      invalid('config-unreadable', `the config file ${resolve(cwd, file)} can't be read: ${why}`, { cause });
    try {
      // One byte more than is allowed tells that it is too large, whatever was named.
      const bytes = await buffer(createReadStream(resolve(cwd, file), { end: MAX_BYTES }));
      if (bytes.length > MAX_BYTES) throw unreadable(`it is larger than ${MAX_BYTES} bytes`);
      return { file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (path === undefined && code === 'ENOENT') continue;
      throw error instanceof CodedError ? error : unreadable(String(code ?? error), error);
    }
  }
  return undefined;
}

/** The config's sections, when all of them are known and it is of a version and kind that is understood. */
function sectionsOf(root: Located): ReadonlyMap<string, Located> {
  if (root.value === null) return new Map();
  if (!(root.value instanceof Map)) throw invalidAt(root, 'config-section', 'the config must be a map');
  const sections = root.value as ReadonlyMap<string, Located>;
  for (const [name, located] of sections) {
    if (SECTIONS.includes(name)) continue;
    throw invalidAt(
      located,
      'config-section',
      `unknown section \`${name.slice(0, 80)}\`${didYouMean(name, SECTIONS)}; known: ${SECTIONS.join(', ')}`,
    );
  }
  const policy = sections.get('policy');
  // A lock that is not enforced would be worse than none.
  if (policy)
    throw invalidAt(
      policy,
      'config-policy',
      "this version can't enforce a `policy`, so it does not run under one",
    );
  const version = sections.get('version');
  if (version && version.value !== 1) {
    throw invalidAt(version, 'config-version', '`version` must be 1, the only one there is');
  }
  return sections;
}
