import { createHash } from 'node:crypto';
import { type Dirent, constants as flags } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join, posix, relative, resolve, sep } from 'node:path';
import { invalid } from '../proof/errors.ts';

export interface FoundFile {
  /** The file itself, relative to the folder, with `/` between the parts. */
  readonly path: string;
  /** `path`, and the symbolic links in the folder that lead to it. */
  readonly names: readonly string[];
  readonly bytes: number;
}

/**
 * A folder that is read and written only inside itself. Files are replaced in two steps: `stage` puts the new bytes
 * beside the file, under a name that says what it is, and `commit` moves them over it. A reader sees the old file or
 * the new one; a dead process leaves staged files, which the next run finds by their names.
 */
export interface Folder {
  /** Absolute, without symbolic links. */
  readonly root: string;
  /** Every file, in the order of the code units of their paths. Throws `folder-unreadable`, `folder-link`. */
  list(): Promise<{ readonly files: readonly FoundFile[]; readonly staged: readonly string[] }>;
  /** The path, relative to the folder, that a name given by the user means. Throws `path-outside`, `path-taken`. */
  place(name: string): Promise<string>;
  /** Undefined if there is no such file; a symbolic link is none. */
  read(path: string): Promise<Uint8Array | undefined>;
  sha256(path: string): Promise<string>;
  /** Durable when it resolves. Keeps the mode of the file that it will replace. */
  stage(path: string, bytes: Uint8Array): Promise<void>;
  commit(path: string): Promise<void>;
  remove(path: string): Promise<void>;
}

const STAGED_NAME = /^\.ship-proof-[0-9a-f]{16}\.tmp$/;
/** Hashed, so that a file name of the longest allowed length has room for one. */
const stagedName = (name: string) =>
  `.ship-proof-${createHash('sha256').update(name).digest('hex').slice(0, 16)}.tmp`;

/** Where `stage` puts the new bytes of a file: in the same folder, so that moving them is atomic. */
export const stagedPath = (path: string): string =>
  path.slice(0, path.lastIndexOf('/') + 1) + stagedName(path.slice(path.lastIndexOf('/') + 1));

/**
 * Which paths of a folder a glob means. The case of letters does not matter, and files that begin with a dot are
 * meant too: a page that is missed is a page that nobody can prove, and servers do serve `.well-known`.
 */
export function globMatcher(glob: string): (path: string) => boolean {
  const pattern = glob.toLowerCase().replace(/^\.\//, '');
  return (path) => {
    const lower = path.toLowerCase();
    const plain = lower.replace(/(^|\/)\./g, '$1_');
    return posix.matchesGlob(lower, pattern) || posix.matchesGlob(plain, pattern);
  };
}

/** Throws `folder-unreadable` if there is no such folder. */
export async function openFolder(dir: string): Promise<Folder> {
  const asked = resolve(dir);
  const root = await realpath(asked).catch((error) => {
    throw unreadable(asked, error);
  });
  const absolute = (path: string) => join(root, path);
  return {
    root,
    list: () => list(root),
    place: (name) => place(root, name),
    read: (path) =>
      readFile(absolute(path), { flag: flags.O_RDONLY | NOFOLLOW }).catch((error) => {
        if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ELOOP') return undefined;
        throw unreadable(absolute(path), error);
      }),
    sha256: (path) => sha256(absolute(path)),
    stage: (path, bytes) => stage(absolute(path), absolute(stagedPath(path)), bytes),
    commit: (path) => rename(absolute(stagedPath(path)), absolute(path)),
    remove: (path) => rm(absolute(path), { force: true }),
  };
}

/** Windows has no such flag; there O_EXCL alone must do. */
const NOFOLLOW = flags.O_NOFOLLOW ?? 0;

async function list(root: string): Promise<{ files: FoundFile[]; staged: string[] }> {
  const found = new Map<string, { names: string[]; bytes: number }>();
  const links: { name: string; target: string }[] = [];
  const staged: string[] = [];

  const visit = async (entry: Dirent) => {
    const path = join(entry.parentPath, entry.name);
    if (STAGED_NAME.test(entry.name) && !entry.isDirectory()) staged.push(inside(root, path));
    else if (entry.isSymbolicLink())
      links.push({ name: inside(root, path), target: await follow(root, path) });
    else if (entry.isDirectory()) await walk(path);
    else if (entry.isFile()) found.set(inside(root, path), { names: [], bytes: (await lstat(path)).size });
  };
  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
      throw unreadable(folder, error);
    });
    for (const entry of entries) await visit(entry);
  };
  await walk(root);

  // A link to a folder in here leads to files that are found where they are.
  for (const { name, target } of links) found.get(target)?.names.push(name);
  const files = [...found].map(([path, { names, bytes }]) => ({
    path,
    names: [path, ...names.toSorted()],
    bytes,
  }));
  return { files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)), staged: staged.toSorted() };
}

/** Where a link leads, relative to the root. */
async function follow(root: string, link: string): Promise<string> {
  const target = await realpath(link).catch((error) => {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ELOOP') return undefined;
    throw unreadable(link, error);
  });
  if (target !== undefined && isInside(root, target)) return inside(root, target);
  throw invalid(
    'folder-link',
    `the symbolic link ${link} leads ${target === undefined ? 'to nothing' : `out of ${root}, to ${target}`}: ` +
      'put the file itself there, or remove the link',
  );
}

async function place(root: string, name: string): Promise<string> {
  const path = resolve(root, name);
  const outside = () =>
    invalid(
      'path-outside',
      `${JSON.stringify(name)} leads out of ${root}: give a path relative to that folder`,
    );
  if (name.includes('\0') || isAbsolute(name) || path === root || !isInside(root, path)) throw outside();

  // The parts that are there may be links; the rest will be made.
  let existing = dirname(path);
  let real: string | undefined;
  while (real === undefined) {
    real = await realpath(existing).catch((error) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw unreadable(existing, error);
    });
    if (real === undefined) existing = dirname(existing);
  }
  const target = join(real, relative(existing, path));
  if (!isInside(root, target)) throw outside();
  const there = await lstat(target).catch((error) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unreadable(target, error);
  });
  if (there?.isDirectory())
    throw invalid('path-taken', `${target} is a folder: give another name for the file`);
  return inside(root, target);
}

async function stage(target: string, temporary: string, bytes: Uint8Array): Promise<void> {
  const before = await lstat(target).catch((error) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  await mkdir(dirname(target), { recursive: true });
  await rm(temporary, { force: true });
  const handle = await open(temporary, flags.O_WRONLY | flags.O_CREAT | flags.O_EXCL | NOFOLLOW, 0o666);
  try {
    await handle.writeFile(bytes);
    if (before?.isFile()) {
      // Only root gives files away; else a build in a container would end up with files that its owner can't change.
      if (process.geteuid?.() === 0) await handle.chown(before.uid, before.gid);
      await handle.chmod(before.mode & 0o7777);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(path, flags.O_RDONLY | NOFOLLOW);
  for await (const chunk of handle.createReadStream()) hash.update(chunk);
  return hash.digest('hex');
}

const inside = (root: string, path: string) => relative(root, path).split(sep).join('/');

const isInside = (root: string, path: string) => {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);

const unreadable = (path: string, cause: unknown) => {
  const why: Record<string, string> = {
    ENOENT: 'is not there',
    ENOTDIR: 'is not a folder',
    EACCES: 'may not be read',
  };
  const reason = why[String(codeOf(cause))] ?? `could not be read (${String(codeOf(cause) ?? cause)})`;
  return invalid('folder-unreadable', `${path} ${reason}: build first, or give the folder of the build`, {
    cause,
  });
};
