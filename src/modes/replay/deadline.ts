import { shortDuration } from '../kinds.ts';

/** Ends the cases that are open after `withinMs`; what cleans up behind them has a time of its own. */
export function startDeadline(withinMs: number): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const timer = setTimeout(
    () =>
      controller.abort(new Error(`the time for all writes, ${shortDuration(withinMs)} (\`within\`), was up`)),
    withinMs,
  );
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}
