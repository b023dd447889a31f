import type { Transacted } from '../../ledger/transact.ts';
import { conclude } from '../../proof/proof.ts';
import type { Check, Json, Outcome, Proof } from '../../proof/schema.ts';
import { ledgerFields } from '../store.ts';
import { deploymentState, type Mirror } from './mirror.ts';
import type { DeployContext } from './session.ts';
import { type Deploying, type Verification, type Verified, verifyDeploy } from './verify.ts';

/** What came of a phase or a rollback itself, before anything is verified. */
export interface Came {
  readonly checks: readonly Check[];
  readonly outcome: Outcome | undefined;
  readonly result: Readonly<Record<string, Json>>;
  readonly last: Pick<Transacted<unknown>, 'version' | 'entries' | 'ledgerId'>;
  /** It is done, now or before. */
  readonly isDone: boolean;
  /** The deploy as it is on record, where a later turn may have named it by its id alone. */
  readonly deploy?: Deploying | undefined;
  /** Where others look at it. */
  readonly mirror?: Mirror | undefined;
}

interface About {
  readonly mode: 'phase' | 'rollback';
  readonly subject: Proof['subject'];
  /** What should be live now; undefined where nothing is. */
  readonly deploying: Deploying | undefined;
  readonly verification: Verification;
  readonly overrides?: readonly string[];
}

/** Looks whether what is done is live, where that was asked for, and tells both as one: what is not live is not deployed. */
export async function concludeDeploy(context: DeployContext, came: Came, about: About): Promise<Proof> {
  const { ledger, ports, startedAtMs } = context;
  const { mode, subject, overrides = [] } = about;
  const verified = await verifyIfDone(context, came, about);
  const isLive = verified === undefined || verified.outcome === 'passed';
  const outcome = isLive ? came.outcome : verified.outcome;
  await came.mirror?.end(deploymentState(came.isDone, outcome));
  return conclude({
    mode,
    startedAtMs,
    endedAtMs: ports.clock.now(),
    subject,
    checks: [...came.checks, ...(verified?.checks ?? [])],
    result: { ...came.result, ...(verified ? { verified: verified.outcome } : {}) },
    overrides,
    ledger: ledgerFields(ledger, verified?.last ?? came.last),
    ...(outcome ? { outcome } : {}),
  });
}

async function verifyIfDone(
  context: DeployContext,
  { isDone, mirror }: Came,
  { deploying, verification }: About,
): Promise<Verified | undefined> {
  if (!verification || !deploying || !isDone || context.ports.signal.aborted) return undefined;
  try {
    return await verifyDeploy(context, deploying, verification);
  } catch (error) {
    // Nobody else would ever say there that it is no longer under way.
    await mirror?.end('error');
    throw error;
  }
}
