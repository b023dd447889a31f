import type { Snapshot } from '../ledger/ledger.ts';
import type { Moment } from '../ledger/moment.ts';
import type { Decision } from '../ledger/transact.ts';
import type { Json } from '../proof/schema.ts';
import type { Claim } from './claim.ts';
import { entryOfClaim, readClaim } from './claim-record.ts';
import { decideDoubt } from './decide.ts';

/** A claim that a job may have left open, and whether it did. */
export interface LeftClaim {
  readonly path: string;
  readonly fence: number;
  readonly left: boolean;
}

/** Writes down that those of the claims which nobody settled are in doubt. */
export async function doubtClaims(
  snapshot: Snapshot,
  claims: readonly { readonly path: string; readonly fence: number }[],
  moment: Moment,
): Promise<Decision<readonly LeftClaim[]>> {
  const doubted = new Map<string, Claim>();
  const verdict: LeftClaim[] = [];
  for (const { path, fence } of claims) {
    const ruling = decideDoubt(readClaim(await snapshot.get(path), path), fence, 'job-ended', moment);
    if (ruling.kind === 'doubted') doubted.set(path, ruling.claim);
    // Somebody else may have noticed the doubt first.
    verdict.push({ path, fence, left: ruling.claim?.fence === fence && ruling.claim.state === 'in-doubt' });
  }
  if (doubted.size === 0) return { entries: [], verdict };
  return {
    entries: [...doubted].map(([path, claim]) => entryOfClaim(path, claim)),
    records: Object.fromEntries([...doubted].map(([path, claim]) => [path, claim as Json])),
    subject: `doubt ${doubted.size === 1 ? 'a claim' : `${doubted.size} claims`} that a job left open`,
    verdict,
  };
}
