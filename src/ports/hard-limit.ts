import { Worker } from 'node:worker_threads';
import { inconclusive } from '../proof/errors.ts';

/** Texts that are ready to be written by another thread when this one is stuck. */
export interface LastWords {
  readonly texts: readonly { readonly fd: 1 | 2; readonly text: string }[];
  /** `append` for the runner's files. */
  readonly files: readonly { readonly path: string; readonly content: string; readonly append: boolean }[];
}

/**
 * Time to end in order before the process is ended from another thread. With the start of that thread and the wait for
 * the inspector it has to fit into one second, the most that a run may go on after its limit.
 */
const GRACE_MS = 600;

/**
 * The hard limit of a run. After `limitMs` the run is aborted in order; if that does not end it, because its thread is
 * stuck in a loop or a regular expression, another thread says the last words and ends the process with exit code 3: it
 * interrupts the stuck thread through the inspector, and where even that does not answer, it kills.
 */
export function startHardLimit(
  limitMs: number | undefined,
  controller: AbortController,
  lastWords: () => LastWords,
): Disposable {
  if (limitMs === undefined) return { [Symbol.dispose]: () => {} };
  const timer = setTimeout(
    () => controller.abort(inconclusive('timeout', `stopped after ${limitMs} ms, the run's \`timeout\``)),
    limitMs,
  );
  const watchdog = new Worker(WATCHDOG, {
    eval: true,
    workerData: { afterMs: limitMs + GRACE_MS, ...lastWords() },
    // It needs nothing of what the process was given.
    env: {},
    execArgv: [],
  });
  watchdog.unref();
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      void watchdog.terminate();
    },
  };
}

/** Runs in a thread of its own, from text, so that it needs no file beside the program. */
const WATCHDOG = `
const { writeSync, writeFileSync, appendFileSync, rmSync } = require('node:fs');
const { workerData: { afterMs, texts, files } } = require('node:worker_threads');
setTimeout(() => {
  const attempt = (effect) => { try { effect(); } catch {} }; // The process is to end, whatever can't be written.
  // A link that stands in a file's place is replaced, not followed.
  const write = (path, content) => { rmSync(path, { force: true }); writeFileSync(path, content, { flag: 'wx' }); };
  for (const { path, content, append } of files) attempt(() => (append ? appendFileSync : write)(path, content));
  for (const { fd, text } of texts) attempt(() => writeSync(fd, text));
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300);
  const { Session } = require('node:inspector');
  const session = new Session();
  session.connectToMainThread();
  // The inspector would write a line of its own to stderr. Leaving by a shell waits for no helper thread (see leave.ts).
  session.post('Runtime.evaluate', { expression: \`
    const { closeSync, existsSync, openSync } = process.getBuiltinModule('fs');
    closeSync(2);
    if (process.execve && existsSync('/bin/sh') && openSync('/dev/null', 'w') === 2) process.execve('/bin/sh', ['sh', '-c', 'exit 3'], {});
    process.reallyExit(3);
  \` });
}, afterMs);
`;
