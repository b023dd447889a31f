import type { Moment } from '../ledger/moment.ts';
import { type Attempt, instantOf } from './attempt.ts';
import { type Deploy, type Environment, PROMOTE, type Promotion, ROLLBACK } from './records.ts';
import { type Refused, refusal } from './verdict.ts';

const MAX_PROMOTIONS = 100;

type Moved = { readonly kind: 'moved'; readonly environment: Environment } | Refused;

/** The pointer after a promotion: compared with what was granted, then set. */
export function promoted(
  environment: Environment | undefined,
  deploy: Deploy,
  attempt: Attempt,
  moment: Moment,
): Moved {
  const active = activeOf(environment, deploy, attempt, PROMOTE);
  if (!environment || !active) return overtaken(environment, attempt);
  const current = promotionOf(deploy, attempt, active.version, 'promote', moment);
  return {
    kind: 'moved',
    environment: {
      ...withoutActive(environment),
      current,
      floor: Math.max(environment.floor, current.version),
      promotions: inOrder([...environment.promotions, current]),
    },
  };
}

/** What the environment is at, where that is this very attempt; undefined when it went on to another. */
export function activeOf(
  environment: Environment | undefined,
  { deployId }: Deploy,
  { fence }: Attempt,
  phase: typeof PROMOTE | typeof ROLLBACK,
): Environment['active'] {
  const active = environment?.active;
  const isThis = active?.deployId === deployId && active.phase === phase && active.fence === fence;
  return isThis ? active : undefined;
}

export const overtaken = (environment: Environment | undefined, attempt: Attempt): Refused =>
  refusal('overtaken', `the environment went on to ${environment?.active?.deployId ?? 'another deploy'}`, {
    attempt,
  });

/** The pointer after a rollback: the versions that it goes back over are over. */
export function movedBack(
  environment: Environment | undefined,
  deploy: Deploy,
  attempt: Attempt,
  moment: Moment,
): Moved {
  const active = activeOf(environment, deploy, attempt, ROLLBACK);
  if (!environment || !active) return overtaken(environment, attempt);
  const current = promotionOf(deploy, attempt, active.version, 'rollback', moment);
  const from = attempt.from ?? -1;
  const promotions = environment.promotions.map(
    (one): Promotion =>
      one.version > current.version && one.version <= from ? { ...one, rolledBack: true } : one,
  );
  return {
    kind: 'moved',
    environment: {
      ...withoutActive(environment),
      current,
      floor: Math.max(environment.floor, from),
      promotions: inOrder(promotions.map((one) => (one.version === current.version ? current : one))),
    },
  };
}

function promotionOf(
  deploy: Deploy,
  { artifactId, fence }: Attempt,
  version: number,
  how: Promotion['how'],
  moment: Moment,
): Promotion {
  const { deployId, buildId } = deploy;
  return { deployId, buildId, version, artifactId, at: instantOf(moment.writtenMs), fence, how };
}

function withoutActive({ active: _, ...rest }: Environment): Environment {
  return rest;
}

const inOrder = (promotions: readonly Promotion[]): Promotion[] =>
  [...promotions].sort((one, other) => one.version - other.version).slice(-MAX_PROMOTIONS);
