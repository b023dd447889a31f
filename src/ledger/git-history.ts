import { inconclusive } from '../proof/errors.ts';
import { assertWhole, broken } from './chain.ts';
import { type Entry, genesisOf } from './entry.ts';
import { nameFailure } from './git-failure.ts';
import { parseCommit } from './git-object.ts';
import { readObjects } from './git-read.ts';
import type { Repository } from './git-run.ts';
import { parseMessage } from './git-transaction.ts';
import type { Snapshot } from './ledger.ts';

/** Bounds the memory of a walk over a long history. */
const COMMITS_AT_ONCE = 1_000;

/**
 * The entries of a snapshot's history, oldest first. Each commit's id is the digest of its bytes, which name its parent, so
 * walking to the verified head proves every entry; git's own walk (grafts, a commit-graph) only proposes the order.
 */
export async function* walkHistory(repo: Repository, snapshot: Snapshot): AsyncGenerator<Entry> {
  const headOid = snapshot.version;
  if (headOid === null) return;
  const oids = await commitIds(repo, headOid);
  let parent: string | undefined;
  let walked = 0;
  for (let from = 0; from < oids.length; from += COMMITS_AT_ONCE) {
    const some = oids.slice(from, from + COMMITS_AT_ONCE);
    const objects = await readObjects(repo, some);
    for (const [n, object] of objects.entries()) {
      const oid = some[n] ?? '';
      if (object === undefined) throw shallow(oid);
      const commit = parseCommit(object);
      const entries = parseMessage(oid, commit.message);
      if (parent === undefined) assertGenesis(oid, commit.parents, entries, snapshot);
      else if (commit.parents.length !== 1 || commit.parents[0] !== parent)
        throw broken(`${oid.slice(0, 12)} does not follow ${parent.slice(0, 12)}`);
      parent = oid;
      walked += entries.length;
      yield* entries;
    }
  }
  if (parent !== headOid) throw broken('the walk did not end at the head');
  assertWhole(snapshot, { links: oids.length, entries: walked });
}

function assertGenesis(
  oid: string,
  parents: readonly string[],
  entries: readonly Entry[],
  { ledgerId }: Snapshot,
): void {
  if (parents.length > 0) throw shallow(oid);
  if (genesisOf(entries)?.ledgerId !== ledgerId)
    throw broken('it does not begin with the genesis that its head names');
}

async function commitIds({ git, gitDir }: Repository, head: string): Promise<string[]> {
  const execution = await git(['rev-list', '--topo-order'], [head], { gitDir });
  if (execution.code !== 0) throw nameFailure('walk the history', execution, gitDir);
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

const shallow = (oid: string) =>
  inconclusive(
    'ledger-shallow',
    `the history ends at ${oid.slice(0, 12)}, before its genesis: the repository is a shallow clone. Run git fetch --unshallow there (or fetch-depth: 0), then try again; nothing is lost`,
  );
