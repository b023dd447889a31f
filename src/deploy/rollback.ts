import { readHold } from '../holds/hold.ts';
import type { EntryBody } from '../ledger/entry.ts';
import type { Snapshot } from '../ledger/ledger.ts';
import type { Moment } from '../ledger/moment.ts';
import type { Decision } from '../ledger/transact.ts';
import { type Attempt, granted, grantTurn, type Holder, isLive, turned } from './attempt.ts';
import { describeHold } from './begin.ts';
import { movedBack } from './pointer.ts';
import { overtake, standingAttempt } from './promote.ts';
import { type Deploy, type Environment, PROMOTE, ROLLBACK, readDeploy, readEnvironment } from './records.ts';
import { isGoneFrom, rollbackTarget } from './rollback-target.ts';
import { findGrant, type GrantedPhase, type SettleVerdict, withAttempt } from './settle-phase.ts';
import { describeAttempt, only, phaseEntry, type Refused, recordsOf, refusal } from './verdict.ts';

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
  | {
      readonly kind: 'begun';
      readonly how: 'started' | 'restarted' | 'taken-over';
      readonly deploy: Deploy;
      readonly attempt: Attempt;
      readonly before: Attempt | undefined;
      readonly from: number;
    }
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
  const standing = await standingAttempt(snapshot, environment);
  if (command.from !== undefined && !isGoneFrom(environment, standing, command.from)) {
    const gone = await readDeploy(snapshot, command.environment, command.from);
    const current = await readDeploy(snapshot, command.environment, environment.current.deployId);
    if (current && gone?.phases[PROMOTE]?.state === 'rolled-back')
      return only({ kind: 'there', deploy: current, from: gone.version });
    return only(
      refusal(
        'not-live',
        `what is live, or about to be, is not ${command.from}: ${describeLive(environment)}`,
      ),
    );
  }
  const aim = rollbackTarget(environment, standing, command.to);
  if (aim.kind === 'refused') return only(aim);
  const deploy = await readDeploy(snapshot, command.environment, aim.to.deployId);
  if (!deploy) return only(refusal('never-live', `the deploy ${aim.to.deployId} is not on record`));
  if (aim.kind === 'there') return only({ kind: 'there', deploy, from: aim.from });
  const what = `version ${aim.to.version} (deploy ${aim.to.deployId}, artifact ${aim.to.artifactId}) in ${command.environment}, in place of version ${aim.from}`;
  if (!command.confirmed) return only(refusal('needs-confirmation', `it would re-promote ${what}`));
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
  const how = grantTurn(before?.state === 'running' ? before : undefined);
  const isOther = standing && (standing.deploy.deployId !== deploy.deployId || standing.phase !== ROLLBACK);
  const ended = isOther ? overtake(standing, holder.actor, moment) : undefined;
  const base = ended?.deploy.deployId === deploy.deployId ? ended.deploy : deploy;
  const after = withAttempt(base, ROLLBACK, attempt);
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

const describeLive = ({ current, active }: Environment): string =>
  active
    ? `${active.phase} of ${active.deployId} is under way`
    : `version ${current?.version} (${current?.deployId})`;

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
  const isOpen =
    attempt.state === 'running' || (attempt.state === 'failed' && attempt.reason === 'job-ended');
  if (!isOpen) return only(refusal('ended', describeAttempt(attempt, moment), { attempt }));
  const environment = await readEnvironment(snapshot, grant.environment);
  const { reason: _, ...rest } = attempt;
  const done = turned({ ...rest, state: 'done' }, 'done', moment, grant.actor);
  const target = withAttempt(deploy, ROLLBACK, done);
  const pointer = movedBack(environment, target, done, moment);
  if (pointer.kind === 'refused') return only(pointer);
  const over = environment ? await leftBehind(snapshot, environment, target, done, moment, grant.actor) : [];
  const revived = revive(target, moment, grant.actor);
  return {
    entries: [rolledBackEntry(revived, done)],
    records: recordsOf([...over, revived], pointer.environment),
    subject: `${grant.environment} rolled back to ${grant.deployId}`.slice(0, 200),
    verdict: { kind: 'settled', deploy: revived, attempt: done },
  };
}

const rolledBackEntry = (deploy: Deploy, done: Attempt): EntryBody =>
  phaseEntry('rolled-back', deploy, ROLLBACK, done, { from: done.from ?? 0 });

/** What was current, and what was being promoted: their promotions are over, and say so. */
async function leftBehind(
  snapshot: Snapshot,
  environment: Environment,
  target: Deploy,
  { from = -1 }: Attempt,
  moment: Moment,
  actor: string,
): Promise<Deploy[]> {
  const passed = environment.promotions.filter(({ version }) => version <= from);
  const ids = new Set([environment.highest?.deployId, ...passed.map(({ deployId }) => deployId)]);
  const deploys = await Promise.all(
    [...ids]
      .flatMap((id) => (id === undefined || id === target.deployId ? [] : [id]))
      .map((id) => readDeploy(snapshot, target.environment, id)),
  );
  const isBetween = (version = -1) => version <= from && version > (target.version ?? -1);
  return deploys.flatMap((deploy) => {
    const promote = deploy?.phases[PROMOTE];
    if (!deploy || !promote || promote.state === 'rolled-back' || !isBetween(deploy.version)) return [];
    return [
      withAttempt(
        deploy,
        PROMOTE,
        turned({ ...promote, state: 'rolled-back' }, 'rolled-back', moment, actor),
      ),
    ];
  });
}

/** A version that was once rolled back from is live again. */
function revive(deploy: Deploy, moment: Moment, actor: string): Deploy {
  const promote = deploy.phases[PROMOTE];
  if (promote?.state !== 'rolled-back') return deploy;
  return withAttempt(deploy, PROMOTE, turned({ ...promote, state: 'done' }, 'done', moment, actor));
}
