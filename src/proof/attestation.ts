import { z } from 'zod';
import { CHECK_STATUSES, OUTCOMES, type Proof } from './schema.ts';

/** The type of our predicate; it is the address of its description. */
export const PREDICATE_TYPE = 'https://github.com/org/ship-proof/blob/v1/docs/attestation.md';

const text = z.string();
const instant = z.iso.datetime({ precision: 3 });

/**
 * What is signed of a proof, besides the digest of its file: enough to judge it without the file. Who signed, in which
 * repository, at which commit, is not said here: it stands in the certificate, where nobody can make it up.
 */
export const predicateSchema = z.strictObject({
  schemaVersion: z.literal(1),
  proofId: text,
  mode: text,
  outcome: z.enum(OUTCOMES),
  subject: z.record(text, z.union([text, z.array(text)])),
  startedAt: instant,
  endedAt: instant,
  /** How many checks ended how. */
  checks: z.record(z.enum(CHECK_STATUSES), z.int().nonnegative()),
  overrides: z.array(text),
  ledger: z
    .strictObject({ id: text.optional(), head: text.nullable(), entries: z.int().nonnegative() })
    .optional(),
});

export type Predicate = z.infer<typeof predicateSchema>;

export function predicateOf(proof: Proof): Predicate {
  const { mode, outcome, subject, startedAt, endedAt, overrides, ledger } = proof;
  const counted = CHECK_STATUSES.map((status) => [
    status,
    proof.checks.filter((check) => check.status === status).length,
  ]);
  return {
    schemaVersion: 1,
    proofId: proof.id ?? '',
    mode,
    outcome,
    subject,
    startedAt,
    endedAt,
    checks: Object.fromEntries(counted) as Predicate['checks'],
    overrides,
    ...(ledger
      ? {
          ledger: {
            ...(ledger.id === undefined ? {} : { id: ledger.id }),
            head: ledger.head,
            entries: ledger.entries,
          },
        }
      : {}),
  };
}
