import { CodedError, inconclusive } from '../proof/errors.ts';
import type { Ledger, Snapshot } from './ledger.ts';

/** Entries from further ahead than this are a ledger error: some writer's clock is wrong, or somebody lies. */
const MAX_FUTURE_MS = 10 * 60_000;

/** A lost ledger is an unreadable one: where an id is wanted, an absent ref or another genesis decides nothing. */
export function assertWanted(store: string, snapshot: Snapshot, ledgerId: string | undefined): void {
  if (ledgerId === undefined || snapshot.ledgerId === ledgerId) return;
  const found =
    snapshot.ledgerId === null ? 'there is no ledger' : `another ledger (${snapshot.ledgerId}) stands there`;
  throw inconclusive(
    'ledger-lost',
    `the ledger ${ledgerId} is wanted at ${store}, but ${found}. Nothing was done; restore the ledger from a clone or a backup, or change ledger-id if you replaced it on purpose`,
  );
}

/** Time never runs backwards in a ledger, so an entry from the future would carry every later one with it. */
export function assertNotFromTheFuture(store: string, snapshot: Snapshot, nowMs: number): void {
  const aheadMs = snapshot.lastAtMs - nowMs;
  if (aheadMs <= MAX_FUTURE_MS) return;
  throw inconclusive(
    'ledger-future',
    `the newest entry at ${store} is ${Math.round(aheadMs / 1000)} s ahead of this machine's clock (10 minutes are allowed). Set the clock right, here or on the machine that wrote it`,
  );
}

/** The same ledger, on which nobody can forget the expectation. */
export function expecting(ledger: Ledger, ledgerId: string | undefined): Ledger {
  if (ledgerId === undefined) return ledger;
  const read: Ledger['read'] = async (patience, likely) => {
    const snapshot = await ledger.read(patience, likely);
    assertWanted(ledger.store, snapshot, ledgerId);
    return snapshot;
  };
  return {
    ...ledger,
    read,
    async *history() {
      await read();
      yield* ledger.history();
    },
    async contains(version) {
      await read();
      return ledger.contains(version);
    },
  };
}

/** Thrown by a snapshot that can no longer answer, since its store keeps only the newest state: read again. */
export const moved = (store: string) =>
  inconclusive('ledger-moved', `the ledger at ${store} moved while it was read; run the command again`);

export const isMoved = (error: unknown): boolean =>
  error instanceof CodedError && error.code === 'ledger-moved';
