import { inconclusive } from '../proof/errors.ts';
import { assertWhole, broken } from './chain.ts';
import { type Entry, genesisOf } from './entry.ts';
import { nameFailure } from './git-failure.ts';
import { parseCommit } from './git-object.ts';
import { readObjects } from './git-read.ts';
import type { Repository } from './git-run.ts';
import { parseMessage } from './git-transaction.ts';
import type { Range, Snapshot } from './ledger.ts';

/** Bounds the memory of a walk over a long history. */
const COMMITS_AT_ONCE = 1_000;

/**
 * The entries of a range, oldest first. Each commit's id is the digest of its bytes, which name its parent, so walking
 * from the verified head proves every entry; git's own walk (grafts, a commit-graph) only proposes the order.
 */
export async function* walkHistory(
  repo: Repository,
  snapshot: Snapshot,
  range: Range,
): AsyncGenerator<Entry> {
  const { after, last } = range;
  const headOid = snapshot.version;
  if (headOid === null || last === 0) {
    if (after !== undefined) throw notPartOfIt(after);
    return;
  }
  if (after !== undefined && !(await isAncestor(repo, after, headOid))) throw notPartOfIt(after);
  const oids = await commitIds(repo, headOid, after, last);

  let parent: string | undefined;
  let walked = 0;
  let kept: Entry[] = [];
  for (let from = 0; from < oids.length; from += COMMITS_AT_ONCE) {
    const some = oids.slice(from, from + COMMITS_AT_ONCE);
    const objects = await readObjects(repo, some);
    for (const [n, object] of objects.entries()) {
      const oid = some[n] ?? '';
      if (object === undefined) throw shallow(oid);
      const commit = parseCommit(object);
      const entries = parseMessage(oid, commit.message);
      if (parent === undefined) assertBeginning(oid, commit.parents, entries, range, snapshot);
      else if (commit.parents.length !== 1 || commit.parents[0] !== parent)
        throw broken(`${oid.slice(0, 12)} does not follow ${parent.slice(0, 12)}`);
      parent = oid;
      walked += entries.length;
      if (last === undefined) yield* entries;
      else kept = [...kept, ...entries].slice(-last);
    }
  }
  if ((parent ?? after) !== headOid) throw broken('the walk did not end at the head');
  if (after === undefined && last === undefined)
    assertWhole(snapshot, { links: oids.length, entries: walked });
  yield* kept;
}

/** The first commit of a walk follows `after`, or is the genesis, or is as far back as was asked for. */
function assertBeginning(
  oid: string,
  parents: readonly string[],
  entries: readonly Entry[],
  { after, last }: Range,
  { ledgerId }: Snapshot,
): void {
  if (after !== undefined && last === undefined && parents[0] !== after)
    throw broken(`${oid.slice(0, 12)} does not follow ${after.slice(0, 12)}`);
  if (after !== undefined || last !== undefined) return;
  if (parents.length > 0) throw shallow(oid);
  if (genesisOf(entries)?.ledgerId !== ledgerId)
    throw broken('it does not begin with the genesis that its head names');
}

async function commitIds(
  repo: Repository,
  head: string,
  after: string | undefined,
  last: number | undefined,
) {
  // Every transaction has an entry, so the newest n entries lie in the newest n transactions.
  const limit = last === undefined ? [] : [`--max-count=${Math.trunc(last)}`];
  const revisions = [head, ...(after === undefined ? [] : [`^${after}`])];
  const execution = await repo.git(['rev-list', '--topo-order', ...limit], revisions, {
    gitDir: repo.gitDir,
  });
  if (execution.code !== 0) throw nameFailure('walk the history', execution, repo.gitDir);
  return execution.stdout.toString('latin1').split('\n').filter(Boolean).reverse();
}

/** True when `old` is `head` or one of its ancestors; false also when nobody here knows `old`. */
export async function isAncestor({ git, gitDir }: Repository, old: string, head: string): Promise<boolean> {
  if (old === head) return true;
  if (!/^[0-9a-f]{40,64}$/.test(old)) return false;
  const execution = await git(['merge-base', '--is-ancestor'], [old, head], { gitDir });
  if (execution.code === 0) return true;
  if (execution.code === 1) return false;
  if (/Not a valid (?:commit|object) name|not a valid/i.test(execution.stderr)) return false;
  throw nameFailure('compare two states', execution, gitDir);
}

const notPartOfIt = (oid: string) => broken(`${oid.slice(0, 12)} is not part of it`);

const shallow = (oid: string) =>
  inconclusive(
    'ledger-shallow',
    `the history ends at ${oid.slice(0, 12)}, before its genesis: the repository is a shallow clone. Run git fetch --unshallow there (or fetch-depth: 0), then try again; nothing is lost`,
  );
