import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChooseMethod, createChooser } from './contain/choose.ts';
import { CONTAINMENTS, type Containment, type Held, type Method } from './contain/containment.ts';
import { findProgram } from './contain/find-program.ts';
import { readLines } from './lines.ts';

/** A user's command: a script as text, or a program with its arguments. */
export type UserCommand = { readonly script: string } | { readonly argv: readonly string[] };

export interface CommandOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Gets each line of the command's output, without its newline, and no more of it than `MAX_LINE_CHARACTERS`. */
  readonly onLine: (stream: 'out' | 'err', line: string) => void;
  /** Stops the command: a SIGTERM to all of it, and after `graceMs`, as it stands then, a SIGKILL to what is left. */
  readonly signal: AbortSignal;
  /** Asked for when it is stopped: the reason may say how long it has. */
  readonly graceMs: number;
  /**
   * Nothing of the command goes on after its end, not even what it put into the background; it may then see process numbers of its
   * own. Without this, what it leaves behind when it ends by itself goes on, as a server that it started should. Either
   * way nothing goes on after a stop, nor after our own end, however we end, as far as its `containment` reaches.
   */
  readonly leavesNothing?: boolean;
}

/** `code` is 128+n for a command that a signal ended, 127 for one that could not be started. */
export interface CommandEnd {
  readonly code: number;
  readonly stopped: boolean;
  /** Why it could not be started. */
  readonly notStarted?: string;
  /** What kept its processes together; absent for a command that was not started. */
  readonly containment?: Containment;
}

export type RunCommand = (command: UserCommand, options: CommandOptions) => Promise<CommandEnd>;

/**
 * Makes what runs a user's command to its end: contained, with closed stdin, its output line by line. A script runs as the runner
 * would run it (`bash -eo pipefail`, on Windows `pwsh`), from a file, so that it is in no argument list. How commands are
 * contained on this machine is found out at the first one; `allowed` leaves ways out.
 */
export function createRunCommand(allowed: readonly Containment[] = CONTAINMENTS): RunCommand {
  const choose = createChooser(allowed);
  return async (command, options) => {
    if ('argv' in command) return runProgram(command.argv, options, choose);
    const written = await writeScript(command.script);
    if ('code' in written) return written;
    try {
      return await runProgram(written.argv, options, choose);
    } finally {
      // What is left behind there is no reason to forget how the command ended.
      await rm(written.folder, { recursive: true, force: true }).catch(() => {});
    }
  };
}

/** Writes the script into a folder of its own, and tells what runs it. */
async function writeScript(
  script: string,
): Promise<{ readonly folder: string; readonly argv: readonly string[] } | CommandEnd> {
  const windows = process.platform === 'win32';
  try {
    const folder = await mkdtemp(join(tmpdir(), 'ship-proof-run-'));
    const file = join(folder, windows ? 'run.ps1' : 'run.sh');
    const text = windows ? `$ErrorActionPreference = 'stop'\n${script}\n` : script;
    await writeFile(file, text, { mode: 0o600 });
    const shell = windows
      ? ['pwsh', '-NoProfile', '-File']
      : ['bash', '--noprofile', '--norc', '-eo', 'pipefail'];
    return { folder, argv: [...shell, file] };
  } catch (error) {
    return notStarted(error);
  }
}

async function runProgram(
  argv: readonly string[],
  options: CommandOptions,
  choose: ChooseMethod,
): Promise<CommandEnd> {
  const method = await choose(options.leavesNothing ?? false);
  if (options.signal.aborted) return { code: 127, stopped: true, notStarted: 'stopped before it began' };
  const held = start(method, argv, options);
  if ('code' in held) return held;
  const { child } = held;
  const lines = Promise.all([
    readLines(child.stdout, (line) => options.onLine('out', line)),
    readLines(child.stderr, (line) => options.onLine('err', line)),
  ]);
  const end = await ended(held, options);
  // A process that it left running may hold the pipes open for ever; what was printed up to now has arrived by then.
  await Promise.race([lines, new Promise((resolve) => setTimeout(resolve, 1_000).unref())]);
  child.stdout.destroy();
  child.stderr.destroy();
  return end.notStarted === undefined ? { ...end, containment: method.containment } : end;
}

/** Waits for the command, and for whatever may not go on after it; stops both when it is told to. */
async function ended(held: Held, options: CommandOptions): Promise<CommandEnd> {
  const { signal } = options;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    stopped = true;
    held.send('TERM');
    timer = setTimeout(() => held.send('KILL'), options.graceMs);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  const end = await new Promise<Omit<CommandEnd, 'stopped'>>((done) => {
    held.child.once('error', (error: NodeJS.ErrnoException) =>
      done({ code: 127, notStarted: error.code ?? error.message }),
    );
    held.child.once('exit', (code, name) =>
      done({ code: code ?? 128 + (name === null ? 0 : constants.signals[name]) }),
    );
  });
  signal.removeEventListener('abort', stop);
  const result = { ...end, stopped };
  await held.settle();
  clearTimeout(timer);
  return result;
}

/** Most of what keeps a program from starting is told later, as an event; a few errors are thrown here and now. */
function start(
  method: Method,
  argv: readonly string[],
  { cwd, env, leavesNothing = false }: CommandOptions,
): Held | CommandEnd {
  const found = process.platform === 'win32' ? undefined : findProgram(argv[0] ?? '', env.PATH, cwd);
  if (found && 'code' in found) return { code: 127, stopped: false, notStarted: found.code };
  try {
    return method.start({ argv, cwd, env, leavesNothing });
  } catch (error) {
    return notStarted(error);
  }
}

/** What the system says kept a command from starting; anything else is a bug. */
function notStarted(error: unknown): CommandEnd {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return { code: 127, stopped: false, notStarted: code };
}
