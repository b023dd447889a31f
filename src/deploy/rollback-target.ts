import type { Standing } from './promote.ts';
import { type Environment, PROMOTE, type Promotion, ROLLBACK } from './records.ts';
import { type Refused, refusal } from './verdict.ts';

/** Where a rollback goes. `from` is the version that it goes back from. */
export type Aim =
  | { readonly kind: 'back'; readonly to: Promotion; readonly from: number }
  /** The pointer stands there already, and nothing else is half-way. */
  | { readonly kind: 'there'; readonly to: Promotion; readonly from: number | undefined }
  | Refused;

/**
 * The version before the current one; after a rollback that is done, the same command finds that it is. What is half-way counts: an
 * unfinished promotion is what is gone back from, and an unfinished rollback is gone on with.
 */
export function rollbackTarget(
  environment: Environment,
  standing: Standing | undefined,
  wanted: string | undefined,
): Aim {
  const { current } = environment;
  if (!current) return refusal('nothing-before', `nothing was ever promoted in ${environment.environment}`);
  const unfinished = standing?.phase === PROMOTE ? environment.active?.version : undefined;
  const ongoing = standing?.phase === ROLLBACK ? standing : undefined;
  const from = Math.max(current.version, unfinished ?? -1, ongoing?.attempt.from ?? -1);
  if (wanted !== undefined) return named(environment, wanted, from, standing !== undefined);
  if (ongoing) return named(environment, ongoing.deploy.deployId, from, true);
  if (unfinished !== undefined) return { kind: 'back', to: current, from };
  if (current.how === 'rollback') return { kind: 'there', to: current, from: environment.highest?.version };
  const before = environment.promotions.findLast(
    ({ version, rolledBack }) => version < current.version && rolledBack !== true,
  );
  if (before) return { kind: 'back', to: before, from };
  return refusal(
    'nothing-before',
    `version ${current.version} (${current.deployId}) is the first that is live, or all before it were rolled back from`,
  );
}

/** Whether a deploy is what a rollback would go back from: it is current, or its own promotion or rollback is half-way. */
export function isGoneFrom(
  { current, promotions }: Environment,
  standing: Standing | undefined,
  deployId: string,
): boolean {
  if (standing?.phase === PROMOTE) return standing.deploy.deployId === deployId;
  if (standing === undefined || current?.deployId !== deployId) return current?.deployId === deployId;
  const version = promotions.find((promotion) => promotion.deployId === deployId)?.version;
  return standing.attempt.from === version;
}

/** The promotion that was named, by its version or its deploy id. */
function named(environment: Environment, wanted: string, from: number, isHalfWay: boolean): Aim {
  const { current, promotions } = environment;
  const to =
    promotions.findLast(({ deployId }) => deployId === wanted) ??
    promotions.findLast(({ version }) => String(version) === wanted);
  if (!to) {
    const known = promotions.map(({ version, deployId }) => `${version} (${deployId})`).slice(-5);
    return refusal('never-live', `${wanted} was never live; these were: ${known.join(', ')}`);
  }
  if (to.deployId === current?.deployId && !isHalfWay) return { kind: 'there', to, from: undefined };
  if (to.version >= from)
    return refusal('not-before', `version ${to.version} does not lie before version ${from}`);
  return { kind: 'back', to, from };
}
