import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** One run of a tool such as git: arguments as they are, never a shell. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment of the child; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Bounds stdout and stderr together; more ends the child. Default 64 MiB. */
  readonly maxOutputBytes?: number;
}

/** How a child ended. Only `exited` has a code; every other end leaves open how far the child came. */
export type Ended = 'exited' | 'signalled' | 'timed-out' | 'aborted' | 'overflowed' | 'not-found';

export interface Execution {
  readonly ended: Ended;
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface Exec {
  run(command: Command): Promise<Execution>;
}

/** Between the polite signal, on which git removes its lock files, and the one that nothing survives. */
const KILL_AFTER_MS = 2_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export const systemExec: Exec = { run };

async function run(command: Command): Promise<Execution> {
  if (command.signal?.aborted) return ending('aborted');
  // A group of its own: git's helpers (remote-https, ssh, index-pack) end with it, and a terminal's Ctrl-C reaches us
  // alone, so that we decide what becomes of a push under way.
  const ownGroup = process.platform !== 'win32';
  const child = spawn(command.file, command.args, {
    env: command.env,
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    stdio: ['pipe', 'pipe', 'pipe'],
    shell: false,
    detached: ownGroup,
    windowsHide: true,
  });

  let why: Ended | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (reason: Ended) => {
    if (why !== undefined) return;
    why = reason;
    signalGroup(child, 'SIGTERM', ownGroup);
    killTimer = setTimeout(() => signalGroup(child, 'SIGKILL', ownGroup), KILL_AFTER_MS);
  };

  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let room = command.maxOutputBytes ?? MAX_OUTPUT_BYTES;
  const collect = (into: Buffer[]) => (chunk: Buffer) => {
    room -= chunk.length;
    if (room < 0) stop('overflowed');
    else into.push(chunk);
  };
  child.stdout.on('data', collect(stdout));
  child.stderr.on('data', collect(stderr));
  // A child that does not read its input (it failed first) breaks the pipe; its exit code says why.
  child.stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (!['EPIPE', 'ECONNRESET', 'EOF', 'ERR_STREAM_DESTROYED'].includes(error.code ?? '')) stop('signalled');
  });
  child.stdin.end(command.input ?? '');

  const timer = setTimeout(() => stop('timed-out'), Math.max(0, command.timeoutMs));
  const onAbort = () => stop('aborted');
  command.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const code = await closed(child);
    const text = Buffer.concat(stderr).toString('utf8');
    const out = Buffer.concat(stdout);
    if (code === 'not-found') return ending('not-found');
    if (why !== undefined) return { ended: why, code: null, stdout: out, stderr: text };
    return { ended: code === null ? 'signalled' : 'exited', code, stdout: out, stderr: text };
  } finally {
    clearTimeout(timer);
    clearTimeout(killTimer);
    command.signal?.removeEventListener('abort', onAbort);
  }
}

function closed(child: ChildProcess): Promise<number | null | 'not-found'> {
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve('not-found');
      else reject(error);
    });
    child.once('close', (code) => resolve(code));
    child.once('exit', () => void letGo(child));
  });
}

const QUIET_MS = 500;

/**
 * Closes the output of a child that ended, once nothing more comes: a helper that left the group (ssh's ControlPersist, a credential
 * daemon) may hold it open for hours. Twice quiet, since what was printed is read between the two, however late the first one is.
 */
async function letGo({ stdout, stderr }: ChildProcess): Promise<void> {
  const read = () => [stdout, stderr].map((stream) => (stream as Socket | null)?.bytesRead).join();
  for (let quiet = 0, before = read(); quiet < 2; ) {
    await delay(QUIET_MS, undefined, { ref: false });
    const now = read();
    quiet = now === before ? quiet + 1 : 0;
    before = now;
  }
  stdout?.destroy();
  stderr?.destroy();
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals, ownGroup: boolean): void {
  if (child.pid === undefined) return;
  try {
    if (ownGroup) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch (error) {
    // Already gone: that is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const ending = (ended: Ended): Execution => ({ ended, code: null, stdout: Buffer.alloc(0), stderr: '' });
