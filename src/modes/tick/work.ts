import { childEnvironment } from '../../ports/child-environment.ts';
import type { CommandEnd, UserCommand } from '../../ports/command.ts';
import type { Halt } from '../../runner/entries.ts';
import { haltOf, stopping } from '../../runner/guard.ts';
import { knownCost } from '../../runner/meter.ts';
import { addOutput, type ClaudeCost, NO_CLAUDE } from '../../runner/meter-claude.ts';
import { dollarsOf } from '../../runner/meter-money.ts';
import { NOTHING_REPORTED, type Reported } from '../../runner/meter-report.ts';
import type { OpenTick } from '../../runner/tick-state.ts';
import type { Ports } from '../mode.ts';
import { readHostGuards, TAKEN_FOR_DEAD, type Watched, watchGuards } from './guards.ts';
import type { TickInput } from './inputs.ts';
import { type OutputTail, outputTail } from './output.ts';
import { openReportFile } from './report-file.ts';

/** What stopped a command, or kept it from starting. */
export interface Stop {
  readonly by: Halt;
  readonly because: string;
}

/** What a command did, and what is known of its money. */
export interface Worked {
  /** Undefined when it was kept from starting. */
  readonly end: CommandEnd | undefined;
  readonly stop: Stop | undefined;
  readonly reported: Reported;
  readonly claude: ClaudeCost;
  readonly reservedMicros: number;
  readonly output: OutputTail;
}

export interface Task {
  readonly given: TickInput;
  readonly command: UserCommand;
  readonly open: OpenTick;
  /** What it may spend before the day's cap is reached. */
  readonly leftMicros: number;
  /** Epoch ms at which the whole run began. */
  readonly runStartedAtMs: number;
  readonly watched: Watched;
  /** Reserves more; what it resolves to is reserved then: nothing where the tick is not open any more. Throws where the store can't. */
  readonly raise: (wantedMicros: number) => Promise<number>;
}

/**
 * Runs the command under watch: kill flags, costs, time and our own signals each stop it, whichever is first. A stop is a
 * SIGTERM to all of it, and a SIGKILL after the grace.
 */
