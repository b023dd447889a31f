import { type Hold, readHold } from '../holds/hold.ts';
import type { Snapshot } from '../ledger/ledger.ts';
import type { Moment } from '../ledger/moment.ts';
import type { Decision } from '../ledger/transact.ts';
import { instant } from '../proof/proof.ts';
import { type Attempt, type Failure, failed, turned } from './attempt.ts';
import { activeOf, overtaken, promoted } from './pointer.ts';
import { type Deploy, PROMOTE, phasesBefore, ROLLBACK, readDeploy, readEnvironment } from './records.ts';
import { describeAttempt, only, phaseEntry, type Refused, recordsOf, refusal } from './verdict.ts';

/** Names one grant: nobody but its holder knows the fence. */
export interface GrantedPhase {
  readonly environment: string;
  readonly deployId: string;
  readonly phase: string;
  readonly fence: number;
}

export type SettleVerdict =
  | {
      readonly kind: 'beating' | 'settled' | 'already';
      readonly deploy: Deploy;
      readonly attempt: Attempt;
      /** A hold that was set meanwhile. */
      readonly hold?: Hold | undefined;
    }
  | { readonly kind: 'held'; readonly hold: Hold; readonly deploy: Deploy; readonly attempt: Attempt }
  | Refused;

/** A heartbeat is written when a quarter of the time has passed; in between, a look is enough. */
const BEATS = 4;

/**
 * The holder is still there. Says so in the ledger when it is time (or `always`), and tells whether it may go on: it may not when somebody
 * took the phase over, and not when deploys are held.
 */
export async function decideHeartbeat(
  snapshot: Snapshot,
  grant: GrantedPhase & { readonly always: boolean },
  moment: Moment,
): Promise<Decision<SettleVerdict>> {
  const found = await findGrant(snapshot, grant, moment);
  if (found.kind === 'refused') return only(found);
  const { deploy, attempt } = found;
  if (attempt.state !== 'running')
    return only(refusal('ended', describeAttempt(attempt, moment), { attempt }));
  const hold = grant.phase === 'build' ? undefined : await readHold(snapshot, 'deploys');
  if (hold) return only({ kind: 'held', hold, deploy, attempt });
  const ageMs = moment.writtenMs - Date.parse(attempt.heartbeatAt);
  if (!grant.always && ageMs < attempt.staleAfterMs / BEATS)
    return only({ kind: 'already', deploy, attempt });
  const beaten: Attempt = {
    ...attempt,
    heartbeatAt: instant(moment.writtenMs),
    clock: moment.clock,
  };
  const after = withAttempt(deploy, grant.phase, beaten);
  return {
    entries: [phaseEntry('phase-heartbeat', after, grant.phase, beaten)],
    records: recordsOf([after]),
    subject: `heartbeat of ${grant.phase} of ${grant.deployId}`.slice(0, 200),
    verdict: { kind: 'beating', deploy: after, attempt: beaten },
  };
}

/**
 * The phase is done, and hands on an artifact. Of a promotion the pointer moves in the same transaction. What happened is written down
 * also when deploys were held in its last moment: the verdict carries the hold.
 */
export async function decideDone(
  snapshot: Snapshot,
  grant: GrantedPhase & { readonly artifactId: string | undefined; readonly actor: string },
  moment: Moment,
): Promise<Decision<SettleVerdict>> {
  const found = await findGrant(snapshot, grant, moment);
  if (found.kind === 'refused') return only(found);
  const { deploy, attempt } = found;
  if (attempt.state === 'done') return only({ kind: 'already', deploy, attempt });
  if (!isOpen(attempt)) return only(refusal('ended', describeAttempt(attempt, moment), { attempt }));
  const artifactId = grant.artifactId ?? attempt.artifactId;
  if (isFixed(deploy, grant.phase) && artifactId !== attempt.artifactId)
    return only(refusal('other-artifact', `${attempt.artifactId} was published`, { attempt }));
  const { reason: _, ...rest } = attempt;
  const done = turned({ ...rest, state: 'done', artifactId }, 'done', moment, grant.actor);
  const after = withAttempt(deploy, grant.phase, done);
  const hold = grant.phase === 'build' ? undefined : await readHold(snapshot, 'deploys');
  const pointer =
    grant.phase === PROMOTE
      ? promoted(await readEnvironment(snapshot, grant.environment), after, done, moment)
      : undefined;
  if (pointer?.kind === 'refused') return only(pointer);
  return {
    entries: [phaseEntry('phase-done', after, grant.phase, done, hold ? { held: true } : {})],
    records: recordsOf([after], pointer?.environment),
    subject: `${grant.phase} of ${grant.deployId} done`.slice(0, 200),
    verdict: { kind: 'settled', deploy: after, attempt: done, hold },
  };
}

