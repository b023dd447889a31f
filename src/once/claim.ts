import { z } from 'zod';
import { type Moment, skewMs } from '../ledger/moment.ts';
import { runSchema } from '../proof/schema.ts';

const instant = z.iso.datetime({ precision: 3 });
const fingerprint = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * The record of one key, as it stands in the ledger. Its life:
 *
 *     absent → claimed → recorded        the effect happened, and is not repeated until the window ends
 *                     ↘ released         it did not happen; the key is free again
 *                     ↘ in-doubt         it may have happened: blocks until the window ends, or somebody who knows releases it
 *
 * A claim whose lease ran out is in doubt, whether or not anybody has written that down yet.
 */
export const claimSchema = z.strictObject({
  schemaVersion: z.literal(1),
  state: z.enum(['claimed', 'recorded', 'released', 'in-doubt']),
  /** How often this key was granted, from 1. */
  generation: z.int().positive(),
  /** The holder before never said how it ended, and may still come: only a fence tells the two apart. */
  afterDoubt: z.literal(true).optional(),
  /** The transaction that granted it; strictly grows, over generations and pruning too. */
  fence: z.int().positive(),
  holder: z.strictObject({ actor: z.string(), run: runSchema.optional() }),
  /** Whose clock the times below are of. */
  clock: z.string(),
  claimedAt: instant,
  leaseUntil: instant,
  windowMs: z.int().positive(),
  /** When the state became final; the window of a recorded effect begins here. */
  settledAt: instant.optional(),
  payload: fingerprint.optional(),
  /** Why it is in doubt, or how it was settled: an enum, never text from outside. */
  reason: z
    .enum(['lease-expired', 'command-failed', 'interrupted', 'job-ended', 'by-hand', 'command-refused'])
    .optional(),
});

export type Claim = z.infer<typeof claimSchema>;
export type DoubtReason = 'lease-expired' | 'command-failed' | 'interrupted' | 'job-ended';

/** Epoch ms, on the claim's clock, at which its holder stops. */
export const leaseEndsMs = (claim: Claim): number => Date.parse(claim.leaseUntil);

/**
 * Epoch ms, on the claim's clock, from which the key may be granted again. A recorded effect's window begins when it was
 * recorded; that of a doubtful one when its lease ended, the last moment at which its holder may have acted.
 */
export function windowEndsMs(claim: Claim): number {
  const begins = claim.state === 'recorded' ? (claim.settledAt ?? claim.leaseUntil) : claim.leaseUntil;
  return Date.parse(begins) + claim.windowMs;
}

/** The state that holds at a moment: an expired lease is in doubt, and after its window a key is free. */
export function stateAt(claim: Claim | undefined, moment: Moment): Claim['state'] | 'free' {
  if (!claim || claim.state === 'released') return 'free';
  const now = moment.nowMs - skewMs(claim.clock, moment);
  if (claim.state === 'claimed' && now < leaseEndsMs(claim)) return 'claimed';
  if (now >= windowEndsMs(claim)) return 'free';
  return claim.state === 'recorded' ? 'recorded' : 'in-doubt';
}
