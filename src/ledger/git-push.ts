import type { Clock } from '../ports/clock.ts';
import type { Execution } from '../ports/exec.ts';
import { inconclusive } from '../proof/errors.ts';
import { jitterMs, type Random } from './backoff.ts';
import { isFinal, nameFailure } from './git-failure.ts';
import { fetchRef, type Remote, refIn } from './git-fetch.ts';
import { isAncestor } from './git-history.ts';
import { patient, type Repository } from './git-run.ts';
import type { Patience } from './ledger.ts';
import { isPassing } from './passing.ts';

/** Without a caller's deadline. */
const PATIENCE_MS = 120_000;
/** A living holder keeps a ref's lock for moments: one that stays this long is dead, or somebody's to look at. */
const LOCKED_AT_MOST_MS = 10_000;

/** Replicas may lag behind for a moment; a store that contradicts itself longer hides the ref from readers. */
const CONTRADICTIONS = 5;

export interface PushOptions extends Remote {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Offers the commit under the condition that the ref still stands at `old`, until it is known what became of it. A
 * push's own words decide nothing: curl repeats a request whose answer was lost, and git then reports a failure for a
 * commit that landed. Only the ref is asked: it holds our commit, or it moved without it, or nothing has happened yet.
 * If the process dies here, the next one reads the ref and sees the same.
 */
export async function pushCommit(
  repo: Repository,
  old: string | null,
  oid: string,
  { url, ref, store, clock, random }: PushOptions,
  patience: Patience = {},
): Promise<'won' | 'lost'> {
  const started = clock.monotonic();
  const deadline = patience.deadline ?? started + PATIENCE_MS;
  let contradictions = 0;
  const lease = `--force-with-lease=${ref}:${old ?? ''}`;
  for (let tries = 1; ; tries += 1) {
    const pushed = await repo.git(['push', '--quiet', '--no-verify', lease], [url, `${oid}:${ref}`], {
      gitDir: repo.gitDir,
      patience,
    });
    if (pushed.code === 0) return 'won';
    const outcome = await whatHappened(repo, old, oid, { url, ref, store }, patience);
    if (outcome === 'won' || outcome === 'lost') return outcome;
    const isStuck = /lock/.test(pushed.stderr) && clock.monotonic() - started > LOCKED_AT_MOST_MS;
    if (outcome === 'nothing' && (isFinal(pushed) || isStuck)) throw nameFailure('write', pushed, store);
    if (outcome === 'nothing' && /stale info|already exists/.test(pushed.stderr)) contradictions += 1;
    if (contradictions >= CONTRADICTIONS) throw contradicting(store, ref, old);
    const waitMs = jitterMs(tries, random);
    if (clock.monotonic() + waitMs >= deadline)
      throw undecided(store, oid, outcome === 'nothing' ? pushed : outcome);
    await clock.sleep(waitMs, patience.signal);
  }
}

/** `nothing`: the ref still stands at `old`, so that the same commit may be offered again. */
async function whatHappened(
  anyRepo: Repository,
  old: string | null,
  oid: string,
  remote: Remote,
  patience: Patience,
): Promise<'won' | 'lost' | 'nothing' | Error> {
  const repo = patient(anyRepo, patience);
  try {
    // With its lineage: others may have built on our commit already, also on the very first one.
    const isThere = await fetchRef(repo, remote, old, 'lineage', patience);
    const head = isThere ? await refIn(repo, remote.ref) : null;
    if (head === old) return 'nothing';
    return head !== null && (await isAncestor(repo, oid, head)) ? 'won' : 'lost';
  } catch (error) {
    if (!isPassing(error, ['store-failed', 'store-locked'])) throw error;
    return error;
  }
}

const undecided = (store: string, oid: string, why: Execution | Error) => {
  const cause = why instanceof Error ? why : nameFailure('write', why, store);
  return inconclusive(
    'ledger-undecided',
    `it could not be learned in time whether the transaction ${oid.slice(0, 12)} reached ${store}: it may have. Run the command again: it reads the ledger first (last trouble: ${cause.message})`,
    { cause },
  );
};

const contradicting = (store: string, ref: string, old: string | null) =>
  inconclusive(
    'ledger-hidden',
    `${store} says to readers that ${ref} ${old === null ? 'is absent' : `stands at ${old.slice(0, 12)}`}, and to writers that it is not so: it hides the ref (uploadpack.hideRefs), or its replicas lag. Nothing was written; show the ref to readers, or use a branch: ?ref=refs/heads/<name>`,
  );
