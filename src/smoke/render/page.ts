import type { Chrome } from '../../ports/chrome/chrome.ts';
import type { Gate } from '../../ports/chrome/gate.ts';
import type { CookieParam } from '../../ports/chrome/protocol.ts';
import { faultOf } from '../../ports/fault.ts';
import { destinationOf } from '../../ports/reach.ts';
import { printable } from '../../proof/encode.ts';
import type { SetCookie } from '../answer.ts';
import type { SmokeContext } from '../context.ts';
import type { Exchanged, ExchangeOptions, Trace } from '../exchanged.ts';
import { addSecret } from '../masking.ts';
import type { Outgoing } from '../outgoing.ts';
import { fromBrowser, toBrowser, writtenToBrowser } from './cookies.ts';
import { guardRequests } from './guard.ts';
import { type Traffic, watchTraffic } from './network.ts';
import type { Notes } from './notes.ts';
import { photograph } from './screenshot.ts';
import { renderedAnswer, take } from './take.ts';
import { type OpenedPage, openPage, PageCrashed, settle, watchConsole } from './visit.ts';

export interface Rendering {
  readonly outgoing: Outgoing;
  readonly options: ExchangeOptions;
  readonly context: SmokeContext;
  readonly chrome: Chrome;
  readonly gate: Gate;
  readonly notes: Notes;
  /** The end of the run, or of the time for this page. */
  readonly signal: AbortSignal;
  /** By `clock.monotonic`. */
  readonly startedAt: number;
  /** The folder for screenshots. */
  readonly out: string | undefined;
}

/** Kept back of the time for a page, to look at one that is never still. */
const RESERVE_MS = 2_000;
const DISPOSE_MS = 2_000;

/** Opens one page in a context of its own. Rejects when the signal aborts first, and where the page or the browser dies. */
export async function renderPage(rendering: Rendering): Promise<Exchanged> {
  const { chrome, gate, context, signal } = rendering;
  const { client } = chrome;
  const dead = Promise.withResolvers<never>();
  dead.promise.catch(() => {}); // It is raced below; nobody may be waiting when it comes.
  const abort = () => dead.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  /** Whatever a page keeps waiting ends with the time for it. */
  const live = <T>(work: Promise<T>): Promise<T> => Promise.race([work, dead.promise]);
  let browserContextId: string | undefined;
  try {
    signal.throwIfAborted();
    const created = client.send('Target.createBrowserContext', {
      disposeOnDetach: true,
      proxyServer: gate.proxy,
      // Without this, Chrome would go to loopback past the gate.
      proxyBypassList: '<-loopback>',
    });
    ({ browserContextId } = await live(created));
    using opened = await live(openPage(client, browserContextId));
    opened.page.on('Inspector.targetCrashed', () => {
      dead.reject(
        new PageCrashed('the page crashed in the browser, which happens when it needs too much memory'),
      );
    });
    return await visit(rendering, opened, browserContextId, live);
  } finally {
    signal.removeEventListener('abort', abort);
    if (browserContextId !== undefined) {
      // A page that is stuck in a loop does not hold up the others.
      const disposed = client.send('Target.disposeBrowserContext', { browserContextId }).catch(() => {});
      await Promise.race([disposed, context.clock.sleep(DISPOSE_MS)]);
    }
  }
}

