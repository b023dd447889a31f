import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HistoryRepository } from './git-place.ts';
import type { Git, Repository } from './git-run.ts';
import { tryLock } from './host-lock.ts';

/**
 * The clone that a remote ledger is read through. It only saves time: it is private to one process while in use,
 * everything read from it is verified against the remote's commit id, and it may be deleted whenever nobody uses it.
 */
export interface CacheClone extends AsyncDisposable {
  /** The clone, made when it is not there. */
  repository(): Promise<Repository>;
  /** Throws the content away; the next use starts cold, with ids of this length. */
  reset(idLength?: number): Promise<void>;
  /** A clone beside it, for one use. */
  scratch(): Promise<HistoryRepository>;
}

/** More processes at once than this read through a temporary clone. */
const SLOTS = 8;
/** Files in the pack folder, and in one of 256 object folders, from which a cold start is cheaper than upkeep. */
const MANY_PACKS = 60;
const MANY_LOOSE = 20;

export async function leaseClone(cacheDir: string, name: string, git: Git): Promise<CacheClone> {
  const slot = (await leaseSlot(join(cacheDir, 'clones'), name)) ?? (await temporarySlot());
  const dir = join(slot.dir, 'ledger.git');
  const found = await namesIn(slot.dir);
  // Whoever made them held this slot before us, and was killed.
  const left = found.filter((name) => name.startsWith(SCRATCH)).map((name) => join(slot.dir, name));
  if (await isWornOut(dir)) left.push(dir);
  for (const path of left) await rm(path, { recursive: true, force: true });
  let idLength = found.includes(SHA256_MARK) ? 64 : 40;
  let made: Promise<Repository> | undefined;
  return {
    repository() {
      made ??= makeRepository(dir, idLength, git);
      return made;
    },
    async reset(length = idLength) {
      made = undefined;
      idLength = length;
      await rm(dir, { recursive: true, force: true });
      const mark = join(slot.dir, SHA256_MARK);
      await (length === 64 ? writeFile(mark, '') : rm(mark, { force: true }));
    },
    async scratch() {
      const scratchDir = await mkdtemp(join(slot.dir, SCRATCH));
      return {
        repo: await makeRepository(scratchDir, idLength, git),
        [Symbol.asyncDispose]: () => rm(scratchDir, { recursive: true, force: true }),
      };
    },
    [Symbol.asyncDispose]: () => slot[Symbol.asyncDispose](),
  };
}

interface Slot extends AsyncDisposable {
  readonly dir: string;
}

const SHA256_MARK = 'sha256';
const SCRATCH = 'scratch-';

/** The first clone that no living process uses; undefined when all are busy or the folder cannot be used. */
async function leaseSlot(folder: string, name: string): Promise<Slot | undefined> {
  for (let n = 0; n < SLOTS; n += 1) {
    const dir = join(folder, `${name}-${n}`);
    const lock = await tryLock(`${dir}.lock`);
    if (lock.unusable) return undefined;
    if (!lock.held) continue;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    return { dir, [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose]() };
  }
  return undefined;
}

async function temporarySlot(): Promise<Slot> {
  const dir = await mkdtemp(join(tmpdir(), 'ship-proof-clone-'));
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

/**
 * A bare repository by gitrepository-layout(5). Written by hand, and its config anew each time: no template, no child,
 * and nothing that an earlier process left there is obeyed.
 */
async function makeRepository(gitDir: string, idLength: number, git: Git): Promise<Repository> {
  await mkdir(join(gitDir, 'objects'), { recursive: true, mode: 0o700 });
  await mkdir(join(gitDir, 'refs'), { recursive: true, mode: 0o700 });
  const format =
    idLength === 64 ? '1\n\tbare = true\n[extensions]\n\tobjectFormat = sha256\n' : '0\n\tbare = true\n';
  await writeFile(join(gitDir, 'config'), `[core]\n\trepositoryFormatVersion = ${format}`);
  await writeFile(join(gitDir, 'HEAD'), 'ref: refs/heads/none\n');
  return { gitDir, git, idLength };
}

async function isWornOut(dir: string): Promise<boolean> {
  const [packs, loose] = await Promise.all([
    namesIn(join(dir, 'objects/pack')),
    namesIn(join(dir, 'objects/17')),
  ]);
  return packs.length > MANY_PACKS || loose.length > MANY_LOOSE;
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
