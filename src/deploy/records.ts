import { z } from 'zod';
import type { Snapshot } from '../ledger/ledger.ts';
import { inconclusive } from '../proof/errors.ts';
import { attemptSchema, holderSchema } from './attempt.ts';

const instant = z.iso.datetime({ precision: 3 });
const version = z.int().nonnegative();

/** A deploy's rollback stands among its phases, so no phase of a plan may have this name. */
export const ROLLBACK = 'rollback';
export const PROMOTE = 'promote';
export const DEFAULT_PLAN = ['build', 'publish', 'promote'] as const;

/** One deploy into one environment: what it is made of, and how far it has come. */
export const deploySchema = z.strictObject({
  schemaVersion: z.literal(1),
  environment: z.string(),
  deployId: z.string(),
  buildId: z.string(),
  /** What promotions are ordered by. */
  version: version.optional(),
  /** As much of the commit as is known. */
  commit: z.string().optional(),
  /** The phases, in order. */
  plan: z.array(z.string()),
  phases: z.record(z.string(), attemptSchema),
  /** What `verify-live` said after the promotion or rollback, the newest time. */
  verified: z
    .strictObject({
      outcome: z.string(),
      at: instant,
      /** SHA-256 of the proof's JSON. */
      digest: z.string().regex(/^[0-9a-f]{64}$/),
      by: holderSchema,
    })
    .optional(),
});
export type Deploy = z.infer<typeof deploySchema>;

/** A version that was live. */
const promotionSchema = z.strictObject({
  deployId: z.string(),
  buildId: z.string(),
  version,
  artifactId: z.string(),
  at: instant,
  fence: z.int().positive(),
  how: z.enum(['promote', 'rollback']),
  /** It was rolled back from, so that a later rollback passes it by. */
  rolledBack: z.literal(true).optional(),
});
export type Promotion = z.infer<typeof promotionSchema>;

/** The pointer of an environment: what is current, and how high versions have gone. */
export const environmentSchema = z.strictObject({
  schemaVersion: z.literal(1),
  environment: z.string(),
  current: promotionSchema.optional(),
  /** The highest version that a promotion was ever granted for, done or not; lower ones are overtaken. */
  highest: z.strictObject({ version, deployId: z.string() }).optional(),
  /** Versions up to this one are over: promoted, or rolled back from. */
  floor: z.int().min(-1),
  /** The newest promotion or rollback that is not done: it runs, or it ended half-way. */
  active: z
    .strictObject({
      deployId: z.string(),
      phase: z.enum([PROMOTE, ROLLBACK]),
      fence: z.int().positive(),
      version,
    })
    .optional(),
  /** What was live, in the order of versions; the newest 100. */
  promotions: z.array(promotionSchema),
});
export type Environment = z.infer<typeof environmentSchema>;

export const deployFolder = (environment: string): string => `deploys/${environment}/`;
export const deployPath = (environment: string, deployId: string): string =>
  `${deployFolder(environment)}${deployId}`;
export const environmentPath = (environment: string): string => `environments/${environment}`;

export const newEnvironment = (environment: string): Environment => ({
  schemaVersion: 1,
  environment,
  floor: -1,
  promotions: [],
});

/** A deploy's record. One that can't be understood is not the same as none: throws `deploy-unreadable`. */
export const readDeploy = async (
  snapshot: Snapshot,
  environment: string,
  deployId: string,
): Promise<Deploy | undefined> =>
  understood(snapshot, deployPath(environment, deployId), deploySchema, 'deploy');

/** An environment's pointer; throws `environment-unreadable`. */
export const readEnvironment = async (
  snapshot: Snapshot,
  environment: string,
): Promise<Environment | undefined> =>
  understood(snapshot, environmentPath(environment), environmentSchema, 'environment');

async function understood<T>(
  snapshot: Snapshot,
  path: string,
  schema: z.ZodType<T>,
  what: 'deploy' | 'environment',
): Promise<T | undefined> {
  const record = await snapshot.get(path);
  if (record === undefined) return undefined;
  const parsed = schema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw inconclusive(
    `${what}-unreadable`,
    `the record ${path} is no ${what} that this version understands, so nothing was done; use the version that wrote it, or restore the record from the ledger's history`,
    { cause: parsed.error },
  );
}

/** The phases before one, in their order; undefined when the plan does not hold it. */
export function phasesBefore(plan: readonly string[], phase: string): readonly string[] | undefined {
  const at = plan.indexOf(phase);
  return at < 0 ? undefined : plan.slice(0, at);
}

/** The first phase of the plan that is not done; undefined when all are. */
export const nextPhase = (deploy: Deploy): string | undefined =>
  deploy.plan.find((phase) => deploy.phases[phase]?.state !== 'done');
