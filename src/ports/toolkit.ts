import { Worker } from 'node:worker_threads';
import type { Clock } from './clock.ts';

/** What is left to the runner's own toolkit; each kind is one call of one of its packages. */
export type ToolkitTask =
  | {
      readonly kind: 'upload-artifact';
      /** Taken names get a number behind them. */
      readonly name: string;
      readonly files: readonly string[];
      readonly root: string;
      readonly retentionDays: number | undefined;
    }
  | {
      readonly kind: 'attest';
      readonly subject: { readonly name: string; readonly sha256: string };
      readonly predicateType: string;
      readonly predicate: Readonly<Record<string, unknown>>;
      readonly token: string;
    };

export type ToolkitReply =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly name: string; readonly message: string };

/** Does a task, or says why not; never throws for what the toolkit or the network does. */
export type Toolkit = (task: ToolkitTask, limitMs: number) => Promise<ToolkitReply>;

// The program that is built is its own thread: the file that starts it also starts this. From sources likewise.
const ENTRY = import.meta.url.endsWith('.ts') ? '../index.ts' : './index.js';

/**
 * Runs the toolkit in a thread of its own: it prints as it likes, retries for minutes, and can't be told to stop. What
 * it prints is dropped, and at the limit it ends.
 */
export function systemToolkit(clock: Clock): Toolkit {
  return async (task, limitMs) => {
    const worker = new Worker(new URL(ENTRY, import.meta.url), {
      workerData: task,
      argv: [],
      stdin: false,
      stdout: true,
      stderr: true,
    });
    worker.stdout.resume();
    worker.stderr.resume();
    const done = new AbortController();
    try {
      return await Promise.race([replyOf(worker), late(clock, limitMs, done.signal)]);
    } finally {
      done.abort();
      await worker.terminate();
    }
  };
}

function replyOf(worker: Worker): Promise<ToolkitReply> {
  return new Promise((resolve) => {
    worker.once('message', (reply: ToolkitReply) => resolve(reply));
    worker.once('error', (error: Error) => resolve({ ok: false, name: error.name, message: error.message }));
    worker.once('exit', () => resolve({ ok: false, name: 'Error', message: 'it ended without an answer' }));
  });
}

async function late(clock: Clock, limitMs: number, signal: AbortSignal): Promise<ToolkitReply> {
  const message = `it took longer than ${limitMs / 1000} s`;
  return clock.sleep(limitMs, signal).then(
    () => ({ ok: false, name: 'TimeoutError', message }),
    () => ({ ok: false, name: 'AbortError', message: 'nobody waits for it' }),
  );
}
