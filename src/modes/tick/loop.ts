import { CodedError } from '../../proof/errors.ts';
import { EXIT_CODES } from '../../proof/outcome.ts';
import { conclude, concludeError, instant } from '../../proof/proof.ts';
import type { Check, Outcome, Proof } from '../../proof/schema.ts';
import { summaryLine } from '../../report/summary.ts';
import type { Slots } from '../../runner/slot.ts';
import type { Ports } from '../mode.ts';

/** Clocks are set, and machines sleep: after at most this long the time is looked at again. */
const NAP_MS = 60_000;

/** One tick for a slot. `ledgerId` is that of the ledger that the ticks before were written to. */
export type RunSlot = (slotMs: number, ledgerId: string | undefined) => Promise<Proof>;

/**
 * A tick at every slot until somebody stops it, whatever becomes of the single ones. It begins with the slot that it is
 * now, in case nobody has run that; what is late or long costs slots, and never shifts them. Only what is wrong with the
 * inputs ends it, since that would be wrong for ever.
 */
export async function superviseTicks(slots: Slots, runSlot: RunSlot, ports: Ports): Promise<Proof> {
  const startedAtMs = ports.clock.now();
  const outcomes = new Map<Outcome, number>();
  let ledgerId: string | undefined;
  for (let last: number | undefined; ; ) {
    const slotMs = await nextSlot(slots, last, ports);
    if (slotMs === undefined) break;
    last = slotMs;
    const tickStartedAtMs = ports.clock.now();
    const proof = await runSlot(slotMs, ledgerId).catch((error: unknown) => {
      // Whatever went wrong in one tick: the next one may go well.
      if (!(error instanceof CodedError))
        ports.log.event({ error: 'internal', stack: String((error as Error).stack) });
      return concludeError(error, {
        mode: 'tick',
        startedAtMs: tickStartedAtMs,
        endedAtMs: ports.clock.now(),
      });
    });
    ledgerId ??= proof.ledger?.id;
    tell(proof, slotMs, ports);
    outcomes.set(proof.outcome, (outcomes.get(proof.outcome) ?? 0) + 1);
    if (proof.outcome === 'invalid') return proof;
  }
  return conclude({
    mode: 'tick',
    startedAtMs,
    endedAtMs: ports.clock.now(),
    checks: [loopCheck(outcomes)],
    result: { state: 'stopped' },
  });
}

/** Waits for the first slot after `last`, or returns the one that it is now; undefined when the run is to end. */
async function nextSlot(
  slots: Slots,
  last: number | undefined,
  { clock, signal }: Ports,
): Promise<number | undefined> {
  for (;;) {
    if (signal.aborted) return undefined;
    const now = clock.now();
    const current = slots.current(now);
    if (current !== null && (last === undefined || current > last)) return current;
    const waitMs = Math.min(NAP_MS, Math.max(1, (slots.next(now) ?? Number.POSITIVE_INFINITY) - now));
    await clock.sleep(waitMs, signal).catch(() => {}); // Aborted: the loop ends.
  }
}

/** One line for each tick, as a run of its own would end in. */
function tell(proof: Proof, slotMs: number, { log }: Ports): void {
  for (const { id, status, observed, detail } of proof.checks)
    if (status !== 'pass') log.event({ check: id, status, observed, advice: detail });
  const { tick, 'usd-in': usdIn, 'value-usd': valueUsd, 'halted-by': haltedBy } = proof.result;
  log.event({
    slot: instant(slotMs),
    tick: typeof tick === 'number' ? tick : undefined,
    outcome: proof.outcome,
    exit: EXIT_CODES[proof.outcome],
    'usd-in': textOf(usdIn),
    'value-usd': textOf(valueUsd),
    'halted-by': textOf(haltedBy) || undefined,
    summary: summaryLine(proof),
  });
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function loopCheck(outcomes: ReadonlyMap<Outcome, number>): Check {
  const told = [...outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(', ');
  return {
    id: 'loop',
    status: 'pass',
    title: 'a tick at every slot, until it was stopped',
    expected: 'each tick with an outcome',
    observed: told || 'stopped before the first tick',
  };
}
