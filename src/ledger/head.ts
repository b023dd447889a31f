import { z } from 'zod';
import { genesisOf } from './entry.ts';
import type { Change } from './ledger.ts';

/**
 * What the newest state says of the whole ledger, kept beside the records because a shallow reader cannot count the
 * history. Every driver stores exactly this, and moves it on with `advance`.
 */
export const headSchema = z.strictObject({
  schemaVersion: z.literal(1),
  ledger: z.literal('ship-proof'),
  ledgerId: z.string().min(16),
  /** Transactions so far. */
  seq: z.int().positive(),
  /** Entries so far. */
  entries: z.int().positive(),
  /** Time of the newest entry. */
  lastAt: z.iso.datetime({ precision: 3 }),
});

export type Head = z.infer<typeof headSchema>;

/** The head after a change that `checkChange` accepted; `null` is the state before genesis. */
export function advance(head: Head | null, change: Change): Head {
  const ledgerId = head?.ledgerId ?? genesisOf(change.entries)?.ledgerId;
  const lastAt = change.entries.at(-1)?.at;
  if (ledgerId === undefined || lastAt === undefined) throw new TypeError('a change that nobody checked');
  return {
    schemaVersion: 1,
    ledger: 'ship-proof',
    ledgerId,
    seq: (head?.seq ?? 0) + 1,
    entries: (head?.entries ?? 0) + change.entries.length,
    lastAt,
  };
}

/** The counting part of a snapshot. */
export const countsOf = (head: Head | null) => ({
  ledgerId: head?.ledgerId ?? null,
  seq: head?.seq ?? 0,
  entries: head?.entries ?? 0,
  lastAtMs: head === null ? 0 : Date.parse(head.lastAt),
});