/** The phase ended without being done; the next process may begin it again at once. */
export async function decideFail(
  snapshot: Snapshot,
  grant: GrantedPhase & { readonly reason: Failure; readonly actor: string },
  moment: Moment,
): Promise<Decision<SettleVerdict>> {
  const found = await findGrant(snapshot, grant, moment);
  if (found.kind === 'refused') return only(found);
  const { deploy, attempt } = found;
  if (attempt.state === 'failed' && attempt.reason !== 'overtaken') {
    const gone = await wentOn(snapshot, grant, deploy, attempt);
    return only(gone ?? { kind: 'already', deploy, attempt });
  }
  if (attempt.state !== 'running')
    return only(refusal('ended', describeAttempt(attempt, moment), { attempt }));
  const ended = failed(attempt, grant.reason, moment, grant.actor);
  const after = withAttempt(deploy, grant.phase, ended);
  return {
    entries: [
      phaseEntry(grant.phase === ROLLBACK ? 'rollback-failed' : 'phase-failed', after, grant.phase, ended),
    ],
    records: recordsOf([after]),
    subject: `${grant.phase} of ${grant.deployId} failed`.slice(0, 200),
    verdict: { kind: 'settled', deploy: after, attempt: ended },
  };
}

/** Of a promotion or rollback that had failed: why it is no longer its holder's, where others moved the pointer since. */
async function wentOn(
  snapshot: Snapshot,
  { environment: name, phase }: GrantedPhase,
  deploy: Deploy,
  attempt: Attempt,
): Promise<Refused | undefined> {
  if (phase !== PROMOTE && phase !== ROLLBACK) return undefined;
  const environment = await readEnvironment(snapshot, name);
  return activeOf(environment, deploy, attempt, phase) ? undefined : overtaken(environment, attempt);
}

/** From the promotion on an artifact is what it is. */
const isFixed = (deploy: Deploy, phase: string): boolean =>
  phase === PROMOTE || (phasesBefore(deploy.plan, phase)?.includes(PROMOTE) ?? false);

/** It may still be done. A job's end ends its phases; whoever holds the fence still knows better. */
export const isOpen = ({ state, reason }: Attempt): boolean =>
  state === 'running' || (state === 'failed' && reason === 'job-ended');

/** The phase, as long as it is of this grant. */
export async function findGrant(
  snapshot: Snapshot,
  { environment, deployId, phase, fence }: GrantedPhase,
  moment: Moment,
): Promise<{ readonly kind: 'found'; readonly deploy: Deploy; readonly attempt: Attempt } | Refused> {
  const deploy = await readDeploy(snapshot, environment, deployId);
  const attempt = deploy?.phases[phase];
  if (!deploy || !attempt) return refusal('not-begun', `\`${phase}\` of ${deployId} was never begun`);
  if (attempt.fence !== fence)
    return refusal('stale-fence', `it is ${describeAttempt(attempt, moment)}`, { attempt });
  return { kind: 'found', deploy, attempt };
}

export const withAttempt = (deploy: Deploy, phase: string, attempt: Attempt): Deploy => ({
  ...deploy,
  phases: { ...deploy.phases, [phase]: attempt },
});
