import type { EntryBody } from '../ledger/entry.ts';
import { inconclusive } from '../proof/errors.ts';
import type { Json } from '../proof/schema.ts';
import { type Claim, claimSchema } from './claim.ts';

/** The claim in a record of the ledger. An unreadable one is not a free key: `claim-unreadable`. */
export function readClaim(record: Json | undefined, path: string): Claim | undefined {
  if (record === undefined) return undefined;
  const parsed = claimSchema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw inconclusive(
    'claim-unreadable',
    `the record ${path} is no claim that this version understands, so nothing was done; use the version that wrote it, or restore the record from the ledger's history`,
    { cause: parsed.error },
  );
}

const KINDS = {
  claimed: 'claim-granted',
  recorded: 'claim-recorded',
  released: 'claim-released',
  'in-doubt': 'claim-in-doubt',
} as const;

/** The line of the history for a claim's new state: digests, enums and numbers only. */
export function entryOfClaim(
  path: string,
  claim: Claim,
  more: Readonly<Record<string, Json>> = {},
): EntryBody {
  const { state, generation, fence, leaseUntil, windowMs, payload, reason } = claim;
  return {
    kind: KINDS[state],
    key: keyOfPath(path),
    generation,
    fence,
    ...(state === 'claimed' ? { leaseUntil, windowMs } : {}),
    ...(payload === undefined ? {} : { payload }),
    ...(reason === undefined ? {} : { reason }),
    ...more,
  };
}

/** The fingerprint that a record's path is made of. */
export const keyOfPath = (path: string): string => path.slice('claims/'.length).replace('/', '');

/** Enough of it to find the claim by, for people. */
export const shortKey = (path: string): string => keyOfPath(path).slice(0, 12);
