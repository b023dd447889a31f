import type { EntryBody } from '../ledger/entry.ts';
import type { Moment } from '../ledger/moment.ts';
import type { Decision } from '../ledger/transact.ts';
import type { Json } from '../proof/schema.ts';
import { type Attempt, isLive, staleAtMs } from './attempt.ts';
import { type Deploy, deployPath, type Environment, environmentPath, type Promotion } from './records.ts';

/** Why something was not begun, or not written down. */
export type Refusal =
  | 'busy'
  | 'predecessor'
  | 'held'
  | 'other-build'
  | 'other-version'
  | 'other-plan'
  | 'other-artifact'
  | 'unknown-commit'
  | 'no-version'
  | 'version-ahead'
  | 'overtaken'
  | 'rolled-back'
  | 'behind'
  | 'proof'
  | 'stale-fence'
  | 'not-begun'
  | 'ended'
  | 'needs-confirmation'
  | 'nothing-before'
  | 'never-live'
  | 'not-before'
  | 'not-live';

export interface Refused {
  readonly kind: 'refused';
  readonly why: Refusal;
  /** The facts in a line: who, since when, which. */
  readonly told: string;
  /** What stands in the way passes by itself: a live holder, or a promotion that is under way. */
  readonly passes?: true;
  /** The phase that stands in the way, or is asked about, where there is one. */
  readonly attempt?: Attempt;
  /** Of a rollback that is not confirmed: what would be current again. */
  readonly target?: Pick<Promotion, 'version' | 'artifactId' | 'deployId'>;
}

export const refusal = (
  why: Refusal,
  told: string,
  more: Omit<Partial<Refused>, 'kind' | 'why' | 'told'> = {},
): Refused => ({
  kind: 'refused',
  why,
  told,
  ...more,
});

/** A phase or a rollback was granted. */
export interface Begun {
  readonly kind: 'begun';
  readonly how: 'started' | 'restarted' | 'taken-over';
  readonly deploy: Deploy;
  readonly attempt: Attempt;
  /** The attempt that it takes over from, or begins anew. */
  readonly before: Attempt | undefined;
}

/** A decision that changes nothing. */
export const only = <V>(verdict: V): Decision<V> => ({ entries: [], verdict });

/** The records of a change, by their paths. */
export function recordsOf(
  deploys: readonly Deploy[],
  environment?: Environment,
): Readonly<Record<string, Json>> {
  const records = deploys.map((deploy) => [deployPath(deploy.environment, deploy.deployId), deploy as Json]);
  const pointer = environment ? [[environmentPath(environment.environment), environment as Json]] : [];
  return Object.fromEntries([...records, ...pointer]) as Record<string, Json>;
}

export type DeployEntryKind =
  | 'phase-started'
  | 'phase-restarted'
  | 'phase-taken-over'
  | 'phase-heartbeat'
  | 'phase-done'
  | 'phase-failed'
  | 'rollback-started'
  | 'rollback-taken-over'
  | 'rolled-back'
  | 'rollback-failed'
  | 'deploy-verified';

/** A line of the history about a phase: names, enums and numbers. */
export function phaseEntry(
  kind: DeployEntryKind,
  deploy: Deploy,
  phase: string,
  attempt: Attempt,
  more: Readonly<Record<string, Json>> = {},
): EntryBody {
  const { reason, fence, artifactId } = attempt;
  return {
    kind,
    environment: deploy.environment,
    deploy: deploy.deployId,
    phase,
    fence,
    artifact: artifactId,
    ...(deploy.version === undefined ? {} : { version: deploy.version }),
    ...(deploy.commit === undefined ? {} : { commit: deploy.commit }),
    ...(reason === undefined ? {} : { reason }),
    ...more,
  };
}

/** Who is, or was, on a phase: `running since …, 312 s left, by github:octocat in https://…, fence 7`. */
export function describeAttempt(attempt: Attempt, moment: Moment): string {
  const { holder, fence, state, reason, turns } = attempt;
  const by = [holder.actor, holder.run?.url ?? holder.run?.id]
    .filter((part) => part !== undefined)
    .join(' in ');
  // Heartbeats are no turns: the newest one of a phase that runs is its grant.
  const at = turns.at(-1)?.at ?? attempt.heartbeatAt;
  const leftS = Math.ceil((staleAtMs(attempt) - moment.nowMs) / 1_000);
  const times: Record<Attempt['state'], string> = {
    running: isLive(attempt, moment)
      ? `running since ${at}, last heartbeat ${attempt.heartbeatAt}, ${Math.max(0, leftS)} s left`
      : `orphaned: running since ${at}, no heartbeat since ${attempt.heartbeatAt}`,
    done: `done at ${at}`,
    failed: `failed at ${at} (${reason ?? 'command-failed'})`,
    'rolled-back': `rolled back at ${at}`,
  };
  return `${times[state]}, by ${by}, fence ${fence}`;
}
