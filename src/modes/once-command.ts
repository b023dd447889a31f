import { childEnvironment } from '../ports/child-environment.ts';
import type { CommandEnd, UserCommand } from '../ports/command.ts';
import { invalid } from '../proof/errors.ts';
import type { Check } from '../proof/schema.ts';
import type { Grant } from './claims/transaction.ts';
import type { Ports } from './mode.ts';
import { notStartedBecause } from './not-started.ts';

/** The one command that was given, as a script or after `--`. */
export function commandOf(script: string | undefined, argv: readonly string[] | undefined): UserCommand {
  if (script !== undefined && argv !== undefined) {
    throw invalid('input-conflict', 'give the command once: as input `run`, or after `--`');
  }
  if (script !== undefined) return { script };
  if (argv !== undefined && argv.length > 0) return { argv };
  throw invalid(
    'input-missing',
    'no command was given: give a script as input `run`, or a command after `--`',
  );
}

interface RunInput {
  readonly token?: string | undefined;
  readonly 'pass-env'?: readonly string[] | undefined;
  readonly timeout?: number | undefined;
}

export interface GrantedEnd extends CommandEnd {
  /** Why it was stopped. */
  readonly because?: string;
}

/** Of the ten seconds that the runner gives a cancelled step, half is left for writing down what happened. */
const GRACE_MS = 5_000;

/**
 * Runs the command, and has it over when its lease ends (or the run's timeout): from then on others may believe that
 * nobody acts on the key any more. It is asked to stop a little earlier, and made to at the end.
 */
export async function runUnderGrant(
  grant: Grant,
  command: UserCommand,
  given: RunInput,
  ports: Ports,
  startedAtMs: number,
): Promise<GrantedEnd> {
  const endsAtMs = Math.min(grant.leaseEndsMs, startedAtMs + (given.timeout ?? Number.POSITIVE_INFINITY));
  const leftMs = Math.max(0, endsAtMs - ports.clock.now());
  const graceMs = Math.min(GRACE_MS, leftMs / 5);
  using time = startTimer(leftMs - graceMs, ports);
  const end = await ports.runCommand(command, {
    cwd: ports.cwd,
    env: childEnvironment(ports.env, {
      secrets: [given.token, ports.env.SHIP_PROOF_KEY_SECRET],
      passed: given['pass-env'] ?? [],
      added: {
        SHIP_PROOF_KEY: grant.keys.keys.map(({ name }) => name).join('\n'),
        SHIP_PROOF_FENCE: String(grant.fence),
      },
    }),
    signal: AbortSignal.any([ports.signal, time.up]),
    graceMs,
    onLine: (stream, line) => ports.log.event({ [stream]: line }),
  });
  const because = end.stopped ? { because: reasonOf(ports.signal.aborted ? ports.signal : time.up) } : {};
  ports.log.event({
    command: end.stopped ? 'stopped' : 'ended',
    code: end.code,
    because: end.notStarted ?? because.because,
  });
  return { ...end, ...because };
}

function startTimer(afterMs: number, { clock }: Ports): { readonly up: AbortSignal } & Disposable {
  const up = new AbortController();
  const cancelled = new AbortController();
  const timeIsUp = () =>
    up.abort(new Error('its time was over: the lease, or the run’s timeout, was about to end'));
  if (afterMs <= 0) timeIsUp();
  else void clock.sleep(afterMs, cancelled.signal).then(timeIsUp, () => {}); // Rejects when it is cancelled.
  return { up: up.signal, [Symbol.dispose]: () => cancelled.abort() };
}

const reasonOf = ({ reason }: AbortSignal): string =>
  reason instanceof Error ? reason.message : String(reason);

/** What the command's end proves. */
export function commandCheck({ code, stopped, notStarted, because }: GrantedEnd): Check {
  const base = { id: 'command', title: 'the command succeeds', expected: 'exit code 0' };
  if (stopped)
    return { ...base, status: 'untestable', observed: `it was stopped (exit code ${code}): ${because}` };
  if (notStarted !== undefined) return { ...base, status: 'fail', observed: notStartedBecause(notStarted) };
  return code === 0
    ? { ...base, status: 'pass', observed: 'exit code 0' }
    : { ...base, status: 'fail', observed: `exit code ${code}` };
}
