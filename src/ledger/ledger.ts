import type { Json } from '../proof/schema.ts';
import type { Entry } from './entry.ts';

/** Names one state of the ledger exactly (a commit id, a Redis version); `null` is the state before genesis. */
export type Version = string | null;

/** One state of the ledger. Reads are of this very state, however often the ledger moves meanwhile. */
export interface Snapshot {
  readonly version: Version;
  /** The genesis entry's random id; `null` before genesis. */
  readonly ledgerId: string | null;
  /** Transactions so far; the next won commit has `seq + 1`, which is the fence of what it grants. */
  readonly seq: number;
  /** Entries so far. */
  readonly entries: number;
  /** Epoch ms of the newest entry; 0 before genesis. Time never runs backwards in a ledger. */
  readonly lastAtMs: number;
  /** The store's own time (epoch ms) at the read, for a store that has one clock for all writers (Redis). */
  readonly storeNowMs?: number;
  /**
   * The record at a path such as `claims/3f/9a…`, or undefined. A store that keeps only its newest state throws
   * `ledger-moved` (see `isMoved`) rather than answer from another one.
   */
  get(path: string): Promise<Json | undefined>;
  /** The records whose path starts with `prefix` (whole folders: it ends in `/`), in path order. */
  list(prefix: string): Promise<ReadonlyMap<string, Json>>;
}

/** What a transaction wants: entries for the history, and the records they imply (`null` removes one). */
export interface Change {
  readonly entries: readonly Entry[];
  readonly records: Readonly<Record<string, Json | null>>;
  /** The readable first line of the transaction, such as `claim invite 3f9a…`. */
  readonly subject: string;
}

export type CommitResult =
  | { readonly won: true; readonly version: string; readonly seq: number }
  | { readonly won: false };

/** How long a caller is ready to wait. Without it, a driver's own limits hold. */
export interface Patience {
  /** On the clock's monotonic scale, ms. */
  readonly deadline?: number;
  readonly signal?: AbortSignal;
}

/**
 * The only storage contract: no delete, no blind write. `commit` is a compare-and-set over the whole ledger: it wins
 * only when the ledger still stands at `at`. What cannot be decided is an `inconclusive` CodedError, never `won: false`.
 */
export interface Ledger {
  /** The store as a URL without credentials, for proofs and messages. */
  readonly store: string;
  /** The scale of waits after a lost race: about the time of one transaction. Default 100 ms. */
  readonly backoffMs?: number;
  /** `likely` are records that will be asked for: a store may bring them along, and spare a way there and back. */
  read(patience?: Patience, likely?: readonly string[]): Promise<Snapshot>;
  commit(at: Snapshot, change: Change, patience?: Patience): Promise<CommitResult>;
  /** All of it, oldest first, verified link by link; a broken chain is a `ledger-…` error. */
  history(): AsyncIterable<Entry>;
  /** True when `version` is the head or one of its ancestors: nothing that it held was rewritten. */
  contains(version: string): Promise<boolean>;
  /**
   * Waits, a few seconds at most, for this machine's other writers, and holds them back until disposed. A courtesy
   * that spares lost races; correctness never depends on it.
   */
  turn(patience?: Patience): Promise<AsyncDisposable>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** For stores whose writers need no queue. */
export const noTurn: AsyncDisposable = { [Symbol.asyncDispose]: async () => {} };
