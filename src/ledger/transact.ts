import type { Clock } from '../ports/clock.ts';
import { type CodedError, inconclusive } from '../proof/errors.ts';
import type { Json, Run } from '../proof/schema.ts';
import { jitterMs, type Random, systemRandom } from './backoff.ts';
import { assertBody } from './change.ts';
import { type Entry, type EntryBody, genesisBody } from './entry.ts';
import { assertNotFromTheFuture, assertWanted, isMoved } from './expectation.ts';
import type { Change, Ledger, Patience, Snapshot } from './ledger.ts';
import { isPassing } from './passing.ts';

/** What a decider wants to happen, and what it says to its caller. No entries: nothing is committed. */
export interface Decision<V> {
  readonly entries: readonly EntryBody[];
  readonly records?: Readonly<Record<string, Json | null>>;
  /** The readable first line; default: the kind of the first entry. */
  readonly subject?: string;
  readonly verdict: V;
}

/** What a decider may know beside the snapshot. */
export interface Context {
  /** Epoch ms: the later of this machine's (or the store's) clock and the newest entry. */
  readonly now: number;
  /** The fence of whatever this decision grants, if it wins. */
  readonly seq: number;
  /** True when the store's clock gives the time, so that no other host's clock differs from it. */
  readonly oneClock: boolean;
}

export type Decide<V> = (snapshot: Snapshot, context: Context) => Decision<V> | Promise<Decision<V>>;

export interface TransactOptions {
  readonly clock: Clock;
  readonly random?: Random;
  /** `github:octocat` or `host:build-7`. */
  readonly actor: string;
  readonly run?: Run | undefined;
  /** How long lost races and doubtful replies are worked on. Default 120 s. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** It writes down what has happened: a store that can't be reached is waited for as well, to the deadline. */
  readonly settles?: boolean;
  /** The records that the decision is about, as far as they are known before: some stores read them at once. */
  readonly likely?: readonly string[];
  /** The ledger that must stand there; another one or none is `ledger-lost`. */
  readonly ledgerId?: string | undefined;
}

export interface Transacted<V> {
  readonly verdict: V;
  readonly committed: boolean;
  /** How often it was decided; more than one means that races were lost. */
  readonly attempts: number;
  /** Epoch ms that the last decision was made at. */
  readonly at: number;
  /** The head afterwards: the won commit, or what was read when nothing was committed. */
  readonly version: string | null;
  readonly seq: number;
  readonly entries: number;
  readonly ledgerId: string | null;
  /** The state that the decision was made on. */
  readonly snapshot: Snapshot;
}

const DEADLINE_MS = 120_000;

/**
 * Reads, decides, commits; on a lost race reads again and decides again, never merges. The process may die at any
 * point: before the commit nothing happened, after it everything did, and running the command again tells which.
 */
export async function transact<V>(
  ledger: Ledger,
  options: TransactOptions,
  decide: Decide<V>,
): Promise<Transacted<V>> {
  const { clock, random = systemRandom, deadlineMs = DEADLINE_MS, signal } = options;
  const deadline = clock.monotonic() + deadlineMs;
  const patience: Patience = { deadline, ...(signal ? { signal } : {}) };

  for (let attempts = 1; ; attempts += 1) {
    let trouble: CodedError | undefined;
    try {
      const done = await attempt(ledger, { ...options, random }, decide, patience);
      if (done !== undefined) return { ...done, attempts };
    } catch (error) {
      // Met before the commit: one whose end is in doubt is `ledger-undecided`.
      if (options.settles !== true || !isPassing(error, ['store-failed'])) throw error;
      trouble = error;
    }
    const waitMs = jitterMs(attempts, random, ledger.backoffMs);
    if (clock.monotonic() + waitMs >= deadline) throw trouble ?? tooBusy(ledger.store, attempts, deadlineMs);
    await clock.sleep(waitMs, signal);
  }
}

type Attempted<V> = Omit<Transacted<V>, 'attempts'>;

/** One read, decision and commit; undefined when somebody else moved the ledger meanwhile. */
async function attempt<V>(
  ledger: Ledger,
  options: TransactOptions & { readonly random: Random },
  decide: Decide<V>,
  patience: Patience,
): Promise<Attempted<V> | undefined> {
  patience.signal?.throwIfAborted();
  await using _turn = await ledger.turn(patience);
  const snapshot = await ledger.read(patience, options.likely);
  assertWanted(ledger.store, snapshot, options.ledgerId);
  const clockMs = snapshot.storeNowMs ?? options.clock.now();
  assertNotFromTheFuture(ledger.store, snapshot, clockMs);
  const now = Math.max(clockMs, snapshot.lastAtMs);
  const oneClock = snapshot.storeNowMs !== undefined;

  const decision = await unlessMoved(async () => decide(snapshot, { now, seq: snapshot.seq + 1, oneClock }));
  if (decision === undefined) return undefined;
  const { verdict } = decision;
  const common = { verdict, at: now, snapshot };
  if (decision.entries.length === 0) {
    if (Object.keys(decision.records ?? {}).length > 0)
      throw new TypeError('records change only together with an entry');
    const { version, seq, entries, ledgerId } = snapshot;
    return { ...common, committed: false, version, seq, entries, ledgerId };
  }

  const change = changeOf(snapshot, decision, options, now);
  const result = await ledger.commit(snapshot, change, patience);
  if (!result.won) return undefined;
  const ledgerId = snapshot.ledgerId ?? (change.entries[0]?.ledgerId as string);
  const entries = snapshot.entries + change.entries.length;
  return { ...common, committed: true, version: result.version, seq: result.seq, entries, ledgerId };
}

function changeOf<V>(
  snapshot: Snapshot,
  decision: Decision<V>,
  options: TransactOptions & { readonly random: Random },
  now: number,
): Change {
  const { actor, run, random } = options;
  const stamp = (body: EntryBody): Entry => {
    assertBody(body);
    const { kind, ...data } = body;
    const at = new Date(now).toISOString();
    return { schemaVersion: 1, id: random.id(), kind, at, actor, ...(run ? { run } : {}), ...data };
  };
  const genesis = snapshot.version === null ? [genesisBody(random.id())] : [];
  const subject = decision.subject ?? decision.entries[0]?.kind ?? 'change';
  return { entries: [...genesis, ...decision.entries].map(stamp), records: decision.records ?? {}, subject };
}

/** A decider that read from a state that is gone has decided nothing. */
async function unlessMoved<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isMoved(error)) return undefined;
    throw error;
  }
}

const tooBusy = (store: string, attempts: number, deadlineMs: number) =>
  inconclusive(
    'ledger-busy',
    `others moved the ledger at ${store} first, ${attempts} times within ${Math.round(deadlineMs / 1000)} s. Nothing was written; run the command again, or move busy writers to namespaces of their own or to a redis:// store`,
  );
