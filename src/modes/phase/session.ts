import type { Attempt, Failure } from '../../deploy/attempt.ts';
import { deployPath, environmentPath, ROLLBACK } from '../../deploy/records.ts';
import { decideRolledBack } from '../../deploy/rollback.ts';
import {
  decideDone,
  decideFail,
  decideHeartbeat,
  type GrantedPhase,
  type SettleVerdict,
} from '../../deploy/settle-phase.ts';
import type { Refused } from '../../deploy/verdict.ts';
import { holdPath } from '../../holds/hold.ts';
import type { Ledger, Snapshot } from '../../ledger/ledger.ts';
import type { Moment } from '../../ledger/moment.ts';
import { type Decision, type Transacted, type TransactOptions, transact } from '../../ledger/transact.ts';
import { moments } from '../claims/transaction.ts';
import type { Ports } from '../mode.ts';
import { type StoreInput, settlingOptions, transactOptions } from '../store.ts';

/** What a transaction about a deploy needs to know. */
export interface DeployContext {
  readonly ledger: Ledger;
  readonly ports: Ports;
  readonly given: StoreInput & { readonly 'max-skew': number; readonly timeout?: number | undefined };
  readonly startedAtMs: number;
}

/** One transaction about a deploy. */
export function transactDeploy<V>(
  { ledger, ports, given }: DeployContext,
  deploying: { readonly environment: string; readonly deployId?: string },
  decide: (snapshot: Snapshot, moment: Moment, fence: number) => Promise<Decision<V>>,
  options: Partial<TransactOptions> = {},
): Promise<Transacted<V>> {
  const { environment, deployId } = deploying;
  const likely = [
    holdPath('deploys'),
    environmentPath(environment),
    ...(deployId === undefined ? [] : [deployPath(environment, deployId)]),
  ];
  const momentOf = moments(given, ports);
  return transact(ledger, { ...transactOptions(given, ports), likely, ...options }, (snapshot, context) =>
    decide(snapshot, momentOf(context.now, context.oneClock), context.seq),
  );
}

const POLL_MS = { least: 250, most: 5_000 } as const;

/** Asks again, while what stands in the way passes by itself and there is time to wait. */
export async function waitFor<V extends { readonly kind: string }>(
  ask: () => Promise<Transacted<V | Refused>>,
  waitMs: (refused: Refused) => number,
  { clock, log, signal }: Ports,
): Promise<Transacted<V | Refused>> {
  const began = clock.monotonic();
  for (let pollMs: number = POLL_MS.least; ; pollMs = Math.min(pollMs * 1.5, POLL_MS.most)) {
    const answered = await ask();
    const { verdict } = answered;
    if (!isRefused(verdict) || verdict.passes !== true) return answered;
    const leftMs = waitMs(verdict) - (clock.monotonic() - began);
    if (leftMs <= 0) return answered;
    log.event({ waiting: verdict.why, for: verdict.told, left: `${Math.ceil(leftMs / 1_000)}s` });
    await clock.sleep(Math.min(pollMs, leftMs), signal);
  }
}

const isRefused = (verdict: { readonly kind: string }): verdict is Refused => verdict.kind === 'refused';

/** A phase that this process holds. */
export interface Session extends DeployContext {
  readonly grant: GrantedPhase;
  readonly attempt: Attempt;
}

export const beat = (
  session: Session,
  always: boolean,
  options: Pick<TransactOptions, 'signal' | 'deadlineMs'> = {},
): Promise<Transacted<SettleVerdict>> =>
  transactDeploy(
    session,
    session.grant,
    (snapshot, moment) => decideHeartbeat(snapshot, { ...session.grant, always }, moment),
    options,
  );

/** What was begun is written down to its end, even when the run is to end. */
const settling = ({ given, ports, startedAtMs }: Session): TransactOptions =>
  settlingOptions(given, ports, startedAtMs);

export const finish = (
  session: Session,
  artifactId: string | undefined,
): Promise<Transacted<SettleVerdict>> => {
  const { grant, ports } = session;
  const { actor } = ports.holder;
  return transactDeploy(
    session,
    grant,
    (snapshot, moment) =>
      grant.phase === ROLLBACK
        ? decideRolledBack(snapshot, { ...grant, actor }, moment)
        : decideDone(snapshot, { ...grant, artifactId, actor }, moment),
    settling(session),
  );
};

export const giveUp = (session: Session, reason: Failure): Promise<Transacted<SettleVerdict>> => {
  const { grant, ports } = session;
  return transactDeploy(
    session,
    grant,
    (snapshot, moment) => decideFail(snapshot, { ...grant, reason, actor: ports.holder.actor }, moment),
    settling(session),
  );
};
