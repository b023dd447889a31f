import { deployPath } from '../../deploy/records.ts';
import {
  decideDone,
  decideFail,
  decideHeartbeat,
  type GrantedPhase,
  type SettleVerdict,
} from '../../deploy/settle-phase.ts';
import { describeHold } from '../../holds/hold.ts';
import type { Transacted } from '../../ledger/transact.ts';
import { invalid } from '../../proof/errors.ts';
import type { Check, Outcome } from '../../proof/schema.ts';
import { type About, heldMeanwhile, passedCheck, refusedCheck, skippedCheck } from './report.ts';
import { type DeployContext, transactDeploy } from './session.ts';

/** The turns of a phase whose work is done by steps of the workflow's own. */
export type LaterTurn = 'heartbeat' | 'done' | 'failed';

export interface Turned {
  readonly last: Transacted<SettleVerdict>;
  readonly checks: readonly Check[];
  readonly outcome: Outcome | undefined;
  readonly state: string;
}

/** The grant that a later turn is of; nobody but its holder knows the fence. Throws `input-missing`. */
export function grantOf(
  asked: Omit<GrantedPhase, 'fence'>,
  fence: number | undefined,
  turn: LaterTurn,
): GrantedPhase {
  if (fence !== undefined) {
    const { environment, deployId, phase } = asked;
    return { environment, deployId, phase, fence };
  }
  throw invalid(
    'input-missing',
    `input \`fence\` is needed for \`state: ${turn}\`: it is an output of \`state: begin\``,
  );
}

/** Takes a later turn in one transaction. */
export async function takeTurn(
  context: DeployContext,
  grant: GrantedPhase,
  turn: LaterTurn,
  artifactId: string | undefined,
  about: About,
): Promise<Turned> {
  const { ports } = context;
  const { actor } = ports.holder;
  const last = await transactDeploy(context, grant, (snapshot, moment) => {
    if (turn === 'heartbeat') return decideHeartbeat(snapshot, { ...grant, always: true }, moment);
    if (turn === 'done') return decideDone(snapshot, { ...grant, artifactId, actor }, moment);
    return decideFail(snapshot, { ...grant, reason: 'by-hand', actor }, moment);
  });
  const { verdict } = last;
  if (verdict.kind === 'refused')
    return { last, checks: [refusedCheck(about, verdict)], outcome: 'refused', state: verdict.why };
  const { attempt } = verdict;
  ports.log.event({ state: attempt.state, fence: attempt.fence, artifact: attempt.artifactId });
  if (verdict.kind === 'held') {
    const refused = { kind: 'refused', why: 'held', told: describeHold(verdict.hold) } as const;
    return { last, checks: [refusedCheck(about, refused)], outcome: 'refused', state: 'held' };
  }
  if (verdict.kind === 'already')
    return {
      last,
      checks: [skippedCheck(about, `${attempt.state} already`)],
      outcome: 'skipped',
      state: attempt.state,
    };
  if (attempt.state !== 'running') ports.remember([]);
  else ports.remember([{ path: deployPath(grant.environment, grant.deployId), fence: grant.fence }]);
  const held = verdict.hold ? [heldMeanwhile(describeHold(verdict.hold))] : [];
  return {
    last,
    checks: [passedCheck(about, `${attempt.state}, fence ${attempt.fence}`), ...held],
    outcome: undefined,
    state: attempt.state,
  };
}
