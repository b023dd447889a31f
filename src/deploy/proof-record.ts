import { z } from 'zod';
import type { Entry, EntryBody } from '../ledger/entry.ts';
import type { Snapshot } from '../ledger/ledger.ts';
import type { Decision } from '../ledger/transact.ts';
import { inconclusive } from '../proof/errors.ts';
import { type Json, OUTCOMES, runSchema } from '../proof/schema.ts';

/**
 * What the ledger knows of a proof that `prove` made: enough for a promotion to believe it narrowly, and its digest, by which the
 * file itself can be found and compared. The newest proof of a build in an environment, whatever its outcome, takes the place of
 * those before.
 */
export const proofRecordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  mode: z.literal('prove'),
  outcome: z.enum(OUTCOMES),
  buildId: z.string(),
  /** `proofDigest` of the proof, 64 hex characters. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** The URLs that were verified live. */
  urls: z.array(z.string()),
  environment: z.string(),
  artifactId: z.string().optional(),
  commit: z.string().optional(),
  repository: z.string().optional(),
  /** The proof's overrides, waivers among them. */
  overrides: z.array(z.string()),
  provedAt: z.iso.datetime({ precision: 3 }),
  by: z.strictObject({ actor: z.string(), run: runSchema.optional() }),
});

export type ProofRecord = z.infer<typeof proofRecordSchema>;

/** Build ids are safe in a path: 1 to 128 of `[A-Za-z0-9._-]`, beginning with a letter or digit. */
export const proofPath = (environment: string, buildId: string): string => `proofs/${environment}/${buildId}`;

/** The newest proof of a build in an environment. An unreadable record proves nothing, and is not the same as none: `proof-unreadable`. */
export async function readProofRecord(
  snapshot: Snapshot,
  environment: string,
  buildId: string,
): Promise<ProofRecord | undefined> {
  const path = proofPath(environment, buildId);
  const record = await snapshot.get(path);
  if (record === undefined) return undefined;
  const parsed = proofRecordSchema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw inconclusive(
    'proof-unreadable',
    `the record ${path} is no proof that this version understands; use the version that wrote it, or prove the build again`,
    { cause: parsed.error },
  );
}

/** What a proof says of itself; when it was proved is the ledger's to say. */
export type ProofFacts = Omit<ProofRecord, 'schemaVersion' | 'mode' | 'provedAt'>;

/**
 * Records a proof, whatever its outcome: a newer one that failed takes the place of an older one that passed, so that nobody
 * believes that one any more. The entry keeps what the record forgets when the next proof comes.
 */
export function decideProof(facts: ProofFacts, nowMs: number): Decision<ProofRecord> {
  const provedAt = new Date(nowMs).toISOString();
  const record: ProofRecord = { schemaVersion: 1, mode: 'prove', ...facts, provedAt };
  const { outcome, buildId, environment, digest } = record;
  const entry: EntryBody = { kind: PROOF_ENTRY, outcome, buildId, environment, digest };
  return {
    entries: [entry],
    records: { [proofPath(environment, buildId)]: JSON.parse(JSON.stringify(record)) as Json },
    subject: `proof ${outcome} ${buildId} ${environment}`,
    verdict: record,
  };
}

const PROOF_ENTRY = 'proof';

/** Whether an entry of the history is the recording of the proof with this digest and outcome. */
export const recordsProof = (entry: Entry, digest: string, outcome: string): boolean =>
  entry.kind === PROOF_ENTRY && entry.digest === digest && entry.outcome === outcome;
