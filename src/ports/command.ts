import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** A user's command: a script as text, or a program with its arguments. */
export type UserCommand = { readonly script: string } | { readonly argv: readonly string[] };

export interface CommandOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Gets each line of the command's output, without its newline. */
  readonly onLine: (stream: 'out' | 'err', line: string) => void;
  /** Stops the command: a SIGTERM to all of it, and after `graceMs` a SIGKILL. */
  readonly signal: AbortSignal;
  readonly graceMs: number;
}

/** `code` is 128+n for a command that a signal ended, 127 for one that could not be started. */
export interface CommandEnd {
  readonly code: number;
  readonly stopped: boolean;
  /** Why it could not be started. */
  readonly notStarted?: string;
}

export type RunCommand = (command: UserCommand, options: CommandOptions) => Promise<CommandEnd>;

/**
 * Runs a user's command to its end: in a process group of its own, with closed stdin, its output line by line. A script
 * runs as the runner would run it (`bash -eo pipefail`, on Windows `pwsh`), from a file, so that it is in no argument list.
 */
export const runCommand: RunCommand = async (command, options) => {
  if ('argv' in command) return runProgram(command.argv, options);
  const written = await writeScript(command.script);
  if ('code' in written) return written;
  try {
    return await runProgram(written.argv, options);
  } finally {
    // What is left behind there is no reason to forget how the command ended.
    await rm(written.folder, { recursive: true, force: true }).catch(() => {});
  }
};

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

async function runProgram(argv: readonly string[], options: CommandOptions): Promise<CommandEnd> {
  if (options.signal.aborted) return { code: 127, stopped: true, notStarted: 'stopped before it began' };
  const child = start(argv, options);
  if ('code' in child) return child;
  const ended = new Promise<CommandEnd>((done) => {
    let stopped = false;
    let timer: NodeJS.Timeout | undefined;
    const stop = () => {
      stopped = true;
      signalAll(child.pid, 'SIGTERM');
      timer = setTimeout(() => signalAll(child.pid, 'SIGKILL'), options.graceMs);
    };
    options.signal.addEventListener('abort', stop, { once: true });
    const end = (result: CommandEnd) => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', stop);
      // Whatever it left behind in its group when it was stopped is stopped too.
      if (stopped) signalAll(child.pid, 'SIGKILL');
      done(result);
    };
    child.once('error', (error: NodeJS.ErrnoException) =>
      end({ code: 127, stopped, notStarted: error.code ?? error.message }),
    );
    child.once('exit', (code, signal) =>
      end({ code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), stopped }),
    );
  });
  const lines = Promise.all([
    readLines(child.stdout, 'out', options),
    readLines(child.stderr, 'err', options),
  ]);
  const result = await ended;
  // A process that it left running may hold the pipes open for ever; what was printed up to now has arrived by then.
  await Promise.race([lines, new Promise((resolve) => setTimeout(resolve, 1_000).unref())]);
  child.stdout.destroy();
  child.stderr.destroy();
  return result;
}

/** Most of what keeps a program from starting is told later, as an event; a few errors are thrown here and now. */
function start(
  [file = '', ...args]: readonly string[],
  { cwd, env }: CommandOptions,
): ChildProcessByStdio<null, Readable, Readable> | CommandEnd {
  try {
    const detached = process.platform !== 'win32';
    return spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached, windowsHide: true });
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

async function readLines(stream: Readable, name: 'out' | 'err', { onLine }: CommandOptions): Promise<void> {
  stream.on('error', () => {}); // A torn pipe ends the lines; the exit code tells the rest.
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }))
    onLine(name, line);
}

function signalAll(pid: number | undefined, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch (error) {
    // Gone already, or another user's: then its end is waited for.
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
