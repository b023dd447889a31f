import { describeHold, readHold } from '../holds/hold.ts';
import type { Snapshot } from '../ledger/ledger.ts';
import type { Moment } from '../ledger/moment.ts';
import type { Decision } from '../ledger/transact.ts';
import { granted, type Holder, isLive, turned } from './attempt.ts';
import { movedBack } from './pointer.ts';
import { overtake, standingAttempt } from './promote.ts';
import {
  type Deploy,
  type Environment,
  PROMOTE,
  type Promotion,
  ROLLBACK,
  readDeploy,
  readEnvironment,
} from './records.ts';
import { isGoneFrom, rollbackTarget } from './rollback-target.ts';
import { findGrant, type GrantedPhase, isOpen, type SettleVerdict, withAttempt } from './settle-phase.ts';
import {
  type Begun,
  describeAttempt,
  only,
  phaseEntry,
  type Refused,
  recordsOf,
  refusal,
} from './verdict.ts';

export interface RollbackCommand {
  readonly environment: string;
  /** A version or a deploy id; undefined means the one before. */
  readonly to: string | undefined;
  /** The only deploy that may be gone back from; undefined means whatever is current. */
  readonly from?: string | undefined;
  readonly confirmed: boolean;
  readonly holder: Holder;
  readonly staleAfterMs: number;
}

export type RollbackVerdict =
  | (Begun & { readonly from: number })
  /** The pointer stands there already. */
  | { readonly kind: 'there'; readonly deploy: Deploy; readonly from: number | undefined }
  | Refused;

/**
 * May the environment go back, and to what? The versions that it goes back from are over from this moment on, also when the
 * rollback itself dies half-way: then the same command goes on with it.
 */
export async function decideRollback(
  snapshot: Snapshot,
  command: RollbackCommand,
  moment: Moment,
  fence: number,
): Promise<Decision<RollbackVerdict>> {
  const environment = await readEnvironment(snapshot, command.environment);
  if (!environment?.current)
    return only(refusal('nothing-before', `nothing was ever promoted in ${command.environment}`));
  const { current } = environment;
  const standing = await standingAttempt(snapshot, environment);
  if (command.from !== undefined && !isGoneFrom(environment, current, standing, command.from)) {
    const gone = await readDeploy(snapshot, command.environment, command.from);
    const live = await readDeploy(snapshot, command.environment, current.deployId);
    if (live && gone?.phases[PROMOTE]?.state === 'rolled-back')
      return only({ kind: 'there', deploy: live, from: gone.version });
    return only(
      refusal(
        'not-live',
        `what is live, or about to be, is not ${command.from}: ${describeLive(environment, current)}`,
      ),
    );
  }
  const aim = rollbackTarget(environment, current, standing, command);
  if (aim.kind === 'refused') return only(aim);
  const deploy = await readDeploy(snapshot, command.environment, aim.to.deployId);
  if (!deploy) return only(refusal('never-live', `the deploy ${aim.to.deployId} is not on record`));
  if (aim.kind === 'there') return only({ kind: 'there', deploy, from: aim.from });
  const what = `version ${aim.to.version} (deploy ${aim.to.deployId}, artifact ${aim.to.artifactId}) in ${command.environment}, in place of version ${aim.from}`;
  if (!command.confirmed)
    return only(refusal('needs-confirmation', `it would re-promote ${what}`, { target: aim.to }));
  if (standing && isLive(standing.attempt, moment))
    return only(
      refusal(
        'busy',
        `${standing.phase} of ${standing.deploy.deployId} is ${describeAttempt(standing.attempt, moment)}`,
        { attempt: standing.attempt, passes: true },
      ),
    );
  const held = await readHold(snapshot, 'deploys');
  if (held) return only(refusal('held', describeHold(held)));

  const before = deploy.phases[ROLLBACK];
  const { artifactId } = aim.to;
  const { holder, staleAfterMs } = command;
  const attempt = granted(before, { holder, staleAfterMs, artifactId, from: aim.from }, fence, moment);
  const how = before?.state === 'running' ? 'taken-over' : 'started';
  const isOther = standing && standing.deploy.deployId !== deploy.deployId;
  const ended = isOther ? overtake(standing, holder.actor, moment) : undefined;
  const after = withAttempt(deploy, ROLLBACK, attempt);
  return {
    entries: [
      ...(ended ? [ended.entry] : []),
      phaseEntry(`rollback-${how}`, after, ROLLBACK, attempt, { from: aim.from, confirmed: true }),
    ],
    records: recordsOf(ended ? [ended.deploy, after] : [after], {
      ...environment,
      floor: Math.max(environment.floor, aim.from),
      active: { deployId: deploy.deployId, phase: ROLLBACK, fence, version: aim.to.version },
    }),
    subject: `roll back ${command.environment} to ${deploy.deployId}`.slice(0, 200),
    verdict: { kind: 'begun', how, deploy: after, attempt, before, from: aim.from },
  };
}

const describeLive = ({ active }: Environment, current: Promotion): string =>
  active
    ? `${active.phase} of ${active.deployId} is under way`
    : `version ${current.version} (${current.deployId})`;

/** The rollback is done: the pointer moves, and the promotions that it went back over are marked. */
export async function decideRolledBack(
  snapshot: Snapshot,
  grant: GrantedPhase & { readonly actor: string },
  moment: Moment,
): Promise<Decision<SettleVerdict>> {
  const found = await findGrant(snapshot, grant, moment);
  if (found.kind === 'refused') return only(found);
  const { deploy, attempt } = found;
  if (attempt.state === 'done') return only({ kind: 'already', deploy, attempt });
  if (!isOpen(attempt)) return only(refusal('ended', describeAttempt(attempt, moment), { attempt }));
  const environment = await readEnvironment(snapshot, grant.environment);
  const { reason: _, ...rest } = attempt;
  const done = turned({ ...rest, state: 'done' }, 'done', moment, grant.actor);
  const target = withAttempt(deploy, ROLLBACK, done);
  const pointer = movedBack(environment, target, done, moment);
  if (pointer.kind === 'refused') return only(pointer);
  const left = await Promise.all(pointer.over.map((id) => readDeploy(snapshot, grant.environment, id)));
  const over = left.flatMap((one) => (one ? [withPromotion(one, 'rolled-back', moment, grant.actor)] : []));
  // A version that was once rolled back from is live again.
  const revived = withPromotion(target, 'done', moment, grant.actor);
  return {
    entries: [phaseEntry('rolled-back', revived, ROLLBACK, done, { from: pointer.from })],
    records: recordsOf([...over, revived], pointer.environment),
    subject: `${grant.environment} rolled back to ${grant.deployId}`.slice(0, 200),
    verdict: { kind: 'settled', deploy: revived, attempt: done },
  };
}

/** The deploy with its promotion in this state, where it is in another. */
function withPromotion(deploy: Deploy, state: 'done' | 'rolled-back', moment: Moment, actor: string): Deploy {
  const promote = deploy.phases[PROMOTE];
  if (!promote || promote.state === state) return deploy;
  return withAttempt(deploy, PROMOTE, turned({ ...promote, state }, state, moment, actor));
}
