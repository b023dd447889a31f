import type { Moment } from '../ledger/moment.ts';
import { instant } from '../proof/proof.ts';
import type { Attempt } from './attempt.ts';
import { type Deploy, type Environment, PROMOTE, type Promotion, ROLLBACK } from './records.ts';
import { type Refused, refusal } from './verdict.ts';

const MAX_PROMOTIONS = 100;

interface Moved {
  readonly kind: 'moved';
  readonly environment: Environment;
}

interface MovedBack extends Moved {
  /** The version that it went back from. */
  readonly from: number;
  /** The deploys that it went back over: their promotions are over. */
  readonly over: readonly string[];
}

/** The pointer after a promotion: compared with what was granted, then set. */
export function promoted(
  environment: Environment | undefined,
  deploy: Deploy,
  attempt: Attempt,
  moment: Moment,
): Moved | Refused {
  const active = activeOf(environment, deploy, attempt, PROMOTE);
  if (!environment || !active) return overtaken(environment, attempt);
  const current = promotionOf(deploy, attempt, active.version, 'promote', moment);
  return {
    kind: 'moved',
    environment: {
      ...withoutActive(environment),
      current,
      floor: Math.max(environment.floor, current.version),
      promotions: [...environment.promotions, current].slice(-MAX_PROMOTIONS),
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

/** The pointer after a rollback: what it goes back over is over, also what was only being promoted. */
export function movedBack(
  environment: Environment | undefined,
  deploy: Deploy,
  attempt: Attempt,
  moment: Moment,
): MovedBack | Refused {
  const active = activeOf(environment, deploy, attempt, ROLLBACK);
  if (!environment || !active) return overtaken(environment, attempt);
  const current = promotionOf(deploy, attempt, active.version, 'rollback', moment);
  const { from = -1 } = attempt;
  const { highest, promotions } = environment;
  const isOver = ({ version }: { readonly version: number }) => version > current.version && version <= from;
  const live = promotions.filter(({ rolledBack }) => rolledBack !== true);
  const over = [...live, ...(highest ? [highest] : [])].filter(isOver);
  return {
    kind: 'moved',
    environment: {
      ...withoutActive(environment),
      current,
      floor: Math.max(environment.floor, from),
      promotions: promotions.map((one): Promotion => {
        if (one.version === current.version) return current;
        return isOver(one) ? { ...one, rolledBack: true } : one;
      }),
    },
    from,
    over: [...new Set(over.map(({ deployId }) => deployId))],
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
  return { deployId, buildId, version, artifactId, at: instant(moment.writtenMs), fence, how };
}

function withoutActive({ active: _, ...rest }: Environment): Environment {
  return rest;
}
