import { inconclusive } from '../proof/errors.ts';

/** Turns the first SIGINT or SIGTERM into an orderly end: what is open is settled, and nothing counts as proved. */
export function abortOnSignals(source: NodeJS.Process): AbortController {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    source.once(name, () => controller.abort(inconclusive('interrupted', `stopped by ${name}`)));
  }
  return controller;
}
