import type { Standing } from './promote.ts';
import { type Environment, PROMOTE, type Promotion, ROLLBACK } from './records.ts';
import { type Refused, refusal } from './verdict.ts';

/** Where a rollback goes. `from` is the version that it goes back from. */
export type Aim =
  | { readonly kind: 'back'; readonly to: Promotion; readonly from: number }
  /** The pointer stands there already, and nothing else is half-way. */
  | { readonly kind: 'there'; readonly to: Promotion; readonly from: number | undefined }
  | Refused;

/** What was asked for: where to go, and which deploy it is that may be gone back from. */
interface Asked {
  readonly to: string | undefined;
  readonly from?: string | undefined;
}

/**
 * The version before the current one; after a rollback that is done, the same command finds that it is, unless it names what is
 * current as what to go back from. What is half-way counts: an unfinished promotion is what is gone back from, and an unfinished
 * rollback is gone on with.
 */
export function rollbackTarget(
  { active, highest, promotions }: Environment,
  current: Promotion,
  standing: Standing | undefined,
  asked: Asked,
): Aim {
  const unfinished = standing?.phase === PROMOTE ? active?.version : undefined;
  const ongoing = standing?.phase === ROLLBACK ? standing : undefined;
  const from = unfinished ?? ongoing?.attempt.from ?? current.version;
  const wanted = asked.to ?? ongoing?.deploy.deployId;
  if (wanted !== undefined) return named(promotions, wanted, from, standing ? undefined : current);
  if (unfinished !== undefined) return { kind: 'back', to: current, from };
  if (current.how === 'rollback' && asked.from === undefined)
    return { kind: 'there', to: current, from: highest?.version };
  const before = promotions.findLast(
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
  { highest }: Environment,
  current: Promotion,
  standing: Standing | undefined,
  deployId: string,
): boolean {
  if (standing === undefined) return current.deployId === deployId;
  if (standing.phase === PROMOTE) return standing.deploy.deployId === deployId;
  const { from } = standing.attempt;
  return [current, highest].some((one) => one?.deployId === deployId && one.version === from);
}

/** The promotion that was named, by its version or its deploy id. `there` is where the pointer stands, unless something is half-way. */
function named(
  promotions: readonly Promotion[],
  wanted: string,
  from: number,
  there: Promotion | undefined,
): Aim {
  const to =
    promotions.findLast(({ deployId }) => deployId === wanted) ??
    promotions.findLast(({ version }) => String(version) === wanted);
  if (!to) {
    const known = promotions.map(({ version, deployId }) => `${version} (${deployId})`).slice(-5);
    return refusal('never-live', `${wanted} was never live; these were: ${known.join(', ')}`);
  }
  if (to.deployId === there?.deployId) return { kind: 'there', to, from: undefined };
  if (to.version >= from)
    return refusal('not-before', `version ${to.version} does not lie before version ${from}`);
  return { kind: 'back', to, from };
}
