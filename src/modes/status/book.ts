import type { Ledger } from '../../ledger/ledger.ts';
import { type Book, keepBook } from '../../runner/history.ts';

/**
 * Reads all that the ledger says of a runner, up to the end of a UTC day where one is given; every link of the history is
 * verified on the way.
 */
export async function readBook(ledger: Ledger, runner: string, until?: string): Promise<Book> {
  const keeper = keepBook(runner);
  for await (const entry of ledger.history()) {
    if (until === undefined || entry.at.slice(0, 10) <= until) keeper.add(entry);
  }
  return keeper.book;
}
