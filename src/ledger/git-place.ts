import type { Lineage } from './git-lineage.ts';
import type { Repository } from './git-run.ts';
import type { Patience } from './ledger.ts';

/** Where a git ledger's ref lives: in a repository on this machine, or behind a transport with a cache here. */
export interface GitPlace {
  /** Without credentials. */
  readonly store: string;
  /**
   * The repository that holds the newest transaction's objects, and the name to read it by. Throws a named error when
   * the ledger was rewritten, deleted or cannot be reached.
   */
  refresh(patience?: Patience): Promise<{ readonly repo: Repository; readonly name: string }>;
  /** Asked when nothing could be read: true when there is nothing, false when the ref moved or is broken. */
  isAbsent(patience?: Patience): Promise<boolean>;
  /** True when the fault lay in a disposable clone, which is fresh now: reading again may succeed. */
  heal(error: unknown): Promise<boolean>;
  /** Notices a ledger that was rewritten while this process looked on. */
  readonly lineage: Lineage;
  /** Moves the ref from `old` (null: creates it) to `oid`. Undecided ends in an error, never in `lost`. */
  publish(repo: Repository, old: string | null, oid: string, patience?: Patience): Promise<'won' | 'lost'>;
  /**
   * A repository with the commits of the whole history of the head that was just read; it may lack their trees. `seq`, where
   * it is known, tells how long that is.
   */
  wholeHistory(seq?: number): Promise<HistoryRepository>;
  turn(patience?: Patience): Promise<AsyncDisposable>;
  /** Called after a won transaction, outside any turn. */
  upkeep(seq: number): void;
  dispose(): Promise<void>;
}

export interface HistoryRepository extends AsyncDisposable {
  readonly repo: Repository;
}
