import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../ports/clock.ts';
import type { Execution } from '../ports/exec.ts';
import { type CodedError, inconclusive, refused } from '../proof/errors.ts';
import { isFinal, nameFailure } from './git-failure.ts';
import { isAncestor } from './git-history.ts';
import { lineage } from './git-lineage.ts';
import type { GitPlace } from './git-place.ts';
import { findRef } from './git-ref.ts';
import { type Git, isAtLeast, patient, type Repository, requireGit, withSettings } from './git-run.ts';
import { takeTurn } from './host-lock.ts';
import type { Patience } from './ledger.ts';

export interface LocalOptions {
  readonly git: Git;
  readonly clock: Clock;
  readonly path: string;
  readonly ref: string;
  readonly store: string;
  readonly lockPath: string;
}

/** A transaction is six objects; git's own threshold (gc.auto) decides whether there is anything to do. */
const UPKEEP_EVERY = 500;
/** A living holder keeps a ref's lock for milliseconds: one that stays this long is dead, or somebody's to look at. */
const LOCK_PATIENCE_MS = 2_000;

/** A ledger in a repository on this machine, bare or working: objects and one ref, nothing else is touched. */
export async function localPlace(options: LocalOptions): Promise<GitPlace> {
  const { clock, path, ref, store, lockPath } = options;
  const repo = await openRepository(options.git, path);
  await assertNotCheckedOut(repo, ref);
  let upkeepDue = false;

  const present = async (patience?: Patience): Promise<string | null> => {
    const found = await findRef(repo, ref, patience);
    if (found.kind === 'unreadable') throw nameFailure('read the ref', found.said, store);
    return found.kind === 'at' ? found.oid : null;
  };

  return {
    store,
    refresh: async () => ({ repo, name: ref }),
    isAbsent: async (patience) => (await present(patience)) === null,
    heal: async () => false,
    lineage: lineage(store, ref, (old, head) => isAncestor(repo, old, head)),
    publish: (_repo, old, oid, patience) =>
      moveRef({ ...options, repo: patient(repo, patience), present }, old, oid, patience),
    wholeHistory: async () => ({ repo, [Symbol.asyncDispose]: async () => {} }),
    async turn(patience) {
      const lock = await takeTurn(lockPath, clock, patience);
      return {
        async [Symbol.asyncDispose]() {
          await lock[Symbol.asyncDispose]();
          if (upkeepDue) await collectGarbage(repo);
          upkeepDue = false;
        },
      };
    },
    upkeep(seq) {
      upkeepDue = seq % UPKEEP_EVERY === 0;
    },
    dispose: async () => {},
  };
}

interface RefMove extends LocalOptions {
  readonly repo: Repository;
  present(patience?: Patience): Promise<string | null>;
}

/** git's own compare-and-set. What it printed decides nothing: the ref does, until it moved or time is over. */
async function moveRef(
  { clock, ref, store, repo, present }: RefMove,
  old: string | null,
  oid: string,
  patience?: Patience,
): Promise<'won' | 'lost'> {
  const expected = old ?? '0'.repeat(repo.idLength);
  const patientUntil = clock.monotonic() + LOCK_PATIENCE_MS;
  for (;;) {
    // --no-deref: were the ref a symbolic one, what it points to would stay as it is.
    const { gitDir } = repo;
    const execution = await repo.git(['update-ref', '--no-deref'], [ref, oid, expected], { gitDir });
    if (execution.code === 0) return 'won';
    const now = await present(patience);
    if (now !== null && (await isAncestor(repo, oid, now))) return 'won';
    if (now !== old) return 'lost';
    if (isFinal(execution) || clock.monotonic() >= patientUntil)
      throw nameFailure('move the ref', execution, store);
    await clock.sleep(50, patience?.signal);
  }
}

/** Finds the repository with git's own ownership check, which an explicit GIT_DIR would skip. */
async function openRepository(git: Git, path: string): Promise<Repository> {
  const [version, found] = await Promise.all([
    requireGit(git),
    git(['-C', path, 'rev-parse', '--absolute-git-dir', '--show-object-format'], [], {
      settings: [['safe.bareRepository', 'all']],
      // The folder itself, not a repository around it.
      environment: { GIT_CEILING_DIRECTORIES: dirname(path) },
    }),
  ]);
  if (found.code !== 0) throw openFailure(found, path);
  const [gitDir = '', format] = found.stdout.toString('utf8').trimEnd().split('\n');
  if (!isAtLeast(version, { major: 2, minor: 35, patch: 2 })) await assertOwned(gitDir);
  const durable = isAtLeast(version, { major: 2, minor: 36, patch: 0 })
    ? git
    : withSettings(git, DURABLE_BEFORE_2_36);
  return { gitDir, git: durable, idLength: format === 'sha256' ? 64 : 40 };
}

/** A path has no token that could be at fault, and one that is not there is mostly the first time. */
function openFailure(found: Execution, path: string): CodedError {
  const named = nameFailure('open the repository', found, path);
  if (named.code !== 'store-not-found') return named;
  return inconclusive(
    'store-not-found',
    `there is no git repository at ${path}. If no ledger was there yet, make one (git init --bare ${path}); else restore it, or correct \`store\``,
    { cause: named },
  );
}

/** What core.fsync says since 2.36; newer versions warn of the old name. */
const DURABLE_BEFORE_2_36 = [['core.fsyncObjectFiles', 'true']] as const;

/** Before 2.35.2 git did not look whose configuration it obeys. */
async function assertOwned(gitDir: string): Promise<void> {
  const own = process.geteuid?.();
  const { uid } = await stat(gitDir);
  if (own === undefined || uid === own) return;
  throw inconclusive(
    'store-ownership',
    `${gitDir} belongs to another user (uid ${uid}, not ${own}). Run as its owner, or update git and use safe.directory`,
  );
}

/** Writing to a branch that somebody works on would look like changes in their folder. */
async function assertNotCheckedOut({ git, gitDir }: Repository, ref: string): Promise<void> {
  if (!ref.startsWith('refs/heads/')) return;
  const doing = 'see which branches are checked out';
  const trees = await git(['worktree', 'list', '--porcelain'], [], { gitDir });
  if (trees.code !== 0) throw nameFailure(doing, trees, gitDir);
  const head = await git(['symbolic-ref', '--quiet', 'HEAD'], [], { gitDir });
  // 1: HEAD stands at a commit, and so at no branch.
  if (head.code !== 0 && head.code !== 1) throw nameFailure(doing, head, gitDir);
  const used = `${trees.stdout.toString('utf8')}\nbranch ${head.stdout.toString('utf8')}`;
  if (!used.split('\n').includes(`branch ${ref}`)) return;
  throw refused(
    'ledger-ref-in-use',
    `${ref} is checked out in ${gitDir}; a ledger needs a ref of its own, such as the default refs/ship-proof/<namespace>`,
  );
}

/** In the foreground, after the turn, by the owner's own gc.auto. If it fails or is killed, the ledger is whole and git tries again some day. */
async function collectGarbage({ git, gitDir }: Repository): Promise<void> {
  await git(['-c', 'gc.autoDetach=false', 'gc', '--auto', '--quiet'], [], {
    gitDir,
    limitMs: 600_000,
  });
}
