import { z } from 'zod';
import type { Snapshot } from '../ledger/ledger.ts';
import { inconclusive } from '../proof/errors.ts';
import type { Json } from '../proof/schema.ts';
import { type Fingerprints, fingerprints } from './key.ts';

/** Which secret the fingerprints in a ledger were made with; under another one every key would look new. */
export const keyedBySchema = z.strictObject({
  schemaVersion: z.literal(1),
  keyedBy: z.string(),
  /** The ledger has claims from before there was a secret, which are looked up too. */
  plainBefore: z.boolean(),
});

export const KEYED_BY_PATH = 'claims-meta/keyed-by';

export interface KeyedBy {
  /** The fingerprints under which a key may stand in this ledger, ours first. */
  readonly schemes: readonly Fingerprints[];
  /** What has to be written with the next change, where the ledger does not say it yet. */
  readonly toWrite: Readonly<Record<string, Json>>;
}

/** Reads which secret the ledger is keyed by. Throws `key-secret` where it is not ours. */
export async function readKeyedBy(snapshot: Snapshot, mine: Fingerprints): Promise<KeyedBy> {
  const stored = await snapshot.get(KEYED_BY_PATH);
  const known = keyedBySchema.safeParse(stored).data;
  if (known?.keyedBy === mine.keyedBy) return keyedBy(mine, known.plainBefore, false);
  if (stored === undefined) return keyedBy(mine, false, true);
  // A secret may be added: what stands there in plain hashes is looked up as well.
  if (known?.keyedBy === PLAIN.keyedBy) return keyedBy(mine, true, true);
  const whose = known
    ? `another SHIP_PROOF_KEY_SECRET (${known.keyedBy})`
    : 'a SHIP_PROOF_KEY_SECRET that this version can’t name';
  throw inconclusive(
    'key-secret',
    `the keys in this ledger were made with ${whose}; under the present one (${mine.keyedBy}) every key would look new, so nothing was done. Set the secret that was used before, or give another \`namespace\` once the windows of the old one are over`,
  );
}

const PLAIN = fingerprints(undefined);

const keyedBy = (mine: Fingerprints, plainBefore: boolean, isNews: boolean): KeyedBy => ({
  schemes: plainBefore ? [mine, PLAIN] : [mine],
  toWrite: isNews ? { [KEYED_BY_PATH]: { schemaVersion: 1, keyedBy: mine.keyedBy, plainBefore } } : {},
});
