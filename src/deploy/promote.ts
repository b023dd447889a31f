import type { EntryBody } from '../ledger/entry.ts';
import type { Snapshot } from '../ledger/ledger.ts';
import type { Moment } from '../ledger/moment.ts';
import { instant } from '../proof/proof.ts';
import { failed, type Holder, isLive } from './attempt.ts';
import { readProofRecord } from './proof-record.ts';
import {
  type Deploy,
  type Environment,
  newEnvironment,
  PROMOTE,
  readDeploy,
  readEnvironment,
} from './records.ts';
import { disbelief, disbeliefOfSigned, type Evidence, type ProofDemand } from './require-proof.ts';
import { describeAttempt, phaseEntry, type Refused, refusal } from './verdict.ts';

/** What a promotion asks for besides what every phase does. */
export interface PromoteDemand {
  readonly holder: Holder;
  /** The proof that has to be there; undefined asks for none. */
  readonly proof:
    | (Pick<ProofDemand, 'repository' | 'urls' | 'waivers'> & {
        /** Where it has to be signed: what came of verifying the signed file. */
        readonly signed?: Evidence | undefined;
      })
    | undefined;
}

/** What else changes when a promotion is granted. */
export interface PromotionGranted {
  readonly kind: 'granted';
  readonly entries: readonly EntryBody[];
  /** Deploys whose own promotion or rollback ends by this. */
  readonly overtaken: readonly Deploy[];
  readonly environment: Environment;
}

interface Candidate {
  readonly deploy: Deploy;
  readonly artifactId: string;
  readonly fence: number;
}

/** Versions are epoch seconds by default: one that lies further ahead would shut out all that come after. */
const AHEAD_MS = 600_000;

/**
 * The guards of the pointer: the version is greater than any before, nobody else is promoting or rolling back, and the proof
 * that is asked for is there. Whether the deploy's own promotion is still live is asked before.
 */
export async function promotion(
  snapshot: Snapshot,
  candidate: Candidate,
  demand: PromoteDemand,
  moment: Moment,
): Promise<PromotionGranted | Refused> {
  const { deploy, fence } = candidate;
  const { version } = deploy;
  if (version === undefined) return refusal('no-version', 'its version is not known');
  if (version * 1_000 > moment.nowMs + AHEAD_MS)
    return refusal('version-ahead', `version ${version} is later than ${instant(moment.nowMs + AHEAD_MS)}`);
  const environment =
    (await readEnvironment(snapshot, deploy.environment)) ?? newEnvironment(deploy.environment);
  const low = tooLow(deploy, version, environment);
  if (low) return low;
  const standing = await standingAttempt(snapshot, environment);
  if (standing && isLive(standing.attempt, moment))
    return refusal(
      'behind',
      `${standing.phase} of ${standing.deploy.deployId} (version ${standing.deploy.version}) is ${describeAttempt(standing.attempt, moment)}`,
      { attempt: standing.attempt, passes: true },
    );
  const unproved = await unbelievable(snapshot, candidate, demand, moment);
  if (unproved) return unproved;
  const isOther = standing && standing.deploy.deployId !== deploy.deployId;
  const overtaken = isOther ? overtake(standing, demand.holder.actor, moment) : undefined;
  return {
    kind: 'granted',
    entries: overtaken ? [overtaken.entry] : [],
    overtaken: overtaken ? [overtaken.deploy] : [],
    environment: {
      ...environment,
      highest: { version, deployId: deploy.deployId },
      active: { deployId: deploy.deployId, phase: PROMOTE, fence, version },
    },
  };
}

/** Versions only grow. A deploy whose own promotion is half-way is gone on with, until a rollback begins to go back from it. */
function tooLow(deploy: Deploy, version: number, environment: Environment): Refused | undefined {
  const { floor, highest, current } = environment;
  if (version > floor && version > (highest?.version ?? -1)) return undefined;
  const now = current ? `; current is ${current.deployId} (version ${current.version})` : '';
  if (highest?.deployId === deploy.deployId)
    return version > floor
      ? undefined
      : refusal('rolled-back', `version ${version} was rolled back from${now}`);
  const by = highest ? `${highest.deployId} (version ${highest.version})` : 'another deploy';
  return refusal(
    'overtaken',
    `version ${version} is not greater than the highest ever promoted: overtaken by ${by}${now}`,
  );
}

async function unbelievable(
  snapshot: Snapshot,
  { deploy, artifactId }: Candidate,
  { proof }: PromoteDemand,
  moment: Moment,
): Promise<Refused | undefined> {
  if (!proof) return undefined;
  const { environment, buildId, commit } = deploy;
  const record = await readProofRecord(snapshot, environment, buildId);
  const wanted: ProofDemand = { ...proof, environment, buildId, artifactId, commit };
  const unsigned = () =>
    record && proof.signed && disbeliefOfSigned(proof.signed, record, snapshot.ledgerId, wanted, moment);
  const doubt = disbelief(record, wanted, moment) ?? unsigned();
  return doubt && refusal('proof', `${doubt.field}: wanted ${doubt.wanted}, found ${doubt.found}`);
}

/** The promotion or rollback that is not done, where it really is not. */
export async function standingAttempt(
  snapshot: Snapshot,
  { environment, active }: Environment,
): Promise<Standing | undefined> {
  if (!active) return undefined;
  const deploy = await readDeploy(snapshot, environment, active.deployId);
  const attempt = deploy?.phases[active.phase];
  return attempt && { deploy, phase: active.phase, attempt };
}

export interface Standing {
  readonly deploy: Deploy;
  readonly phase: 'promote' | 'rollback';
  readonly attempt: Deploy['phases'][string];
}

/** Ends what stands half-way, so that its holder learns of it at its next heartbeat. Undefined where it has ended already. */
export function overtake(
  { deploy, phase, attempt }: Standing,
  actor: string,
  moment: Moment,
): { readonly deploy: Deploy; readonly entry: EntryBody } | undefined {
  if (attempt.state !== 'running') return undefined;
  const ended = failed(attempt, 'overtaken', moment, actor);
  const after = { ...deploy, phases: { ...deploy.phases, [phase]: ended } };
  const kind = phase === PROMOTE ? 'phase-failed' : 'rollback-failed';
  return { deploy: after, entry: phaseEntry(kind, after, phase, ended) };
}
