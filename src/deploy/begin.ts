import { describeHold, readHold } from '../holds/hold.ts';
import type { Snapshot } from '../ledger/ledger.ts';
import type { Moment } from '../ledger/moment.ts';
import type { Decision } from '../ledger/transact.ts';
import { type Attempt, granted, grantTurn, type Holder, isLive } from './attempt.ts';
import { type PromoteDemand, promotion } from './promote.ts';
import { type Deploy, type Environment, PROMOTE, phasesBefore, readDeploy } from './records.ts';
import {
  type Begun,
  describeAttempt,
  only,
  phaseEntry,
  type Refused,
  recordsOf,
  refusal,
} from './verdict.ts';
import { epochOfBuildId } from './version.ts';

/** Asks for a phase of a deploy. */
export interface BeginCommand extends PromoteDemand {
  readonly environment: string;
  readonly deployId: string;
  readonly phase: string;
  readonly buildId: string;
  /** What the caller says; undefined takes what is on record, else the epoch in the build id. */
  readonly version: number | undefined;
  readonly plan: readonly string[];
  /** What the caller says that it works on; undefined takes what the phases before handed on. */
  readonly artifactId: string | undefined;
  readonly commit: string | undefined;
  /** Why the commit could not be confirmed to be in the checked-out history; undefined when it was, or need not be. */
  readonly unconfirmed?: string | undefined;
  readonly holder: Holder;
  readonly staleAfterMs: number;
  /** The names of guards that the caller had switched off: they stand in the history. */
  readonly overrides: readonly string[];
}

export type BeginVerdict =
  | Begun
  /** Done already: nothing is to be repeated. */
  | { readonly kind: 'done'; readonly deploy: Deploy; readonly attempt: Attempt }
  | Refused;

/**
 * May this process begin this phase now? Everything that it depends on is read from the one snapshot that the grant is committed
 * against: predecessors, hold, versions, proof. `fence` is the transaction that would grant it.
 */
export async function decideBegin(
  snapshot: Snapshot,
  command: BeginCommand,
  moment: Moment,
  fence: number,
): Promise<Decision<BeginVerdict>> {
  const known = await readDeploy(snapshot, command.environment, command.deployId);
  const mixedUp = known && contradiction(known, command);
  if (mixedUp) return only(mixedUp);
  const deploy = updated(known, command);
  const before = deploy.phases[command.phase];
  if (before?.state === 'done') return only({ kind: 'done', deploy, attempt: before });
  if (before?.state === 'rolled-back')
    return only(refusal('rolled-back', describeAttempt(before, moment), { attempt: before }));
  if (before && isLive(before, moment))
    return only(refusal('busy', describeAttempt(before, moment), { attempt: before, passes: true }));
  const held = command.phase === 'build' ? undefined : await readHold(snapshot, 'deploys');
  if (held) return only(refusal('held', describeHold(held)));
  const behind = missingPredecessor(deploy, command.phase, moment);
  if (behind) return only(behind);
  const artifactId = handedOn(deploy, command.phase) ?? command.artifactId ?? command.deployId;
  if (command.artifactId !== undefined && command.artifactId !== artifactId)
    return only(refusal('other-artifact', `the phases before made ${artifactId}`));
  if (command.phase === PROMOTE && command.unconfirmed !== undefined)
    return only(refusal('unknown-commit', command.unconfirmed));
  const attempt = granted(before, { ...command, artifactId }, fence, moment);
  const promoted =
    command.phase === PROMOTE
      ? await promotion(snapshot, { deploy, artifactId, fence }, command, moment)
      : NOTHING_ELSE;
  if (promoted.kind === 'refused') return only(promoted);
  const after = { ...deploy, phases: { ...deploy.phases, [command.phase]: attempt } };
  return {
    entries: [
      ...promoted.entries,
      phaseEntry(`phase-${grantTurn(before)}`, after, command.phase, attempt, {
        build: command.buildId,
        ...(command.overrides.length > 0 ? { overrides: [...command.overrides] } : {}),
      }),
    ],
    records: recordsOf([...promoted.overtaken, after], promoted.environment),
    subject: `${grantTurn(before)} ${command.phase} of ${command.deployId}`.slice(0, 200),
    verdict: { kind: 'begun', how: grantTurn(before), deploy: after, attempt, before },
  };
}

const NOTHING_ELSE: {
  readonly kind: 'granted';
  readonly entries: readonly [];
  readonly overtaken: readonly Deploy[];
  readonly environment: Environment | undefined;
} = { kind: 'granted', entries: [], overtaken: [], environment: undefined };

/** The same deploy id with another build or version is a mix-up, and nothing is done under it. */
function contradiction(known: Deploy, command: BeginCommand): Refused | undefined {
  if (known.buildId !== command.buildId) return refusal('other-build', `it is of build ${known.buildId}`);
  const { version = command.version } = known;
  if (command.version !== undefined && version !== command.version)
    return refusal('other-version', `it has version ${version}`);
  if (known.plan.join() !== command.plan.join())
    return refusal('other-plan', `it goes through ${known.plan.join(', ')}`);
  return undefined;
}

/** The deploy's record with what the caller knows of it. */
function updated(known: Deploy | undefined, command: BeginCommand): Deploy {
  const { environment, deployId, buildId, plan } = command;
  const version = known?.version ?? command.version ?? epochOfBuildId(buildId);
  const commit = fuller(known?.commit, command.commit);
  return {
    schemaVersion: 1,
    environment,
    deployId,
    buildId,
    ...(version === undefined ? {} : { version }),
    ...(commit === undefined ? {} : { commit }),
    plan: [...plan],
    phases: known?.phases ?? {},
    ...(known?.verified ? { verified: known.verified } : {}),
  };
}

/** A build id abbreviates its commit; git, asked before a promotion, knows it in full. Another one than is known changes nothing. */
const fuller = (known: string | undefined, found: string | undefined): string | undefined =>
  known === undefined || found?.startsWith(known) ? found : known;

function missingPredecessor(deploy: Deploy, phase: string, moment: Moment): Refused | undefined {
  const missing = phasesBefore(deploy.plan, phase)?.find((name) => deploy.phases[name]?.state !== 'done');
  if (missing === undefined) return undefined;
  const attempt = deploy.phases[missing];
  const state = attempt ? describeAttempt(attempt, moment) : 'not begun';
  return refusal('predecessor', `\`${missing}\` is not done: ${state}`);
}

/** The artifact of the phase before; undefined for the first one. */
function handedOn(deploy: Deploy, phase: string): string | undefined {
  const before = phasesBefore(deploy.plan, phase)?.at(-1);
  return deploy.phases[before ?? '']?.artifactId;
}
