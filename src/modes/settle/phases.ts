import { deploySchema } from '../../deploy/records.ts';
import { decideFail, type SettleVerdict } from '../../deploy/settle-phase.ts';
import type { EntryBody } from '../../ledger/entry.ts';
import type { Snapshot } from '../../ledger/ledger.ts';
import type { Moment } from '../../ledger/moment.ts';
import type { Decision } from '../../ledger/transact.ts';
import type { Check, Json } from '../../proof/schema.ts';
import type { OpenClaim } from '../mode.ts';

export const isPhase = (path: string): boolean => path.startsWith('deploys/');

type Abandoned = Extract<
  SettleVerdict,
  { readonly deploy: unknown; readonly kind: 'settled' | 'beating' | 'already' }
>;

/** Ends the phases that a job left running, so that the next process need not wait until they are orphaned. */
export async function abandonPhases(
  snapshot: Snapshot,
  left: readonly OpenClaim[],
  actor: string,
  moment: Moment,
): Promise<Decision<readonly Abandoned[]>> {
  const entries: EntryBody[] = [];
  const records: Record<string, Json | null> = {};
  const verdict: Abandoned[] = [];
  for (const { path, fence } of left) {
    const { data: deploy } = deploySchema.safeParse(await snapshot.get(path));
    const [phase] =
      Object.entries(deploy?.phases ?? {}).find(([, at]) => at.fence === fence && at.state === 'running') ??
      [];
    if (!deploy || phase === undefined) continue;
    const { environment, deployId } = deploy;
    const grant = { environment, deployId, phase, fence, reason: 'job-ended' as const, actor };
    const decision = await decideFail(snapshot, grant, moment);
    entries.push(...decision.entries);
    Object.assign(records, decision.records);
    if (decision.verdict.kind === 'settled') verdict.push(decision.verdict);
  }
  return { entries, records, verdict };
}

export const abandonedPhaseCheck = ({ deploy, attempt }: Abandoned): Check => ({
  id: `settle:${deploy.environment}:${deploy.deployId}`,
  status: 'warn',
  title: `the job ended its phase of ${deploy.deployId}`,
  expected: `fence ${attempt.fence} done or failed`,
  observed: 'neither, when the job ended: the next process may begin the phase anew',
  detail: 'Run the same again. A job that still works on it can end it with its fence.',
});
