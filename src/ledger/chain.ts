import { createHash } from 'node:crypto';
import { z } from 'zod';
import { inconclusive } from '../proof/errors.ts';
import { parseJson } from '../proof/parse-json.ts';
import { type Entry, entrySchema } from './entry.ts';
import type { Change, Version } from './ledger.ts';

/**
 * The hash chain for stores that bring none (git's commits are one): a transaction's version is the digest of its
 * parent's version and its own text, so that no past entry can change without every later version changing.
 */
export interface Link {
  /** `<seq>-<digest>`: the number finds it, the digest proves it. */
  readonly version: string;
  readonly parent: Version;
  /** JSON of the entries and the subject, exactly as hashed. */
  readonly text: string;
}

const textSchema = z.strictObject({ subject: z.string(), entries: z.array(entrySchema) });

export function link(parent: Version, change: Change): Link {
  const text = JSON.stringify({ subject: change.subject, entries: change.entries });
  return { parent, text, version: versionOf(parent, text) };
}

/** The transaction's number in a version; 0 for `null`, undefined for what is no version. */
export function seqOf(version: Version): number | undefined {
  if (version === null) return 0;
  const digits = /^([1-9]\d{0,14})-[0-9a-f]{64}$/.exec(version)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The entries of a link whose digest is right and whose parent is the one expected; anything else is rewritten. */
export function verifiedEntries(found: Link, parent: Version): readonly Entry[] {
  if (found.parent !== parent || versionOf(found.parent, found.text) !== found.version) {
    throw broken(`the transaction ${short(found.version)} does not follow from the one before it`);
  }
  const parsed = textSchema.safeParse(parseJson(found.text));
  if (parsed.success) return parsed.data.entries;
  throw broken(`the transaction ${short(found.version)} was not written by ship-proof`, {
    cause: parsed.error,
  });
}

/** A version in a message: long enough to find it, short enough to read. */
const short = (version: string): string => version.slice(0, 16);

/** After a whole walk: as many links and entries as the head says. */
export function assertWhole(
  { seq, entries }: { readonly seq: number; readonly entries: number },
  walked: { readonly links: number; readonly entries: number },
): void {
  if (seq === walked.links && entries === walked.entries) return;
  throw broken(
    `the head counts ${seq} transactions and ${entries} entries, the history has ${walked.links} and ${walked.entries}`,
  );
}

export const broken = (what: string, options?: { cause?: unknown }) =>
  inconclusive(
    'ledger-broken',
    `the ledger's history is damaged or was rewritten: ${what}. Nothing was written; compare it with a backup or with an earlier proof (ship-proof audit)`,
    options,
  );

function versionOf(parent: Version, text: string): string {
  const digest = createHash('sha256')
    .update(`${parent ?? 'genesis'}\n${text}`)
    .digest('hex');
  return `${(seqOf(parent) ?? Number.NaN) + 1}-${digest}`;
}
