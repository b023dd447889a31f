import { z } from 'zod';

/**
 * The Proof: what every mode returns, and what everything else is derived from (exit code, outputs, log, annotations,
 * summary, JUnit, artifact, attestation). Times are ISO 8601 UTC with milliseconds; durations end in `Ms`.
 */
export const OUTCOMES = [
  'passed',
  'skipped',
  'halted',
  'failed',
  'invalid',
  'inconclusive',
  'refused',
] as const;
export const CHECK_STATUSES = ['pass', 'fail', 'warn', 'untestable', 'skipped'] as const;

const instant = z.iso.datetime({ precision: 3 });
const json = z.json();

export const attemptSchema = z.strictObject({
  at: instant,
  elapsedMs: z.number().nonnegative(),
  status: z.enum(CHECK_STATUSES),
  /** What this one look or try saw; flat and printable. */
  observed: z.record(z.string(), json),
});

export const checkSchema = z.strictObject({
  /** Stable for the same question, whether it passes or fails. */
  id: z.string(),
  status: z.enum(CHECK_STATUSES),
  title: z.string(),
  expected: z.string(),
  observed: z.string(),
  /** What to do next, or why it could not be checked. */
  detail: z.string().optional(),
  at: z.strictObject({ file: z.string(), line: z.int().positive() }).optional(),
  attempts: z.array(attemptSchema).optional(),
});

export const runSchema = z.strictObject({
  repository: z.string().optional(),
  id: z.string().optional(),
  attempt: z.int().optional(),
  commit: z.string().optional(),
  /** The branch or tag that the run belongs to, such as `refs/heads/main`. */
  ref: z.string().optional(),
  actor: z.string().optional(),
  event: z.string().optional(),
  job: z.string().optional(),
  url: z.string().optional(),
});

/** An entry that the run wrote into the ledger: digests, enums and numbers, as all of the ledger. */
const writtenSchema = z.strictObject({
  kind: z.string(),
  id: z.string(),
  at: instant,
  /** The transaction's number: the fence of what it granted. */
  seq: z.int().positive(),
  /** What names the ledger's state since then: a commit id, or a Redis version. */
  version: z.string(),
  /** What the entry's kind carries. */
  data: z.record(z.string(), json),
});

export const proofSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Of this run of the program; its check run and its artifact name it too. */
  id: z.string().optional(),
  mode: z.string(),
  outcome: z.enum(OUTCOMES),
  subject: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  startedAt: instant,
  endedAt: instant,
  checks: z.array(checkSchema),
  /** The mode's outputs, typed by the mode's own schema. */
  result: z.record(z.string(), json),
  /** Inputs that weaken the proof: waivers, `only`, `edges: one` … */
  overrides: z.array(z.string()),
  ledger: z
    .strictObject({
      store: z.string(),
      id: z.string().optional(),
      head: z.string().nullable(),
      entries: z.int().nonnegative(),
      /** What this run wrote, oldest first; the newest of very many. */
      written: z.array(writtenSchema).optional(),
    })
    .optional(),
  run: runSchema.optional(),
});

export type Outcome = (typeof OUTCOMES)[number];
export type CheckStatus = (typeof CHECK_STATUSES)[number];
export type Attempt = z.infer<typeof attemptSchema>;
export type Check = z.infer<typeof checkSchema>;
export type Run = z.infer<typeof runSchema>;
export type Written = z.infer<typeof writtenSchema>;
export type Proof = z.infer<typeof proofSchema>;
export type Json = z.infer<typeof json>;
