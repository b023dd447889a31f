import { type Attempt, type Failure, staleAtMs } from '../../deploy/attempt.ts';
import { describeHold } from '../../holds/hold.ts';
import { childEnvironment } from '../../ports/child-environment.ts';
import type { CommandEnd, UserCommand } from '../../ports/command.ts';
import { CodedError } from '../../proof/errors.ts';
import { beat, type Session } from './session.ts';

/** Why a command was stopped. */
export interface Stop {
  readonly by: Extract<Failure, 'interrupted' | 'held' | 'lease-over' | 'unreadable'> | 'lost';
  readonly because: string;
}

/** How a command ended that ran under heartbeats. */
export interface Beaten {
  readonly end: CommandEnd;
  readonly stop: Stop | undefined;
}

export interface RunInput {
  readonly token?: string | undefined;
  readonly 'pass-env'?: readonly string[] | undefined;
  readonly timeout?: number | undefined;
}

/** Of the ten seconds that the runner gives a cancelled step, half is left for writing down what happened. */
const GRACE_MS = 5_000;
const LOOK = { perStale: 8, mostMs: 15_000 } as const;
const TOLERANCE = { perStale: 4, mostMs: 30_000 } as const;

/**
 * Runs the command while the ledger says that this process may: it looks at the hold and its fence again and again, gives a sign
 * of life, and stops the command when it was overtaken or held, when the ledger can't be read, when its own lease is about to
 * end, or when the run is.
 */
export async function runUnderHeartbeat(
  session: Session,
  command: UserCommand,
  given: RunInput,
  added: Readonly<Record<string, string>>,
): Promise<Beaten> {
  const { ports, startedAtMs } = session;
  const { clock } = ports;
  const timeoutMs = given.timeout ?? Number.POSITIVE_INFINITY;
  const graceMs = Math.min(GRACE_MS, session.attempt.staleAfterMs / 5, timeoutMs / 5);
  const stopping = new AbortController();
  const over = new AbortController();
  let stop: Stop | undefined;
  const halt = (by: Stop['by'], because: string): void => {
    if (stop || over.signal.aborted) return;
    stop = { by, because };
    ports.log.event({ stopping: by, because });
    stopping.abort(new Error(because));
  };
  const onSignal = () => halt('interrupted', reasonOf(ports.signal));
  if (ports.signal.aborted) onSignal();
  ports.signal.addEventListener('abort', onSignal, { once: true });
  const lease = { attempt: session.attempt };
  const endsAtMs = startedAtMs + timeoutMs - graceMs;
  const watches = [
    watchLedger(session, lease, over.signal, halt),
    watchTime(
      session,
      () => Math.min(endsAtMs, staleAtMs(lease.attempt) - graceMs),
      over.signal,
      () =>
        clock.now() >= endsAtMs
          ? halt('interrupted', 'the run’s timeout was about to end')
          : halt('lease-over', 'no heartbeat could be written in time, so others may take the phase over'),
    ),
  ];
  try {
    const end = await ports.runCommand(command, {
      cwd: ports.cwd,
      env: childEnvironment(ports.env, {
        secrets: [given.token, ports.env.SHIP_PROOF_KEY_SECRET],
        passed: given['pass-env'] ?? [],
        added,
      }),
      signal: stopping.signal,
      graceMs,
      onLine: (stream, line) => ports.log.event({ [stream]: line }),
    });
    ports.log.event({ command: end.stopped ? 'stopped' : 'ended', code: end.code, because: end.notStarted });
    return { end, stop };
  } finally {
    over.abort();
    ports.signal.removeEventListener('abort', onSignal);
    await Promise.all(watches);
  }
}

/** Looks at the ledger until the command is over; each look that it is time for is a heartbeat too. */
async function watchLedger(
  session: Session,
  lease: { attempt: Attempt },
  over: AbortSignal,
  halt: (by: Stop['by'], because: string) => void,
): Promise<void> {
  const { clock } = session.ports;
  const { staleAfterMs } = session.attempt;
  const toleranceMs = Math.min(staleAfterMs / TOLERANCE.perStale, TOLERANCE.mostMs);
  let seenAtMs = clock.monotonic();
  while (!over.aborted) {
    if (!(await slept(session, Math.min(staleAfterMs / LOOK.perStale, LOOK.mostMs), over))) return;
    try {
      const { verdict } = await beat(session, false, { signal: over, deadlineMs: staleAfterMs });
      seenAtMs = clock.monotonic();
      if (verdict.kind === 'beating') lease.attempt = verdict.attempt;
      if (verdict.kind === 'refused') return halt('lost', `this process lost the phase: ${verdict.told}`);
      if (verdict.kind === 'held') return halt('held', describeHold(verdict.hold));
    } catch (error) {
      if (over.aborted) return;
      const waited = clock.monotonic() - seenAtMs;
      if (!(error instanceof CodedError)) return halt('unreadable', `the ledger could not be read: ${error}`);
      if (isFinal(error) || waited >= toleranceMs) return halt('unreadable', error.message);
      session.ports.log.event({ heartbeat: 'failed', because: error.code, again: 'soon' });
    }
  }
}

/** What is there and can't be understood does not get better by waiting; a network may. */
const isFinal = ({ outcome, code }: CodedError): boolean =>
  outcome !== 'inconclusive' ||
  /^(hold|deploy|environment|proof)-unreadable$|-(lost|rewritten|broken)$/.test(code);

async function watchTime(
  session: Session,
  endsAtMs: () => number,
  over: AbortSignal,
  timeIsUp: () => void,
): Promise<void> {
  const { clock } = session.ports;
  while (!over.aborted) {
    const leftMs = endsAtMs() - clock.now();
    if (leftMs <= 0) return timeIsUp();
    // Wakes up now and then, since heartbeats move the end.
    if (!(await slept(session, Math.min(leftMs, 1_000), over))) return;
  }
}

const slept = ({ ports }: Session, ms: number, over: AbortSignal): Promise<boolean> =>
  ports.clock.sleep(ms, over).then(
    () => true,
    () => false, // Rejects when it is over.
  );

const reasonOf = ({ reason }: AbortSignal): string =>
  reason instanceof Error ? reason.message : String(reason);
