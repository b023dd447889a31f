/** One thing that is asked of a server, with all the exchanges that it takes. */
export interface Stage {
  /** Aborts when the stage is over, however it ended: nothing that belongs to it goes on after it. */
  readonly signal: AbortSignal;
  /** Ends it at once. The client waits for an answer even where none can come any more. */
  fail(error: unknown): void;
}

export interface Stages {
  /** Runs one stage; a given time bounds it. Rejects with the signal's reason when the run is aborted. */
  run<T>(work: (stage: Stage) => Promise<T>, bound?: { readonly ms: number; error(): Error }): Promise<T>;
  readonly current: () => Stage;
}

export function createStages(signal: AbortSignal): Stages {
  let current: Stage = { signal: AbortSignal.abort(), fail: () => {} };
  return {
    current: () => current,
    run: async (work, bound) => {
      signal.throwIfAborted();
      const controller = new AbortController();
      const failed = Promise.withResolvers<never>();
      const stage: Stage = { signal: controller.signal, fail: failed.reject };
      current = stage;
      const abort = () => stage.fail(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      const timer = bound && setTimeout(() => stage.fail(bound.error()), bound.ms);
      try {
        return await Promise.race([work(stage), failed.promise]);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        controller.abort();
      }
    },
  };
}
