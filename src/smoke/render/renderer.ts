import type { Allowed } from '../../ports/chrome/gate.ts';
import { openGate } from '../../ports/chrome/gate.ts';
import { ChromeError } from '../../ports/chrome/pipe.ts';
import { type FaultKind, faultOf } from '../../ports/fault.ts';
import { destinationOf } from '../../ports/reach.ts';
import type { SmokeContext } from '../context.ts';
import type { Ask, Exchanged, Trace } from '../exchanged.ts';
import { firstHop } from '../outgoing.ts';
import { createBrowser, type Environment } from './browser.ts';
import { createNotes } from './notes.ts';
import { renderPage } from './page.ts';
import { PageCrashed } from './visit.ts';

/** Opens pages in the machine's own Chrome. Disposal ends the browser and leaves nothing of it. */
export interface Renderer extends AsyncDisposable {
  /** In place of `exchange`, with the same result. Rejects only for bugs and for an aborted run. */
  readonly render: Ask<SmokeContext>;
}

/** `out`: the folder for screenshots; without one there are none. */
export function createRenderer(given: {
  readonly env: Environment;
  readonly childEnv: Readonly<Record<string, string>>;
  readonly out: string | undefined;
}): Renderer {
  const browser = createBrowser(given.env, given.childEnv);
  return {
    render: async (outgoing, options, context) => {
      const nothing: Trace = { elapsedMs: 0, redirects: [], withheld: [], stayed: undefined };
      const fault = (kind: FaultKind, code: string, explanation: string): Exchanged => {
        return { kind: 'fault', ...nothing, fault: kind, code, explanation };
      };
      if (!options.follow) {
        const why = 'a browser follows every redirect: leave out `follow: false`, or `render: true`';
        return fault('no-route', 'render-follow', why);
      }
      const first = firstHop(outgoing);
      if ('refused' in first) return { kind: 'refused', ...nothing, why: first.refused, hop: 0 };
      const chrome = await browser.get(options.signal);
      // A lack of this machine, not of the page.
      if ('why' in chrome) return fault('no-route', chrome.code, chrome.why);

      const { clock, secrets } = context;
      const startedAt = clock.monotonic();
      const notes = createNotes((text) => secrets.text(text));
      const product = chrome.sandboxed ? chrome.product : `${chrome.product}, without its sandbox`;
      const noted = () => ({ noted: { browser: product, ...notes.observed() }, ...notes.hint() });
      const elapsed = () => ({
        ...nothing,
        elapsedMs: Math.round(clock.monotonic() - startedAt),
        ...noted(),
      });
      const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(options.timeoutMs)));
      const signal = AbortSignal.any([options.signal, timeout]);
      try {
        await using gate = await openGate(allowedBy(context));
        const page = { outgoing, options, context, chrome, gate, notes, signal, startedAt, out: given.out };
        return { ...(await renderPage(page)), ...noted() };
      } catch (error) {
        options.signal.throwIfAborted();
        if (timeout.aborted) {
          const explanation = `the page was not ready within ${Math.round(options.timeoutMs)} ms`;
          return { ...fault('timeout', 'ETIMEDOUT', explanation), ...elapsed() };
        }
        if (error instanceof PageCrashed)
          return { ...fault('reset', 'page-crashed', error.message), ...elapsed() };
        if (error instanceof ChromeError) {
          if (error.closed) await browser.drop(chrome);
          return { ...fault('reset', 'chrome-ended', `the browser gave up: ${error.message}`), ...elapsed() };
        }
        const known = faultOf(error);
        if (!known) throw error;
        return { ...fault(known.kind, known.code, known.explanation), ...elapsed() };
      }
    },
    [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose](),
  };
}

/** The rule of reach.ts for a connection: of its origin only host and port are known, so either scheme may be named. */
const allowedBy =
  ({ reachable, http }: SmokeContext): Allowed =>
  async (host, port, signal) => {
    const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    for (const scheme of ['https', 'http']) {
      const url = URL.parse(`${scheme}://${authority}`);
      if (!url) return [];
      const destination = await destinationOf(url, reachable, http, signal);
      if (destination.kind === 'addresses') return destination.addresses;
    }
    return [];
  };
