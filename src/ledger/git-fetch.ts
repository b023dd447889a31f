import { damaged, isFinal, nameFailure, notGit } from './git-failure.ts';
import { deleted, rewritten } from './git-lineage.ts';
import { findRef } from './git-ref.ts';
import type { Repository } from './git-run.ts';
import type { Patience } from './ledger.ts';

export interface Remote {
  readonly url: string;
  readonly ref: string;
  /** Without credentials, for messages. */
  readonly store: string;
}

const FETCH = [
  'fetch',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-auto-maintenance',
  '--no-recurse-submodules',
];

/**
 * Brings the clone's ref up to the remote's; false when the remote has none. Cold (nothing `known`), it takes the newest
 * commit alone (or, for its lineage, all); later exactly the commits since, without `+`, so that a ref that did not
 * simply grow is an error and not news.
 */
export async function fetchRef(
  repo: Repository,
  { url, ref, store }: Remote,
  known: string | null,
  wanted: 'newest' | 'lineage',
  patience?: Patience,
): Promise<boolean> {
  const depth = known === null && wanted === 'newest' ? ['--depth=1'] : [];
  const options = { gitDir: repo.gitDir, patience };
  for (let isSecond = false; ; isSecond = true) {
    const fetched = await repo.git([...FETCH, ...depth], [url, `${ref}:${ref}`], options);
    if (fetched.code === 0) return true;
    if (fetched.stderr.includes(`not a git repository: '${repo.gitDir}'`))
      throw damaged(`${repo.gitDir} is gone`);
    // The exit code says only that something failed. Whether the ref is there is asked by itself, answered by a code.
    const listed = await repo.git(['ls-remote', '--exit-code', '--quiet'], [url, ref], options);
    if (listed.code === 2) await assertGitAnswers(repo, { url, ref, store }, patience);
    if (listed.code === 2 && known === null) return false;
    if (listed.code === 2) throw deleted(store, ref, await newestIn(repo, ref, known), startAfresh(repo));
    if (listed.code !== 0) throw nameFailure('reach the ledger', listed, store);
    if (/non-fast-forward/.test(fetched.stderr))
      throw rewritten(store, await newestIn(repo, ref, known), startAfresh(repo));
    // It is there and could not be fetched: its first transaction may have come between the two questions.
    if (isSecond || isFinal(fetched)) throw nameFailure('read the ledger', fetched, store);
  }
}

/** Any page that is answered with 200 passes with git for an old server that has no refs. A real one speaks in packets. */
async function assertGitAnswers(
  { git, gitDir }: Repository,
  { url, ref, store }: Remote,
  patience?: Patience,
) {
  const environment = { GIT_TRACE_PACKET: '1' };
  const heard = await git(['ls-remote', '--exit-code'], [url, ref], { gitDir, patience, environment });
  if (heard.code === 2 && !heard.stderr.includes('packet:')) throw notGit(store);
}

/** All commits of the history, without their trees and records where the server can leave them out. */
export async function fetchHistory(repo: Repository, { url, ref, store }: Remote): Promise<void> {
  const fetched = await repo.git([...FETCH, '--filter=tree:0'], [url, `${ref}:${ref}`], {
    gitDir: repo.gitDir,
    limitMs: 300_000,
  });
  if (fetched.code !== 0) throw nameFailure('read the history', fetched, store);
}

/** Where the ref stands in the clone; null when the clone is cold. */
export async function refIn(repo: Repository, ref: string): Promise<string | null> {
  const found = await findRef(repo, ref);
  if (found.kind === 'unreadable') throw damaged(`the clone ${repo.gitDir} cannot be read`);
  return found.kind === 'at' ? found.oid : null;
}

/** The clone has moved on with each fetch: restored to where it once stood, a ledger would lose what came since. */
const newestIn = async (repo: Repository, ref: string, known: string | null): Promise<string> =>
  (await refIn(repo, ref)) ?? known ?? '';

const startAfresh = ({ gitDir }: Repository) =>
  `. If it was replaced on purpose, delete ${gitDir} and run the command again`;
