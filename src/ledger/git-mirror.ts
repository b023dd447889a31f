import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Repository } from './git-run.ts';

/**
 * Where the commits of a long history may be found again, so that only what is new has to be fetched. It may be lost, old,
 * unreadable or somebody's forgery: it only ever saves time.
 */
export interface HistoryMirror {
  /** Below that many transactions, a cold fetch takes no longer than asking for the mirror. */
  readonly from: number;
  /** A mirror that lacks fewer than these is good enough. */
  readonly every: number;
  /** A git bundle, or nothing. Never throws. */
  restore(): Promise<Uint8Array | undefined>;
  /** Keeps a bundle of this many transactions. Never throws. */
  keep(bundle: Uint8Array, seq: number): Promise<void>;
}

const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Imports a bundle into a fresh repository: every object is checked and named by its own digest, and nothing but the
 * ledger's ref is taken from it. Returns how many commits came; 0 when it can't be used, and then the repository is not
 * to be used either. That it leads to the remote's head is for the fetch that follows to say.
 */
export async function importBundle(repo: Repository, ref: string, bundle: Uint8Array): Promise<number> {
  const parsed = parseBundle(bundle, ref);
  if (parsed === undefined) return 0;
  const { tip, pack } = parsed;
  const { git, gitDir } = repo;
  const indexed = await git(['index-pack', '--stdin', '--fsck-objects', '--promisor'], [], {
    gitDir,
    input: pack,
  });
  if (indexed.code !== 0) return 0;
  // Walks every commit: one that is missing would be missed later, when it is no longer the mirror's fault.
  const counted = await git(['rev-list', '--count'], [tip], { gitDir });
  if (counted.code !== 0) return 0;
  const moved = await git(['update-ref'], [ref, tip], { gitDir });
  return moved.code === 0 ? Number(counted.stdout.toString('latin1').trim()) : 0;
}

/** The commits of a ref as one bundle, without trees and records; undefined where this git can't make one. */
export async function exportBundle(
  { git, gitDir }: Repository,
  ref: string,
): Promise<Uint8Array | undefined> {
  const folder = await mkdtemp(join(gitDir, 'mirror-'));
  try {
    const path = join(folder, 'ledger.bundle');
    const made = await git(['bundle', 'create', '--quiet', path, '--filter=tree:0'], [ref], { gitDir });
    return made.code === 0 ? await readFile(path) : undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A bundle (gitformat-bundle) is a few lines of text, an empty line, and a pack. */
function parseBundle(bundle: Uint8Array, ref: string): { tip: string; pack: Uint8Array } | undefined {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const end = bytes.subarray(0, 4096).indexOf('\n\n');
  if (end < 0 || bytes.length > MAX_BYTES) return undefined;
  const [signature = '', ...lines] = bytes.toString('latin1', 0, end).split('\n');
  if (!/^# v[23] git bundle$/.test(signature)) return undefined;
  const tip = lines
    .map((line) => /^([0-9a-f]{40,64}) (\S+)$/.exec(line))
    .find((found) => found?.[2] === ref)?.[1];
  return tip === undefined ? undefined : { tip, pack: bytes.subarray(end + 2) };
}
