import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Limits {
  /** Cancels the step. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** What a second of the runner's own waiting lasts here, in milliseconds. */
  readonly secondMs: number;
}

export interface Ending {
  readonly code: number | null;
  readonly why: 'exited' | 'cancelled' | 'timed-out';
}

/**
 * Runs a step's process, line by line. When it is to end, the runner signals the entry process alone, never its children:
 * SIGINT, after 7.5 s SIGTERM, after 2.5 s more it is killed.
 */
export async function runProcess(
  command: Command,
  onLine: (line: string) => void,
  { signal, timeoutMs, secondMs }: Limits,
): Promise<Ending> {
  const child = spawn(command.file, command.args, {
    cwd: command.cwd,
    env: command.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timers: NodeJS.Timeout[] = [];
  let why: Ending['why'] = 'exited';
  const stop = (reason: Ending['why']): void => {
    if (why !== 'exited') return;
    why = reason;
    child.kill('SIGINT');
    timers.push(setTimeout(() => child.kill('SIGTERM'), 7.5 * secondMs));
    timers.push(setTimeout(() => child.kill('SIGKILL'), 10 * secondMs));
  };
  const cancel = (): void => stop('cancelled');
  signal.addEventListener('abort', cancel);
  if (signal.aborted) cancel();
  timers.push(setTimeout(() => stop('timed-out'), Math.min(timeoutMs, 2 ** 31 - 1)));
  const closed = [child.stdout, child.stderr].map((stream) => readLines(stream, onLine));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', resolve);
    });
    // A descendant may hold the pipes open; the runner waits for five seconds then. What was written is to be read in any case.
    const patienceMs = Math.max(5 * secondMs, 1_000);
    await Promise.race([
      Promise.all(closed),
      new Promise((resolve) => timers.push(setTimeout(resolve, patienceMs))),
    ]);
    return { code, why };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

async function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): Promise<void> {
  let rest = '';
  stream.setEncoding('utf8');
  await new Promise<void>((resolve) => {
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    });
    stream.on('close', resolve);
  });
  if (rest !== '') onLine(rest);
}

/** Ends what a job's steps left behind, known by the job's mark in its environment, as the runner does (where /proc is). */
export function endOrphans(mark: string): number {
  if (process.platform !== 'linux') return 0;
  const orphans = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && environmentOf(name).includes(`RUNNER_TRACKING_ID=${mark}`),
  );
  for (const pid of orphans) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  return orphans.length;
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // It ended meanwhile, or is somebody else's.
    return [];
  }
}
