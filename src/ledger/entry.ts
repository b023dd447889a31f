import { z } from 'zod';
import { type Json, runSchema } from '../proof/schema.ts';

/**
 * One line of the append-only history. The envelope is fixed; what a kind carries is checked by the domain that
 * writes it. A kind that this version does not know is kept as it stands, never dropped.
 */
export const entrySchema = z.looseObject({
  schemaVersion: z.int().positive(),
  /** Unique in the ledger. */
  id: z.string().min(1),
  kind: z.string().min(1),
  /** ISO 8601 UTC, milliseconds. */
  at: z.iso.datetime({ precision: 3 }),
  /** Who wrote it: `github:octocat` or `host:build-7`. */
  actor: z.string(),
  run: runSchema.optional(),
});

export type Entry = z.infer<typeof entrySchema>;

/** What a decider says of an entry: the kind and its data. The envelope is stamped by the transaction. */
export type EntryBody = { readonly kind: string } & Readonly<Record<string, Json>>;

/** The envelope's own names, which no entry body may set. */
export const ENVELOPE = ['schemaVersion', 'id', 'at', 'actor', 'run'] as const;

/** The first entry of every ledger: its random id tells this ledger from every other one at the same place. */
const genesisSchema = entrySchema.extend({ kind: z.literal('genesis'), ledgerId: z.string().min(16) });

type Genesis = z.infer<typeof genesisSchema>;

export const genesisBody = (ledgerId: string): EntryBody => ({ kind: 'genesis', ledgerId });

export const genesisOf = (entries: readonly Entry[]): Genesis | undefined =>
  genesisSchema.safeParse(entries[0]).data;
