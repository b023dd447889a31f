import type { Json } from '../proof/schema.ts';
import type { Random } from './backoff.ts';
import type { Snapshot } from './ledger.ts';

/** One transaction removes at most so many records, and names them in an entry. */
export const PRUNE_LIMIT = 100;

/**
 * Records that may go, found in one bucket (`<folder>/<2 hex>/`) chosen by chance: a look at 1/256 of the records,
 * however many there are, and in the long run at all of them. Whether one is over is the caller's to say.
 */
export async function pruneCandidates(
  snapshot: Snapshot,
  folder: string,
  random: Random,
  isOver: (record: Json, path: string) => boolean,
): Promise<string[]> {
  const bucket = Math.floor(random.unit() * 256)
    .toString(16)
    .padStart(2, '0');
  const records = await snapshot.list(`${folder}/${bucket}/`);
  const over = [...records].filter(([path, record]) => isOver(record, path));
  return over.slice(0, PRUNE_LIMIT).map(([path]) => path);
}
