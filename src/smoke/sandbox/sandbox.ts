import { Worker } from 'node:worker_threads';
import type { Question, Reply } from './questions.ts';

/** Answers questions in a thread of its own, which is ended when one takes too long or too much memory. */
export interface Sandbox extends AsyncDisposable {
  ask(question: Question): Promise<Reply>;
}

/** For one question. Honest ones take milliseconds, also on a busy machine. */
export const DEADLINE_MS = 2_000;
const START_MS = 30_000;
const MEMORY_MB = 96;

// The program that is built has the thread beside it as one file; from sources, Node takes the types off by itself.
const THREAD = import.meta.url.endsWith('.ts') ? './sandbox-thread.ts' : './sandbox-thread.js';

/**
 * One thread, started with the first question, and again after it had to be ended. Questions wait for one another; once
 * `signal` aborts, those that are open and all later ones reject with its reason.
 */
export function createSandbox(signal?: AbortSignal, deadlineMs = DEADLINE_MS): Sandbox {
  let thread: Promise<Worker> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const end = async () => {
    const ended = thread;
    thread = undefined;
    const worker = await ended?.catch(() => undefined); // One that did not start is ended already.
    await worker?.terminate();
  };
  const ask = async (question: Question): Promise<Reply> => {
    signal?.throwIfAborted();
    thread ??= startThread();
    try {
      const worker = await thread;
      const begin = () => worker.postMessage(question);
      const reply = await nextMessage<Reply>(worker, deadlineMs, begin, signal);
      if (typeof reply !== 'string') return reply;
      await end();
      return { kind: 'none', why: reply };
    } catch (error) {
      await end();
      throw error;
    }
  };

  return {
    ask: (question) => {
      const answered = last.then(() => ask(question));
      last = answered.catch(() => {}); // Whoever asked hears of it; the next one asks anew.
      return answered;
    },
    [Symbol.asyncDispose]: end,
  };
}

async function startThread(): Promise<Worker> {
  const worker = new Worker(new URL(THREAD, import.meta.url), {
    // It needs nothing of what the process was given.
    env: {},
    execArgv: [],
    // Node ends a thread at its limit, with 16 MB more for the collection that is going on; what that collection moves out of the
    // young generation has to fit in there, or V8 gives up the whole process.
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB, maxYoungGenerationSizeMb: 4 },
  });
  worker.unref();
  // Whoever waits for an answer hears of an error. One that comes later, while the thread is being ended, is of no more use to
  // anybody; without a listener Node would take it for nobody's and never tell that the thread is gone.
  worker.on('error', () => {});
  const said = await nextMessage<'ready'>(worker, START_MS, () => {});
  if (said !== 'ready') throw new Error(`the thread did not start: ${said}`);
  return worker;
}

/** The next message; or, as text, why there was none. An error that nobody named is a bug and rejects. */
function nextMessage<T>(
  worker: Worker,
  withinMs: number,
  begin: () => void,
  signal?: AbortSignal,
): Promise<T | string> {
  const { promise, resolve, reject } = Promise.withResolvers<T | string>();
  const timer = setTimeout(() => resolve(`it was ended after ${withinMs} ms`), withinMs);
  const onError = (error: Error & { code?: string }) =>
    error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      ? resolve('it was ended: it took too much memory')
      : reject(error);
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  worker.once('message', resolve).once('error', onError);
  begin();
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    worker.off('message', resolve).off('error', onError);
  });
}
