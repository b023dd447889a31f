import { holdSince, readHold } from '../holds/hold.ts';
import type { EntryBody } from '../ledger/entry.ts';
import type { Snapshot } from '../ledger/ledger.ts';
import type { Moment } from '../ledger/moment.ts';
import type { Decision } from '../ledger/transact.ts';
import { CodedError } from '../proof/errors.ts';
import { instant } from '../proof/proof.ts';
import type { Json } from '../proof/schema.ts';
import { breakerAfter, isTripped } from './breaker.ts';
import { type Budget, budgetOf, fitsUnder, leftMicros } from './cap.ts';
import { dayOf } from './day.ts';
import type { Halt, TickEnded, Trigger } from './entries.ts';
import { type Guard, haltOf, stopping } from './guard.ts';
import { endOfLost, identityOf, isLost } from './lost.ts';
import { charged, type OpenTick, type RunnerState, readRunner, runnerPath } from './tick-state.ts';

/** What is asked: may this tick run now? */
export interface StartCommand {
  readonly runner: string;
  readonly trigger: Trigger;
  readonly event?: string | undefined;
  readonly attempt: number;
  /** Digest of the runner's config. */
  readonly config: string;
  readonly label?: string | undefined;
  /** The slot that it is for, ISO; null where there are none. */
  readonly slot: string | null;
  readonly capMicros: number;
  readonly estimateMicros: number;
  /** From start to when nothing of it can be running any more. */
  readonly leaseMs: number;
  /** How many equal failures in a row stop the runner. */
  readonly breakerTicks: number;
  /** What the kill flags of this host said. */
  readonly hostGuards: readonly Guard[];
}

/** What was ruled. `guards` are all the kill flags that were read, in their order. */
export type StartVerdict = {
  readonly guards: readonly Guard[];
  readonly budget: Budget;
  /** A dead tick that was found and written down. */
  readonly lost: TickEnded | undefined;
} & (
  | { readonly kind: 'started'; readonly open: OpenTick; readonly leftMicros: number }
  | { readonly kind: 'halted'; readonly by: Halt; readonly tick: number; readonly failures?: number }
  | { readonly kind: 'skipped'; readonly why: 'overlap'; readonly open: OpenTick }
  | { readonly kind: 'skipped'; readonly why: 'slot-done'; readonly slot: string }
);

/**
 * Rules on a tick before any work, and reserves its money in the same transaction: kill flags, breaker, spend cap,
 * overlap, slot, in this order. A dead tick that is found on the way is written down whatever the ruling is.
 */
export async function decideStart(
  snapshot: Snapshot,
  command: StartCommand,
  fence: number,
  moment: Moment,
): Promise<Decision<StartVerdict>> {
  const before = await readRunner(snapshot, command.runner);
  const { state, lost } = buryLost(before, moment);
  const guards = [...command.hostGuards, await readFlag(snapshot)];
  const day = dayOf(moment.writtenMs);
  const budget = budgetOf(state, day, command);
  const known = { guards, budget, lost };
  const burial = lost === undefined ? [] : [lost as unknown as EntryBody];
  const conclude = (
    entries: readonly EntryBody[],
    after: RunnerState,
    subject: string,
    verdict: StartVerdict,
  ): Decision<StartVerdict> =>
    burial.length + entries.length === 0
      ? { entries: [], verdict }
      : {
          entries: [...burial, ...entries],
          records: { [runnerPath(command.runner)]: after as unknown as Json },
          subject: `${subject} ${command.runner}`,
          verdict,
        };

  const tick = state.ticks + 1;
  const { runner, trigger, event, attempt, config, label, slot } = command;
  const identity = identityOf({ runner, tick, day, slot, trigger, event, attempt, config, label });
  const halt = haltFor(command, guards, state, budget);
  if (halt) {
    const entry: EntryBody = { kind: 'tick-halted', ...identity, haltedBy: halt };
    const failures = halt === 'breaker' ? { failures: state.breaker?.count ?? 0 } : {};
    const verdict = { ...known, kind: 'halted' as const, by: halt, tick, ...failures };
    return conclude([entry], { ...state, ticks: tick }, `halt tick ${tick} of`, verdict);
  }
  const { open } = state;
  // One that is still open was not buried: there is nothing to write.
  if (open) return { entries: [], verdict: { ...known, kind: 'skipped', why: 'overlap', open } };
  // As texts, times are in their order, and none at all is before them.
  if (trigger === 'schedule' && slot !== null && slot <= (state.slot ?? ''))
    return conclude([], state, 'bury lost tick of', { ...known, kind: 'skipped', why: 'slot-done', slot });

  const started: OpenTick = {
    ...identity,
    fence,
    reservedMicros: command.estimateMicros,
    capMicros: command.capMicros,
    leaseUntil: instant(moment.writtenMs + command.leaseMs),
    startedAt: instant(moment.writtenMs),
    clock: moment.clock,
  };
  const { startedAt: _, clock: __, ...said } = started;
  return conclude(
    [{ kind: 'tick-started', ...said } as EntryBody],
    {
      ...state,
      ticks: tick,
      open: started,
      slot: trigger === 'schedule' ? (slot ?? state.slot) : state.slot,
    },
    `start tick ${tick} of`,
    { ...known, kind: 'started', open: started, leftMicros: leftMicros(budget) },
  );
}

/** What keeps the tick from running: a kill flag, the breaker, the cap. */
function haltFor(
  { breakerTicks }: StartCommand,
  guards: readonly Guard[],
  { breaker }: RunnerState,
  budget: Budget,
): Halt | undefined {
  const guard = stopping(guards);
  if (guard) return haltOf(guard);
  if (isTripped(breaker, breakerTicks)) return 'breaker';
  return fitsUnder(budget) ? undefined : 'spend-cap';
}

/** The state without a tick whose time is over: it is charged what it had reserved, on the day that it had reserved it. */
function buryLost(
  state: RunnerState,
  moment: Moment,
): { readonly state: RunnerState; readonly lost: TickEnded | undefined } {
  const { open } = state;
  if (open === null || !isLost(open, moment)) return { state, lost: undefined };
  const lost = endOfLost(open, moment);
  const { tick, fence, day, usdInMicros: chargedMicros } = lost;
  return {
    lost,
    state: {
      ...state,
      open: null,
      days: charged(state.days, day, chargedMicros),
      breaker: breakerAfter(state.breaker, lost),
      lost: [...state.lost, { tick, fence, day, chargedMicros }].slice(-KEPT_LOST),
    },
  };
}

const KEPT_LOST = 8;

/** The kill flag in the ledger. A record that can't be understood is a flag that can't be read. */
export async function readFlag(snapshot: Snapshot): Promise<Guard> {
  const name = 'kill-flag';
  try {
    const hold = await readHold(snapshot, 'ticks');
    if (!hold) return { name, state: 'off', observed: 'not set' };
    return { name, state: 'set', observed: `set ${holdSince(hold)}` };
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'hold-unreadable') throw error;
    return { name, state: 'unreadable', observed: error.message };
  }
}
