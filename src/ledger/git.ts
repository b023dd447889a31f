import { CodedError } from '../proof/errors.ts';
import { checkChange } from './change.ts';
import { moved } from './expectation.ts';
import { damaged } from './git-failure.ts';
import { isAncestor, walkHistory } from './git-history.ts';
import type { GitPlace } from './git-place.ts';
import type { LoadedHead } from './git-records.ts';
import type { Repository } from './git-run.ts';
import { gitSnapshot, loadHead } from './git-snapshot.ts';
import { writeCommit } from './git-write.ts';
import type { Change, Ledger, Patience, Snapshot } from './ledger.ts';

/**
 * The ledger as a git ref: one transaction is one commit, its tree holds the records, its message the entries, and the
 * ref's own lock is the compare-and-set. Where the ref lives (`GitPlace`) is all that differs between a repository on
 * this machine and one behind https or ssh.
 */
export function gitLedger(place: GitPlace): Ledger {
  /** What a snapshot was made of, so that a commit builds on exactly that state without reading it again. */
  const origins = new WeakMap<Snapshot, { repo: Repository; loaded: LoadedHead | null }>();

  const readOnce = async (patience?: Patience): Promise<Snapshot> => {
    const { repo, name } = await place.refresh(patience);
    let loaded = await loadHead(repo, name, patience);
    if (loaded === null && !(await place.isAbsent(patience))) {
      // Somebody's first transaction came between the two questions; or a ref without its commit, after a power cut.
      loaded = await loadHead(repo, name, patience);
      if (loaded === null) throw damaged(`${name} at ${place.store} names a commit that is not there`);
    }
    await place.lineage.saw(loaded?.oid ?? null);
    const snapshot = healing(gitSnapshot(repo, loaded, patience), place);
    origins.set(snapshot, { repo, loaded });
    return snapshot;
  };

  const read = async (patience?: Patience): Promise<Snapshot> => {
    try {
      return await readOnce(patience);
    } catch (error) {
      if (!(await place.heal(error))) throw error;
      return readOnce(patience);
    }
  };

  return {
    store: place.store,
    read,
    async commit(at, change, patience) {
      checkChange(at, change);
      const origin = origins.get(at);
      if (origin === undefined) throw new TypeError('a commit needs a snapshot of this very ledger');
      const { repo, loaded } = origin;
      const outcome = await offer(place, repo, loaded, change, patience);
      if (outcome === 'lost') return { won: false };
      const { oid } = outcome;
      place.lineage.made(oid);
      place.upkeep(at.seq + 1);
      return { won: true, version: oid, seq: at.seq + 1 };
    },
    async *history() {
      const snapshot = await read();
      if (snapshot.version === null) return;
      await using source = await place.wholeHistory(snapshot.seq);
      yield* walkHistory(source.repo, snapshot);
    },
    async contains(version) {
      const snapshot = await read();
      const here = origins.get(snapshot)?.repo;
      if (snapshot.version === null || here === undefined) return false;
      // A cache knows the newest transactions, which answers most questions without the whole history.
      if (await isAncestor(here, version, snapshot.version)) return true;
      await using source = await place.wholeHistory(snapshot.seq);
      return await isAncestor(source.repo, version, snapshot.version);
    },
    turn: (patience) => place.turn(patience),
    [Symbol.asyncDispose]: () => place.dispose(),
  };
}

/** Writes the commit and offers it. `lost` means: certainly not in the ledger, so read and decide again. */
async function offer(
  place: GitPlace,
  repo: Repository,
  parent: LoadedHead | null,
  change: Change,
  patience?: Patience,
): Promise<'lost' | { oid: string }> {
  let oid: string | undefined;
  try {
    oid = await writeCommit(repo, parent, change, patience);
    const outcome = await place.publish(repo, parent?.oid ?? null, oid, patience);
    return outcome === 'won' ? { oid } : outcome;
  } catch (error) {
    // An empty repository tells its object format only by refusing the other one.
    const isRefused = error instanceof CodedError && error.code === 'store-object-format';
    // After any other failure of an offer, the commit may have landed.
    const isNotThere = oid === undefined || isRefused;
    if (isNotThere && (await place.heal(error))) return 'lost';
    throw error;
  }
}

/** A snapshot whose clone turns out to be damaged is read again from a fresh one, like one that moved. */
function healing(snapshot: Snapshot, place: GitPlace): Snapshot {
  const answer = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw (await place.heal(error)) ? moved(place.store) : error;
    }
  };
  return {
    ...snapshot,
    get: (path) => answer(snapshot.get(path)),
    list: (prefix) => answer(snapshot.list(prefix)),
  };
}