export async function work(task: Task, ports: Ports): Promise<Worked> {
  const { given, open, leftMicros, watched } = task;
  const output = outputTail();
  const opened = await openReportFile(ports.clock).catch((error: NodeJS.ErrnoException) => error);
  if (opened instanceof Error) {
    const stop = {
      by: 'guard-unreadable' as const,
      because: `no report file can be made: ${opened.message}`,
    };
    return { end: undefined, stop, ...NOTHING_KNOWN, reservedMicros: open.reservedMicros, output };
  }
  await using report = opened;
  const stopped = new AbortController();
  const over = new AbortController();
  let stop: Stop | undefined;
  let claude = NO_CLAUDE;
  let reservedMicros = open.reservedMicros;
  let raising: Promise<void> | undefined;
  let canReserve = true;
  const halt = (by: Halt, because: string) => {
    if (stop || over.signal.aborted) return;
    stop = { by, because };
    ports.log.event({ stopping: by, because });
    stopped.abort(new Error(because));
  };
  const worked = (end: CommandEnd | undefined): Worked => ({
    end,
    stop,
    reported: report.reported,
    claude,
    reservedMicros,
    output,
  });

  /** Compares what has been said of the cost with what may be spent, and reserves it, so that our death would not hide it. */
  const judgeCost = () => {
    const spentMicros = knownCost({ meter: given.meter, reported: report.reported, claude });
    if (spentMicros > leftMicros)
      halt('spend-cap', `${dollarsOf(spentMicros)} USD spent, ${dollarsOf(leftMicros)} were left of the day`);
    if (canReserve && Math.min(spentMicros, leftMicros) > reservedMicros)
      raising ??= reserve(spentMicros).finally(() => {
        raising = undefined;
        // More may have been said meanwhile.
        if (!over.signal.aborted) judgeCost();
      });
  };
  const reserve = async (spentMicros: number) => {
    try {
      reservedMicros = await task.raise(spentMicros + given.estimate);
      canReserve = reservedMicros >= Math.min(spentMicros, leftMicros);
      if (reservedMicros === 0) halt('guard-unreadable', TAKEN_FOR_DEAD);
      else if (!canReserve)
        halt(
          'spend-cap',
          `${dollarsOf(spentMicros)} USD spent, and no more than ${dollarsOf(reservedMicros)} may be`,
        );
    } catch (error) {
      canReserve = false;
      halt('guard-unreadable', `the reservation can't be raised: ${messageOf(error)}`);
    }
  };

  const interrupted = () => halt('interrupted', messageOf(ports.signal.reason));
  if (ports.signal.aborted) interrupted();
  else ports.signal.addEventListener('abort', interrupted, { once: true });
  // Between the transaction and now, somebody may have set a flag.
  const guard = stop ? undefined : stopping(await readHostGuards(given, ports));
  if (guard) halt(haltOf(guard), guard.observed);
  if (stop) {
    ports.signal.removeEventListener('abort', interrupted);
    return worked(undefined);
  }

  const { limitMs, graceMs } = timesOf(task, ports);
  const watches = [
    watchGuards(given, ports, watched, over.signal).then((found) => {
      if (found) halt(haltOf(found), found.observed);
    }),
    report
      .follow(judgeCost, over.signal)
      .catch((error) => halt('guard-unreadable', `the report can't be read: ${messageOf(error)}`)),
    ports.clock.sleep(limitMs, over.signal).then(
      () => halt('max-runtime', `it ran for ${limitMs} ms, the most that it may`),
      () => {}, // It ended before.
    ),
  ];
  try {
    const end = await ports.runCommand(task.command, {
      cwd: ports.cwd,
      env: environmentOf(task, report.path, ports),
      signal: stopped.signal,
      leavesNothing: true,
      // Of the ten seconds that a cancelled step has, half is for writing down what happened.
      get graceMs() {
        return stop?.by === 'interrupted' ? Math.min(graceMs / 2, INTERRUPTED_GRACE_MS) : graceMs;
      },
      onLine: (stream, line) => {
        output.add(stream, line);
        ports.log.event({ [stream]: line });
        if (stream !== 'out' || given.meter !== 'claude') return;
        claude = addOutput(claude, line);
        judgeCost();
      },
    });
    over.abort();
    await Promise.all(watches);
    await raising;
    await report.finish();
    return worked(end);
  } finally {
    over.abort();
    ports.signal.removeEventListener('abort', interrupted);
  }
}

const NOTHING_KNOWN = { reported: NOTHING_REPORTED, claude: NO_CLAUDE } as const;

const INTERRUPTED_GRACE_MS = 5_000;

/** How long it may run, and how long its end may take: a run's `timeout` leaves time for both, and for the books. */
function timesOf(
  { given, runStartedAtMs }: Task,
  { clock }: Ports,
): { readonly limitMs: number; readonly graceMs: number } {
  const { timeout } = given;
  if (timeout === undefined) return { limitMs: given['max-runtime'], graceMs: given.grace };
  const leftMs = Math.max(0, runStartedAtMs + timeout - clock.now());
  const graceMs = Math.floor(Math.min(given.grace, leftMs / 5));
  return { limitMs: Math.max(0, Math.min(given['max-runtime'], Math.floor(leftMs - 2 * graceMs))), graceMs };
}

/** What the command is told besides its allow-listed environment: where to report, and how much it may spend. */
const environmentOf = ({ given, open, leftMicros }: Task, report: string, { env }: Ports) =>
  childEnvironment(env, {
    secrets: [given.token, env.SHIP_PROOF_KEY_SECRET],
    passed: given['pass-env'] ?? [],
    added: {
      SHIP_PROOF_REPORT: report,
      SHIP_PROOF_RUNNER: open.runner,
      SHIP_PROOF_TICK: String(open.tick),
      ...(open.slot === null ? {} : { SHIP_PROOF_SLOT: open.slot }),
      SHIP_PROOF_LEFT_USD: dollarsOf(leftMicros),
    },
  });

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
