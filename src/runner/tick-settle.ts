import type { EntryBody } from '../ledger/entry.ts';
import type { Moment } from '../ledger/moment.ts';
import type { Decision } from '../ledger/transact.ts';
import { instant } from '../proof/proof.ts';
import type { Json } from '../proof/schema.ts';
import { breakerAfter } from './breaker.ts';
import type { TickEnded } from './entries.ts';
import { identityOf } from './lost.ts';
import { charged, type RunnerState, runnerPath } from './tick-state.ts';

/** What a tick knows of its own end. */
export type TickEnd = Pick<
  TickEnded,
  | 'outcome'
  | 'haltedBy'
  | 'usdInMicros'
  | 'usdProvenance'
  | 'valueMicros'
  | 'valueProvenance'
  | 'units'
  | 'exitCode'
  | 'logDigest'
  | 'containment'
  | 'degraded'
  | 'notes'
  | 'failure'
>;

export type SettleVerdict =
  | { readonly kind: 'settled'; readonly ended: TickEnded }
  /** It was taken for dead; what it cost beyond what it was charged then is in the books now. */
  | { readonly kind: 'too-late'; readonly extraMicros: number }
  /** Somebody settled it already: the post step, or this very process, whose answer was lost. */
  | { readonly kind: 'already' };

/**
 * Closes an open tick: its reservation gives way to what it cost, on the day of the reservation. One that was taken for
 * dead meanwhile can't be closed any more, but its money still counts.
 */
export function decideSettle(
  state: RunnerState,
  fence: number,
  end: TickEnd,
  moment: Moment,
): Decision<SettleVerdict> {
  const { open } = state;
  if (open?.fence !== fence) return settleLate(state, fence, end.usdInMicros);
  const ended = {
    kind: 'tick-ended' as const,
    ...identityOf(open),
    fence,
    startedAt: open.startedAt,
    endedAt: instant(moment.writtenMs),
    ...stated(end),
  } as TickEnded;
  return {
    entries: [ended as unknown as EntryBody],
    records: records({
      ...state,
      open: null,
      days: charged(state.days, open.day, end.usdInMicros),
      breaker: breakerAfter(state.breaker, end),
    }),
    subject: `end tick ${open.tick} of ${state.runner}: ${end.outcome}`,
    verdict: { kind: 'settled', ended },
  };
}

function settleLate(state: RunnerState, fence: number, usdInMicros: number): Decision<SettleVerdict> {
  const lost = state.lost.find((one) => one.fence === fence);
  if (!lost) return { entries: [], verdict: { kind: 'already' } };
  const extraMicros = Math.max(0, usdInMicros - lost.chargedMicros);
  const verdict = { kind: 'too-late' as const, extraMicros };
  if (extraMicros === 0) return { entries: [], verdict };
  const { tick, day } = lost;
  return {
    entries: [{ kind: 'tick-corrected', runner: state.runner, tick, fence, day, usdInMicros: extraMicros }],
    records: records({
      ...state,
      days: charged(state.days, day, extraMicros),
      lost: state.lost.map((one) => (one === lost ? { ...one, chargedMicros: usdInMicros } : one)),
    }),
    subject: `correct tick ${tick} of ${state.runner}`,
    verdict,
  };
}

/**
 * A tick that has spent more than it reserved takes more of what is left of the day, so that its death would not hide
 * it. The verdict is what is reserved now; without a change where it is not open, or nothing is left.
 */
export function decideRaise(state: RunnerState, fence: number, wantedMicros: number): Decision<number> {
  const { open } = state;
  if (open?.fence !== fence) return { entries: [], verdict: 0 };
  const leftMicros = Math.max(0, open.capMicros - (state.days[open.day] ?? 0));
  const reservedMicros = Math.min(wantedMicros, leftMicros);
  if (reservedMicros <= open.reservedMicros) return { entries: [], verdict: open.reservedMicros };
  const { runner, tick, day } = open;
  return {
    entries: [{ kind: 'reservation-raised', runner, tick, fence, day, reservedMicros }],
    records: records({ ...state, open: { ...open, reservedMicros } }),
    subject: `raise reservation of tick ${tick} of ${runner}`,
    verdict: reservedMicros,
  };
}

/** The end of a tick whose process was killed before it could write one: the job's last step knows that much. */
export const endOfAbandoned = (reservedMicros: number): TickEnd => ({
  outcome: 'inconclusive',
  haltedBy: 'interrupted',
  usdInMicros: reservedMicros,
  usdProvenance: 'reserved',
  valueMicros: 0,
  valueProvenance: 'reserved',
  units: 0,
  degraded: [],
});

const records = (state: RunnerState) => ({ [runnerPath(state.runner)]: state as unknown as Json });

/** Only what is known stands in an entry. */
const stated = (end: TickEnd) =>
  Object.fromEntries(Object.entries(end).filter(([, value]) => value !== undefined));
