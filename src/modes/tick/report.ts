import type { Transacted } from '../../ledger/transact.ts';
import type { CodedError } from '../../proof/errors.ts';
import { conclude, errorCheck, instant } from '../../proof/proof.ts';
import type { Check, Json, Outcome, Proof } from '../../proof/schema.ts';
import { dayOf } from '../../runner/day.ts';
import type { Halt } from '../../runner/entries.ts';
import { dollarsOf } from '../../runner/meter-money.ts';
import type { SettleVerdict, TickEnd } from '../../runner/tick-settle.ts';
import type { StartVerdict } from '../../runner/tick-start.ts';
import { notStartedBecause } from '../not-started.ts';
import { ledgerFields } from '../store.ts';
import { guardChecks, lostCheck } from './checks.ts';
import type { Started, TickContext } from './context.ts';
import type { TickInput } from './inputs.ts';
import type { Worked } from './work.ts';

/** The proof of a tick that did not run. */
export function concludeIdle(
  given: TickInput,
  context: TickContext,
  start: Transacted<StartVerdict>,
  verdict: Exclude<StartVerdict, Started>,
): Proof {
  const { ports, startedAtMs, ledger } = context;
  const halted = verdict.kind === 'halted' ? verdict : undefined;
  return conclude({
    mode: 'tick',
    startedAtMs,
    endedAtMs: ports.clock.now(),
    subject: subjectOf(given, context, start.at),
    checks: [...guardChecks(verdict), ...lostCheck(verdict)],
    result: resultOf({
      state: verdict.kind === 'halted' ? 'halted' : verdict.why,
      tick: halted?.tick,
      haltedBy: halted?.by,
      usdInMicros: 0,
      valueMicros: 0,
    }),
    outcome: halted === undefined ? 'skipped' : outcomeOfHalt(halted.by),
    ledger: ledgerFields(ledger, start),
  });
}

/** A flag that was read halts; one that could not be read decides nothing. */
const outcomeOfHalt = (by: Halt): Outcome => (by === 'guard-unreadable' ? 'inconclusive' : 'halted');

export interface WorkedTick {
  readonly start: Transacted<StartVerdict>;
  readonly verdict: Started;
  readonly worked: Worked;
  readonly end: TickEnd;
  /** What became of the books, or why they could not be written. */
  readonly settled: Transacted<SettleVerdict> | CodedError;
}

/** The proof of a tick whose command was started, or was about to be. */
export function concludeWorked(given: TickInput, context: TickContext, tick: WorkedTick): Proof {
  const { ports, startedAtMs, ledger } = context;
  const { start, verdict, end, settled } = tick;
  const isWritten = 'verdict' in settled && settled.verdict.kind === 'settled';
  // What can't be found in the books afterwards has not been proved, however the command ended.
  const outcome = isWritten || end.outcome === 'failed' ? (end.outcome as Outcome) : 'inconclusive';
  return conclude({
    mode: 'tick',
    startedAtMs,
    endedAtMs: ports.clock.now(),
    subject: subjectOf(given, context, start.at),
    checks: [
      ...guardChecks(verdict),
      ...lostCheck(verdict),
      commandCheck(tick),
      costCheck(tick),
      ...booksCheck(tick),
    ],
    result: resultOf({
      state: isWritten ? end.outcome : 'open',
      tick: verdict.open.tick,
      haltedBy: end.haltedBy,
      usdInMicros: end.usdInMicros,
      valueMicros: end.valueMicros,
      exitCode: end.exitCode,
      provenance: end.usdProvenance,
      containment: end.containment,
    }),
    outcome,
    ledger: ledgerFields(ledger, 'verdict' in settled ? settled : start),
  });
}

const subjectOf = (given: TickInput, { about }: TickContext, atMs: number): Proof['subject'] => ({
  runner: given.runner,
  day: dayOf(atMs),
  trigger: about.trigger,
  ...(about.slotMs === null ? {} : { slot: instant(about.slotMs) }),
});

interface Result {
  readonly state: string;
  readonly tick: number | undefined;
  readonly haltedBy: Halt | undefined;
  readonly usdInMicros: number;
  readonly valueMicros: number;
  readonly exitCode?: number | undefined;
  readonly provenance?: string;
  readonly containment?: string | undefined;
}

const resultOf = (result: Result): Readonly<Record<string, Json>> => ({
  state: result.state,
  ...(result.tick === undefined ? {} : { tick: result.tick }),
  'usd-in': dollarsOf(result.usdInMicros),
  ...(result.provenance === undefined ? {} : { 'usd-provenance': result.provenance }),
  'value-usd': dollarsOf(result.valueMicros),
  'halted-by': result.haltedBy ?? '',
  ...(result.exitCode === undefined ? {} : { 'exit-code': result.exitCode }),
  ...(result.containment === undefined ? {} : { containment: result.containment }),
});

function commandCheck({ worked: { end, stop }, end: { outcome, haltedBy } }: WorkedTick): Check {
  const base = { id: 'command', title: 'the command succeeds', expected: 'exit code 0' };
  const code = end === undefined ? 'it was not started' : `exit code ${end.code}`;
  if (haltedBy !== undefined && stop) {
    const observed = `${end === undefined ? 'not started' : `stopped (${code})`} by ${stop.by}: ${stop.because}`;
    const status = outcome === 'halted' ? 'warn' : outcome === 'failed' ? 'fail' : 'untestable';
    return { ...base, status, observed };
  }
  if (end?.notStarted !== undefined)
    return { ...base, status: 'fail', observed: notStartedBecause(end.notStarted) };
  return { ...base, status: outcome === 'passed' ? 'pass' : 'fail', observed: code };
}

/** What it cost is known, and fits into the day. */
function costCheck({ end, verdict: { leftMicros } }: WorkedTick): Check {
  const { usdInMicros, usdProvenance, degraded } = end;
  const isOver = usdInMicros > leftMicros;
  const isGuess = usdProvenance === 'reserved';
  const doubts = degraded.length > 0 ? ` (${degraded.join(', ')})` : '';
  return {
    id: 'cost',
    status: isOver || isGuess || degraded.length > 0 ? 'warn' : 'pass',
    title: 'the cost is known',
    expected: `reported, and at most the ${dollarsOf(leftMicros)} USD that were left of the day`,
    observed: `${dollarsOf(usdInMicros)} USD, ${usdProvenance}${doubts}`,
    ...(isOver ? { detail: 'It cost more than was left: nothing runs until the UTC day ends.' } : {}),
    ...(isGuess && !isOver
      ? { detail: 'What it cost is not known to its end, so the whole reservation was charged.' }
      : {}),
  };
}

function booksCheck({ settled, verdict: { open }, end }: WorkedTick): Check[] {
  if (!('verdict' in settled)) {
    return [
      {
        ...errorCheck(settled),
        status: 'untestable',
        detail: `Tick ${open.tick} ended (${end.outcome}), but that could not be written down. The next tick after ${open.leaseUntil} records it as lost and charges ${dollarsOf(open.reservedMicros)} USD.`,
      },
    ];
  }
  const base = {
    id: 'books',
    title: 'the tick is settled',
    expected: 'its reservation gives way to its cost',
  };
  const { verdict } = settled;
  if (verdict.kind === 'settled')
    return [{ ...base, status: 'pass', observed: `transaction ${settled.seq}` }];
  const observed =
    verdict.kind === 'too-late'
      ? `its lease was over, and another tick had recorded it as lost; ${dollarsOf(verdict.extraMicros)} USD were charged in addition`
      : 'somebody else settled it before';
  return [{ ...base, status: 'untestable', observed }];
}
