import { holdPath } from '../../holds/hold.ts';
import { type Transacted, transact } from '../../ledger/transact.ts';
import type { UserCommand } from '../../ports/command.ts';
import { CodedError } from '../../proof/errors.ts';
import { instant } from '../../proof/proof.ts';
import type { Proof } from '../../proof/schema.ts';
import { decideRaise, decideSettle, type SettleVerdict } from '../../runner/tick-settle.ts';
import { decideStart, type StartVerdict } from '../../runner/tick-start.ts';
import { type OpenTick, readRunner, runnerPath } from '../../runner/tick-state.ts';
import { moments } from '../claims/transaction.ts';
import type { Ports } from '../mode.ts';
import { openStore, settlingOptions, transactOptions } from '../store.ts';
import type { TickAbout, TickContext } from './context.ts';
import { endOf } from './end.ts';
import { GUARD_EVERY_MS, readHostGuards } from './guards.ts';
import { configDigest, type TickInput } from './inputs.ts';
import { concludeIdle, concludeWorked } from './report.ts';
import { work } from './work.ts';

/** Of the ten seconds that a cancelled step has, this much for a tick that is just being started. */
const INTERRUPTED_START_MS = 2_000;
/**
 * What may come between the end of a command's time and the end of its lease: a slow stop, a slow store. As long as the
 * command may take, within these bounds: short ticks are found dead soon.
 */
const LEASE_MARGIN_MS = { least: 1_000, most: 60_000 } as const;

/**
 * One tick: kill flags, spend cap and overlap decide, in one transaction that reserves its money; then the command runs
 * under watch, and the books are settled. A process that dies on the way leaves an open tick, which the next one finds
 * after its lease and charges with its whole reservation.
 */
export async function runTick(
  given: TickInput,
  command: UserCommand,
  ports: Ports,
  about: TickAbout,
): Promise<Proof> {
  const startedAtMs = ports.clock.now();
  await using ledger = await openStore(given, ports);
  const context: TickContext = { startedAtMs, about, ledger, ports };
  const start = await startTick(given, context);
  const { verdict } = start;
  if (verdict.kind !== 'started') return concludeIdle(given, context, start, verdict);

  const { open } = verdict;
  ports.remember([{ path: runnerPath(open.runner), fence: open.fence }]);
  ports.log.event({
    tick: open.tick,
    started: open.startedAt,
    slot: open.slot ?? undefined,
    fence: open.fence,
  });
  const alone = inTurn();
  const worked = await work(
    {
      given,
      command,
      open,
      leftMicros: verdict.leftMicros,
      runStartedAtMs: about.runStartedAtMs ?? startedAtMs,
      watched: {
        ledger,
        ledgerId: start.ledgerId,
        open,
        everyMs: about.guardEveryMs ?? GUARD_EVERY_MS,
        alone,
      },
      raise: (micros) => alone(() => raise(given, context, open, micros)),
    },
    ports,
  );
  const end = endOf(given, worked, ports.env.SHIP_PROOF_KEY_SECRET);
  const settled = await settle(given, context, open, end);
  if (!(settled instanceof CodedError)) ports.remember([]);
  return concludeWorked(given, context, { start, verdict, worked, end, settled });
}

async function startTick(
  given: TickInput,
  { about, ledger, ports }: TickContext,
): Promise<Transacted<StartVerdict>> {
  const { holder } = ports;
  const command = {
    runner: given.runner,
    trigger: about.trigger,
    event: holder.run?.event,
    attempt: holder.run?.attempt ?? 1,
    config: configDigest(given),
    label: given.label,
    slot: about.slotMs === null ? null : instant(about.slotMs),
    capMicros: given['spend-cap'],
    estimateMicros: given.estimate,
    leaseMs: leaseMsOf(given),
    breakerTicks: given['breaker-ticks'],
  };
  const momentOf = moments(given, ports);
  ports.signal.throwIfAborted();
  using patience = abortLater(ports, INTERRUPTED_START_MS);
  const options = {
    ...transactOptions(given, ports),
    signal: patience.signal,
    likely: [runnerPath(given.runner), holdPath('ticks')],
  };
  // Read anew at each attempt: a lost race may have taken its time.
  return await transact(ledger, options, async (snapshot, { now, seq, oneClock }) => {
    const hostGuards = await readHostGuards(given, ports);
    return decideStart(snapshot, { ...command, hostGuards }, seq, momentOf(now, oneClock));
  });
}

/** From its start until nothing of a tick can be going on any more. */
function leaseMsOf({ 'max-runtime': maxRuntimeMs, grace: graceMs }: TickInput): number {
  const { least, most } = LEASE_MARGIN_MS;
  return maxRuntimeMs + graceMs + Math.min(most, Math.max(least, maxRuntimeMs));
}

async function raise(
  given: TickInput,
  { ledger, ports }: TickContext,
  open: OpenTick,
  micros: number,
): Promise<number> {
  const raised = await transact(ledger, transactOptions(given, ports), async (snapshot) =>
    decideRaise(await readRunner(snapshot, open.runner), open.fence, micros),
  );
  return raised.verdict;
}

/** Writes the end down, even when the run is to end: the transaction has a deadline of its own. */
async function settle(
  given: TickInput,
  { ledger, ports, about, startedAtMs }: TickContext,
  open: OpenTick,
  end: ReturnType<typeof endOf>,
): Promise<Transacted<SettleVerdict> | CodedError> {
  const momentOf = moments(given, ports);
  const options = settlingOptions(given, ports, about.runStartedAtMs ?? startedAtMs);
  try {
    return await transact(ledger, options, async (snapshot, { now, oneClock }) =>
      decideSettle(await readRunner(snapshot, open.runner), open.fence, end, momentOf(now, oneClock)),
    );
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
}

/** Aborts a while after the run is to end: a transaction that is about to win is waited for, so that its tick can be settled. */
function abortLater({ signal, clock }: Ports, ms: number): { readonly signal: AbortSignal } & Disposable {
  const later = new AbortController();
  const over = new AbortController();
  const begin = () =>
    void clock.sleep(ms, over.signal).then(
      () => later.abort(signal.reason),
      () => {}, // It has won, or lost, before.
    );
  signal.addEventListener('abort', begin, { once: true });
  return {
    signal: later.signal,
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', begin);
      over.abort();
    },
  };
}

/** One at a time, in the order in which it was asked for. */
function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work, work);
    last = turn.catch(() => {}); // The next one's turn comes all the same.
    return turn;
  };
}
