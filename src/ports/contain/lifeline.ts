import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { Held } from './containment.ts';

type Supervisor = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Starts a supervisor that runs the command and ends with it, with its exit code. It reads signal names from its stdin, a line
 * each, and sends them to all of the command; the end of that stream, which comes when we die in whatever way, kills all.
 */
export function startSupervisor(
  [file = '', ...args]: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly first?: string },
): Held {
  const child: Supervisor = spawn(file, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  // It may have ended before it read the last line.
  child.stdin.on('error', () => {});
  if (options.first !== undefined) child.stdin.write(`${options.first}\n`);
  const ended = once(child, 'exit').catch(() => {});
  return {
    child,
    send: (signal) => {
      child.stdin.write(`${signal}\n`);
      if (signal === 'KILL') void killAfter(child, ended);
    },
    // It ends only when nothing is left that may not be.
    settle: async () => void (await ended),
  };
}

/** Time for a supervisor to kill all and to end. */
const PATIENCE_MS = 3_000;

/** A supervisor that does not end was killed in part or is stopped by the command: the kernel ends it and what depends on it. */
async function killAfter(child: Supervisor, ended: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  await ended;
  clearTimeout(timer);
}
