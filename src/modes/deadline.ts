import { shortDuration } from './kinds.ts';

/** Ends what is open after `withinMs`; `what` the time was for stands in the reason. */
export function startDeadline(withinMs: number, what: string): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const timer = setTimeout(
    () =>
      controller.abort(
        new Error(`the time for all ${what}, ${shortDuration(withinMs)} (\`within\`), was up`),
      ),
    withinMs,
  );
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}
