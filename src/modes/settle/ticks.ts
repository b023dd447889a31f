import type { EntryBody } from '../../ledger/entry.ts';
import type { Snapshot } from '../../ledger/ledger.ts';
import type { Moment } from '../../ledger/moment.ts';
import type { Decision } from '../../ledger/transact.ts';
import type { Check, Json } from '../../proof/schema.ts';
import type { TickEnded } from '../../runner/entries.ts';
import { dollarsOf } from '../../runner/meter-money.ts';
import { decideSettle, endOfAbandoned } from '../../runner/tick-settle.ts';
import { RUNNERS, readRunner } from '../../runner/tick-state.ts';
import type { OpenClaim } from '../mode.ts';

/** Settles the ticks that a killed step left open: what they cost nobody knows, so they are charged what they reserved. */
export async function abandonTicks(
  snapshot: Snapshot,
  ticks: readonly OpenClaim[],
  moment: Moment,
): Promise<Decision<readonly TickEnded[]>> {
  const ended: TickEnded[] = [];
  const entries: EntryBody[] = [];
  const records: Record<string, Json | null> = {};
  let subject: string | undefined;
  for (const { path, fence } of ticks) {
    const state = await readRunner(snapshot, path.slice(RUNNERS.length));
    const { open } = state;
    if (open?.fence !== fence) continue;
    const decision = decideSettle(state, fence, endOfAbandoned(open.reservedMicros), moment);
    entries.push(...decision.entries);
    Object.assign(records, decision.records);
    subject ??= decision.subject;
    if (decision.verdict.kind === 'settled') ended.push(decision.verdict.ended);
  }
  return { entries, records, ...(subject === undefined ? {} : { subject }), verdict: ended };
}

export const abandonedCheck = ({ runner, tick, usdInMicros }: TickEnded): Check => ({
  id: `settle:${runner}:${tick}`,
  status: 'warn',
  title: `tick ${tick} of ${runner} settled itself`,
  expected: 'its end in the ledger',
  observed: `its process was killed; ${dollarsOf(usdInMicros)} USD, all that it had reserved, were charged`,
});
