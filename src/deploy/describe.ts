import { type Hold, holdSince, readHold } from '../holds/hold.ts';
import type { Snapshot } from '../ledger/ledger.ts';
import type { Moment } from '../ledger/moment.ts';
import { isLive } from './attempt.ts';
import {
  type Deploy,
  deployFolder,
  deploySchema,
  type Environment,
  PROMOTE,
  readEnvironment,
} from './records.ts';
import { describeAttempt } from './verdict.ts';

/** What the ledger holds of an environment's deploys. */
export interface DeployRecords {
  readonly environment: Environment | undefined;
  readonly deploys: readonly Deploy[];
  readonly hold: Hold | undefined;
  /** Paths of records that can't be understood. */
  readonly unreadable: readonly string[];
}

/** One deploy at a glance. */
export interface DeployGlance {
  readonly deploy: string;
  /**
   * `running`, `stale`, `failed`, `live`, `rolled-back`, `superseded`, `published`, `built`, `… done` after another phase, or
   * `begun`: the first that is true.
   */
  readonly state: string;
  /** The phase that the state is about, and who, since when. */
  readonly phase: string | undefined;
  readonly told: string | undefined;
}

/** What is live, as the pointer has it, whatever else its deploy is at now. */
export interface LiveGlance {
  readonly deploy: string;
  readonly build: string;
  readonly version: number;
  readonly artifact: string;
  /** How it became live, and who did that, when. */
  readonly by: 'promote' | 'rollback';
  readonly told: string;
  readonly verified: string | undefined;
}

export interface DeploysGlance {
  /** `held`, `stale`, `running`, `failed`, `ok` or `none`: the first that is true. */
  readonly state: 'held' | 'stale' | 'running' | 'failed' | 'ok' | 'none';
  readonly live: LiveGlance | undefined;
  readonly hold: string | undefined;
  /** The newest first. */
  readonly deploys: readonly DeployGlance[];
  readonly unreadable: readonly string[];
}

/** Reads all of an environment's deploys. Throws `hold-unreadable`, `environment-unreadable`. */
export async function readDeploys(snapshot: Snapshot, environment: string): Promise<DeployRecords> {
  const parsed = [...(await snapshot.list(deployFolder(environment)))].map(
    ([path, record]) => [path, deploySchema.safeParse(record)] as const,
  );
  return {
    environment: await readEnvironment(snapshot, environment),
    deploys: parsed.flatMap(([, { data }]) => (data ? [data] : [])),
    hold: await readHold(snapshot, 'deploys'),
    unreadable: parsed.flatMap(([path, { success }]) => (success ? [] : [path])),
  };
}

const SHOWN = 10;

/** What is built, published, live, stale and held, in the order in which one would ask. */
export function describeDeploys(records: DeployRecords, moment: Moment): DeploysGlance {
  const { environment, hold } = records;
  const newestFirst = [...records.deploys].sort((one, other) => newest(other) - newest(one));
  const deploys = newestFirst.map((deploy) => glance(deploy, environment, moment));
  const has = (state: string) => deploys.some((one) => one.state === state);
  const latest = deploys.find(({ state }) => state !== 'superseded');
  const state = hold
    ? 'held'
    : has('stale')
      ? 'stale'
      : has('running')
        ? 'running'
        : latest?.state === 'failed'
          ? 'failed'
          : deploys.length > 0
            ? 'ok'
            : 'none';
  return {
    state,
    live: liveGlance(records, moment),
    hold: hold && holdSince(hold),
    deploys: deploys.filter((one, at) => at < SHOWN || one.state === 'live' || one.state === 'stale'),
    unreadable: records.unreadable,
  };
}

const newest = ({ phases }: Deploy): number =>
  Math.max(0, ...Object.values(phases).map(({ fence }) => fence));

function liveGlance({ environment, deploys }: DeployRecords, moment: Moment): LiveGlance | undefined {
  if (!environment?.current) return undefined;
  const { deployId, buildId, version, artifactId, at, fence, how } = environment.current;
  const deploy = deploys.find((one) => one.deployId === deployId);
  const attempt = deploy?.phases[how];
  // A rollback to what is live already may be under way.
  const isOfThis = attempt?.fence === fence && attempt.state === 'done';
  return {
    deploy: deployId,
    build: buildId,
    version,
    artifact: artifactId,
    by: how,
    told: isOfThis ? describeAttempt(attempt, moment) : `done at ${at}, fence ${fence}`,
    verified: deploy?.verified && `${deploy.verified.outcome} at ${deploy.verified.at}`,
  };
}

function glance(deploy: Deploy, environment: Environment | undefined, moment: Moment): DeployGlance {
  const [state, phase] = stateOf(deploy, environment, moment);
  const attempt = phase === undefined ? undefined : deploy.phases[phase];
  return { deploy: deploy.deployId, state, phase, told: attempt && describeAttempt(attempt, moment) };
}

function stateOf(
  { deployId, phases, plan }: Deploy,
  environment: Environment | undefined,
  moment: Moment,
): readonly [state: string, phase: string | undefined] {
  const open = Object.entries(phases).find(([, { state }]) => state === 'running');
  if (open) return [isLive(open[1], moment) ? 'running' : 'stale', open[0]];
  // A promotion or rollback that ended half-way: nobody knows what is served until it is gone on with.
  const active = environment?.active?.deployId === deployId ? environment.active.phase : undefined;
  if (active !== undefined && phases[active]?.state === 'failed') return ['failed', active];
  const failing = plan.find((name) => phases[name]?.state === 'failed');
  if (environment?.current?.deployId === deployId)
    return failing === undefined ? ['live', environment.current.how] : ['failed', failing];
  if (phases[PROMOTE]?.state === 'rolled-back') return ['rolled-back', PROMOTE];
  if (phases[PROMOTE]?.state === 'done') return ['superseded', PROMOTE];
  if (failing !== undefined) return ['failed', failing];
  const last = plan.findLast((name) => phases[name]?.state === 'done');
  if (last === undefined) return ['begun', undefined];
  return [last === 'publish' ? 'published' : last === 'build' ? 'built' : `${last} done`, last];
}
