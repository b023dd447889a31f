import type { Snapshot } from '../ledger/ledger.ts';
import type { Json } from '../proof/schema.ts';
import { claimSchema, windowEndsMs } from './claim.ts';

const EVERY = 16;
const AT_MOST = 100;
const AFTER_MS = 7 * 86_400_000;

/**
 * The paths of claims whose window ended more than seven days ago. Every sixteenth transaction looks through one of the
 * 256 folders, so that the cost of a transaction stays flat. `fence` is the number of the transaction that asks.
 */
export async function prunableClaims(snapshot: Snapshot, nowMs: number, fence: number): Promise<string[]> {
  if (fence % EVERY !== 0) return [];
  const folder = ((fence / EVERY) % 256).toString(16).padStart(2, '0');
  const isOver = (record: Json) => {
    const claim = claimSchema.safeParse(record).data;
    return claim !== undefined && windowEndsMs(claim) + AFTER_MS < nowMs;
  };
  const records = await snapshot.list(`claims/${folder}/`);
  return [...records]
    .filter(([, record]) => isOver(record))
    .map(([path]) => path)
    .slice(0, AT_MOST);
}
