import { CodedError } from '../proof/errors.ts';
import { type CacheClone, leaseClone } from './git-cache.ts';
import { fetchHistory, fetchRef, refIn } from './git-fetch.ts';
import { isAncestor } from './git-history.ts';
import { lineage } from './git-lineage.ts';
import { exportBundle, type HistoryMirror, importBundle } from './git-mirror.ts';
import type { GitPlace, HistoryRepository } from './git-place.ts';
import { type PushOptions, pushCommit } from './git-push.ts';
import { type Git, type Repository, requireGit } from './git-run.ts';
import { takeTurn } from './host-lock.ts';
import type { Patience } from './ledger.ts';
import { persistently } from './passing.ts';

export interface RemoteOptions extends PushOptions {
  readonly git: Git;
  readonly cacheDir: string;
  /** A file name that stands for this ledger. */
  readonly name: string;
  readonly lockPath: string;
  readonly mirror?: HistoryMirror | undefined;
}

/** The clone collects loose objects; from time to time a cold start is the cheapest upkeep. */
const RENEW_EVERY = 500;

/** Of reads: a server has its moments, and asking again costs less than a run that proves nothing. */
const READ_TRIES = 3;

/** What a fresh clone cures: damage, a dead process's lock in it, another object format. */
const CURABLE = ['ledger-damaged', 'store-locked', 'store-object-format'];
/** Damage that comes back is not the clone's: one for that, and one for the object format. */
const CURES = 2;

/** A ledger behind https or ssh: read through a disposable clone, written by a conditional push. */
export async function remotePlace(options: RemoteOptions): Promise<GitPlace> {
  const { git, cacheDir, name, store, ref, clock, lockPath } = options;
  await requireGit(git);
  const clone = await leaseClone(cacheDir, name, git);
  let repo: Repository | undefined;
  /** Where the clone's ref stands, once that was looked up. */
  let known: string | null = null;
  let isThere = false;
  let renewalDue = false;
  let cures = CURES;

  const renew = async (idLength?: number) => {
    known = null;
    await clone.reset(idLength);
  };

  const wholeHistory = async (seq = 0): Promise<HistoryRepository> => {
    const mirror = options.mirror && seq >= options.mirror.from ? options.mirror : undefined;
    const warm = mirror && (await fromMirror(clone, options, mirror));
    if (mirror && warm && seq - warm.mirrored < mirror.every) return warm.scratch;
    const scratch = warm?.scratch ?? (await fromRemote(clone, options));
    const bundle = mirror && (await exportBundle(scratch.repo, ref));
    if (mirror && bundle) await mirror.keep(bundle, seq);
    return scratch;
  };

  const follows = async (old: string, now: string): Promise<boolean> => {
    if (repo !== undefined && (await isAncestor(repo, old, now))) return true;
    // A clone that was made anew does not know the old one; the whole history does.
    await using source = await wholeHistory();
    return await isAncestor(source.repo, old, now);
  };

  return {
    store,
    async refresh(patience) {
      if (renewalDue) await renew();
      renewalDue = false;
      const at = await clone.repository();
      repo = at;
      known ??= await refIn(at, ref);
      isThere = await insisting(() => fetchRef(at, options, known, 'newest', patience), options, patience);
      return { repo: at, name: ref };
    },
    isAbsent: async () => !isThere,
    async heal(error) {
      if (!(error instanceof CodedError) || !CURABLE.includes(error.code) || cures === 0) return false;
      cures -= 1;
      const otherLength = repo?.idLength === 64 ? 40 : 64;
      await renew(error.code === 'store-object-format' ? otherLength : undefined);
      return true;
    },
    lineage: lineage(store, ref, follows),
    async publish(at, old, oid, patience) {
      const outcome = await pushCommit(at, old, oid, options, patience);
      // Only spares the next read a download; if it fails, that read does the work.
      if (outcome === 'won') await git(['update-ref'], [ref, oid], { gitDir: at.gitDir });
      if (outcome === 'won') known = oid;
      return outcome;
    },
    wholeHistory,
    turn: (patience) => takeTurn(lockPath, clock, patience),
    upkeep(seq) {
      renewalDue ||= seq % RENEW_EVERY === 0;
    },
    dispose: async () => clone[Symbol.asyncDispose](),
  };
}

/** A reply that git can't make sense of may be a proxy's, and the next one the store's. */
const insisting = <T>(
  read: () => Promise<T>,
  { clock, random }: RemoteOptions,
  patience?: Patience,
): Promise<T> => persistently(read, { tries: READ_TRIES, clock, random, patience, more: ['store-failed'] });

/** All of the history, as the remote has it. */
async function fromRemote(clone: CacheClone, options: RemoteOptions): Promise<HistoryRepository> {
  const scratch = await clone.scratch();
  try {
    await insisting(() => fetchHistory(scratch.repo, options), options);
    return scratch;
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * What the mirror has, and from the remote what came since. The fetch is a plain one: a mirror that the remote's head does not
 * follow from is not used, and neither is one that anything is wrong with.
 */
async function fromMirror(
  clone: CacheClone,
  options: RemoteOptions,
  mirror: HistoryMirror,
): Promise<{ readonly scratch: HistoryRepository; readonly mirrored: number } | undefined> {
  const bundle = await mirror.restore();
  if (bundle === undefined) return undefined;
  const scratch = await clone.scratch();
  try {
    const mirrored = await importBundle(scratch.repo, options.ref, bundle);
    if (mirrored > 0) {
      await fetchHistory(scratch.repo, options);
      return { scratch, mirrored };
    }
  } catch (error) {
    // If it is the remote's fault, the cold fetch will say so.
    if (!(error instanceof CodedError)) throw error;
  }
  await scratch[Symbol.asyncDispose]();
  return undefined;
}