async function visit(
  rendering: Rendering,
  { page, frameId, workers }: OpenedPage,
  browserContextId: string,
  live: <T>(work: Promise<T>) => Promise<T>,
): Promise<Exchanged> {
  const { outgoing, options, context, gate, notes, signal } = rendering;
  const { clock, reachable, http } = context;
  const now = () => clock.monotonic();
  const traffic = watchTraffic(page, { frameId, workers, nowMs: now, notes });
  watchConsole(page, notes);
  const guard = await live(guardRequests(page, { frameId, outgoing, judge: (url) => judge(url, signal) }));
  async function judge(url: URL, until: AbortSignal): Promise<string | undefined> {
    const destination = await destinationOf(url, reachable, http, until).catch(() => undefined); // The gate tells why.
    return destination?.kind === 'refused' ? destination.why : undefined;
  }
  let loadedAt: number | undefined;
  page.on('Page.loadEventFired', () => {
    loadedAt = now();
  });
  page.on('Page.frameNavigated', ({ frame }) => {
    if (frame.id === frameId) loadedAt = undefined;
  });
  const put = await live(putCookies(rendering, browserContextId));

  // What the browser takes to make a page ready for it is not the page's time.
  const startedAt = now();
  const navigated = await live(page.send('Page.navigate', { url: outgoing.url.href }));
  const document = traffic.document();
  const trace = (elapsedMs: number): Trace => ({
    elapsedMs: Math.round(elapsedMs),
    redirects: [...traffic.redirects],
    withheld: guard.withheld(),
    stayed: undefined,
  });
  if (navigated.errorText !== undefined && !document) {
    const refused = guard.refused();
    if (refused !== undefined)
      return { kind: 'refused', ...trace(now() - startedAt), why: refused, hop: traffic.redirects.length };
    return {
      ...trace(now() - startedAt),
      ...faultAt(traffic.redirects.at(-1), navigated.errorText, outgoing, gate),
    };
  }
  const shown = navigated.errorText === undefined;
  const latest = rendering.startedAt + options.timeoutMs - Math.min(RESERVE_MS, options.timeoutMs / 4);
  const ready = shown
    ? await settle(() => loadedAt, traffic, latest, clock, signal)
    : { atMs: now(), busy: false };
  const taken = shown ? await live(take(page, frameId)) : undefined;
  const last = traffic.document() ?? document;
  const refused = guard.refused();
  if (!last || refused !== undefined) {
    const why = refused ?? 'the page went on to another that no server gave';
    return { kind: 'refused', ...trace(now() - startedAt), why, hop: Math.max(1, traffic.redirects.length) };
  }
  if (ready.busy) notes.busy();
  const cookies = await live(keepCookies(rendering, browserContextId, put, traffic, last.response.url));
  if (rendering.out !== undefined && shown) {
    const title = options.title ?? outgoing.url.pathname;
    notes.screenshot(await photograph(page, rendering.out, title, clock, signal));
    options.signal.throwIfAborted();
  }
  const elapsedMs = Math.round(ready.atMs - startedAt);
  const answer = renderedAnswer({ document: last, taken, cookies, elapsedMs, nowMs: clock.now() });
  return { kind: 'answer', ...trace(elapsedMs), answer };
}

type Faulty = Pick<Extract<Exchanged, { kind: 'fault' }>, 'kind' | 'fault' | 'code' | 'explanation'>;

/** The gate knows better than the browser why there was no connection. */
function faultAt(redirect: string | undefined, errorText: string, { url }: Outgoing, gate: Gate): Faulty {
  const asked = redirect === undefined ? url : new URL(redirect);
  const port = asked.port || (asked.protocol === 'https:' ? '443' : '80');
  const fault = faultOf(gate.faultAt(`${asked.hostname}:${port}`));
  if (fault) return { kind: 'fault', fault: fault.kind, code: fault.code, explanation: fault.explanation };
  const code = printable(errorText.replace(/^net::/, ''), 80);
  if (!code.includes('CERT') && !code.includes('SSL')) {
    return { kind: 'fault', fault: 'protocol', code, explanation: 'the browser could not load the page' };
  }
  const explanation = 'TLS failed: a visitor sees a warning (the browser trusts the CAs of this system only)';
  return { kind: 'fault', fault: 'tls', code, explanation };
}

async function putCookies(
  { outgoing, options, chrome }: Rendering,
  browserContextId: string,
): Promise<CookieParam[]> {
  const { url, origin } = outgoing;
  const own =
    url.origin === origin ? outgoing.headers.find(({ name }) => name === 'cookie')?.value : undefined;
  const kept = await options.cookies.list(url);
  const put = [...writtenToBrowser(own ?? '', url), ...toBrowser(kept, url)];
  if (put.length > 0) await chrome.client.send('Storage.setCookies', { cookies: put, browserContextId });
  return put;
}

/** What the page set, by its answers or by script, belongs to the flow from now on. */
async function keepCookies(
  { outgoing, options, context, chrome }: Rendering,
  browserContextId: string,
  put: readonly CookieParam[],
  traffic: Traffic,
  lastUrl: string,
): Promise<SetCookie[]> {
  const { cookies } = await chrome.client.send('Storage.getCookies', { browserContextId });
  const visited = [outgoing.url, ...[...traffic.redirects, lastUrl].map((text) => new URL(text))];
  const set: SetCookie[] = [];
  for (const { url, line } of fromBrowser(cookies, put, visited))
    set.push(...(await options.cookies.keep(url, [line])));
  for (const { value } of set) addSecret(value, context.secrets);
  return set;
}
