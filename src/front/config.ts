import { relative, resolve, sep } from 'node:path';
import { interpolate, type Variables } from '../config/interpolate.ts';
import { didYouMean } from '../config/nearest.ts';
import { invalidAt, placeText } from '../config/place.ts';
import type { Policy } from '../config/policy.ts';
import type { Located } from '../config/yaml.ts';
import { readAtMost } from '../ports/read-at-most.ts';
import { CodedError, invalid } from '../proof/errors.ts';
import type { RawInput } from './parse.ts';

const DEFAULT_PATHS = ['ship-proof.yml', '.github/ship-proof.yml'];
const MAX_BYTES = 256 * 1024;

/** The sections that there are. A mode interprets its own and leaves the others alone. */
const SECTIONS = ['version', 'stamp', 'live', 'smoke', 'idempotency', 'deploy', 'runners', 'policy'];

/** The config of a run, read and understood once. */
export interface Config {
  /** False where it may be a contributor's: then it must not reach any variable. */
  readonly trusted: boolean;
  readonly sections: ReadonlyMap<string, Located>;
  /** What the repository allows its runs. */
  readonly policy: Policy | undefined;
}

export interface ConfigPorts {
  readonly cwd: string;
  /** Whether the checkout is the repository's own. */
  readonly trusted: boolean;
  /** Reads from the default branch what must not come from the checkout; undefined where there is no need or no way to. */
  readonly branch?: BranchReader | undefined;
}

/** The files of the default branch. */
export interface BranchReader {
  /** The whole config is to come from there, or only its policy. */
  readonly wants: 'config' | 'policy';
  /** The first of the files that is there. Throws `config-unreachable`. */
  read(paths: readonly string[]): Promise<{ readonly path: string; readonly bytes: Uint8Array } | undefined>;
}

/**
 * Reads the config; an empty one when there is no file and none was named. The policy holds whatever config a run names:
 * it is that of the config in the default places, and only where that has none, of the one that was named. Throws `config-…`.
 */
export async function readConfig(
  path: string | undefined,
  { cwd, trusted, branch }: ConfigPorts,
): Promise<Config> {
  const checkout: Reader = async (paths) => {
    const found = await readCheckout(paths, cwd);
    return found && understand(found, {});
  };
  const isSame = (one = '', other = ''): boolean => resolve(cwd, one) === resolve(cwd, other);
  const absent = (file: string) => unreadable(resolve(cwd, file), 'ENOENT');
  if (!branch) return { trusted, ...(await readBoth(path, checkout, isSame, absent)) };
  const onBranch: Reader = async (paths) => {
    const found = await branch.read(paths);
    return found && understand({ file: found.path, text: textOf(found.bytes, found.path) }, { own: true });
  };
  const { wants } = branch;
  const inside = path === undefined ? undefined : pathInside(path, cwd, wants);
  const ofBranch = await readBoth(inside, onBranch, isSame, wants === 'config' ? notOnBranch : undefined);
  if (wants === 'config') return { trusted: true, ...ofBranch };
  const own = await checkout(path === undefined ? DEFAULT_PATHS : [path]);
  if (path !== undefined && !own) throw absent(path);
  return { trusted, sections: own?.sections ?? new Map(), policy: ofBranch.policy };
}

interface Understood extends Omit<Config, 'trusted'> {
  readonly file?: string;
}

/** The first of some files that is there, understood. */
type Reader = (paths: readonly string[]) => Promise<Understood | undefined>;

const NOTHING: Understood = { sections: new Map(), policy: undefined };

/** The config, and the policy that holds for it. */
async function readBoth(
  path: string | undefined,
  read: Reader,
  isSame: (one?: string, other?: string) => boolean,
  absent: ((path: string) => CodedError) | undefined,
): Promise<Understood> {
  if (path === undefined) return (await read(DEFAULT_PATHS)) ?? NOTHING;
  const [named, standing] = [await read([path]), await read(DEFAULT_PATHS)];
  if (absent && !named) throw absent(path);
  const own = named ?? NOTHING;
  if (!standing?.policy || isSame(standing.file, own.file)) return own;
  const second = own.sections.get('policy');
  if (!second) return { ...own, policy: standing.policy };
  throw invalidAt(
    second,
    'config-policy',
    `the policy is in ${standing.file}, for every run; one in this file would be ignored: remove it`,
  );
}

const notOnBranch = (path: string) =>
  unreadable(path, 'on this event the config is that of the default branch, and it does not stand there');

/** A path as the repository has it. What lies outside of the checkout has no place on the default branch. */
function pathInside(path: string, cwd: string, wants: BranchReader['wants']): string | undefined {
  const way = relative(cwd, resolve(cwd, path)).split(sep);
  const isInside = way[0] !== '..' && way[0] !== '' && !/:$/.test(way[0] ?? '');
  if (isInside) return way.join('/');
  if (wants === 'policy') return undefined;
  throw notOnBranch(path);
}

async function understand(
  { file, text }: { readonly file: string; readonly text: string },
  marks: Pick<Located, 'own'>,
): Promise<Understood> {
  const { parseYaml } = await import('../config/yaml.ts');
  const sections = sectionsOf(parseYaml(text, file, marks));
  const policy = sections.get('policy');
  if (!policy) return { file, sections, policy };
  const { parsePolicy } = await import('../config/policy.ts');
  return { file, sections, policy: parsePolicy(policy, sections.get('runners')) };
}

/**
 * The inputs that the config gives to a mode, from the section at a path of names. Only the mode's own section is
 * interpreted, so a variable that another mode needs may be missing. An input that keeps its lines is handed over as it
 * stands in the file, for the mode to interpret. Throws `config-…`.
 */
export async function configInputs(
  { sections }: Config,
  section: readonly string[],
  variables: Variables,
  keepsLines: (name: string) => boolean = () => false,
): Promise<RawInput[]> {
  const own = ownSection(sections, section);
  if (own.size === 0) return [];
  const { plain } = await import('../config/yaml.ts');
  return [...own].map(([name, located]) => {
    const { file, line } = located;
    const origin = { source: placeText(located), at: { file, line } };
    if (keepsLines(name)) return { name, value: located, ...origin };
    let secret = false;
    const value = plain(located, (text, place) => {
      const interpolated = interpolate(text, place, variables);
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

/** The first of some files that is there in the checkout, as text. */
async function readCheckout(
  paths: readonly string[],
  cwd: string,
): Promise<{ file: string; text: string } | undefined> {
  for (const file of paths) {
    try {
      const bytes = await readAtMost(resolve(cwd, file), MAX_BYTES);
      if (!bytes) throw tooLarge(resolve(cwd, file));
      return { file, text: textOf(bytes, resolve(cwd, file)) };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') continue;
      throw error instanceof CodedError
        ? error
        : unreadable(resolve(cwd, file), String(code ?? error), error);
    }
  }
  return undefined;
}

function textOf(bytes: Uint8Array, file: string): string {
  if (bytes.length > MAX_BYTES) throw tooLarge(file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadable(file, String((error as NodeJS.ErrnoException).code ?? error), error);
  }
}

const tooLarge = (file: string) => unreadable(file, `it is larger than ${MAX_BYTES} bytes`);

const unreadable = (file: string, why: string, cause?: unknown) =>
  invalid('config-unreadable', `the config file ${file} can't be read: ${why}`, { cause });

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
  const version = sections.get('version');
  if (version && version.value !== 1) {
    throw invalidAt(version, 'config-version', '`version` must be 1, the only one there is');
  }
  return sections;
}
