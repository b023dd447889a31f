import type { ChromeClient } from '../../ports/chrome/pipe.ts';
import type { NetworkResponse } from '../../ports/chrome/protocol.ts';
import type { Notes } from './notes.ts';

/** What a page asks of the network, and what came of it. */
export interface Traffic {
  /** The answer that the page was made of; after a navigation by script, the last one. */
  document(): MainDocument | undefined;
  /** Where the main document was redirected to by answers, in order. */
  readonly redirects: readonly string[];
  /** Since when nothing is open any more, by the given clock; undefined while something is. */
  quietSince(): number | undefined;
}

export interface MainDocument {
  readonly response: NetworkResponse;
  readonly headers: Readonly<Record<string, string>>;
}

/** They stay open for ever, on purpose. */
const STREAMS = new Set(['EventSource', 'WebSocket', 'Ping']);
/** Of a page that only fills and pulls for ever, no more is remembered than this. */
const MAX_OPEN = 10_000;

export interface TrafficOptions {
  readonly frameId: string;
  /** The scripts of workers: their answers are heard of in their own processes only. */
  readonly workers: ReadonlySet<string>;
  readonly nowMs: () => number;
  readonly notes: Notes;
}

export function watchTraffic(page: ChromeClient, options: TrafficOptions): Traffic {
  const { frameId, workers, nowMs, notes } = options;
  const open = new Map<string, string>();
  const redirects: string[] = [];
  let main:
    | { readonly requestId: string; response?: NetworkResponse; headers?: Readonly<Record<string, string>> }
    | undefined;
  let quiet: number | undefined = nowMs();

  page.on('Network.requestWillBeSent', ({ requestId, request, type = '', frameId: of, redirectResponse }) => {
    if (type === 'Document' && of === frameId) {
      if (redirectResponse && main?.requestId === requestId) redirects.push(request.url);
      main = { requestId };
    }
    if (STREAMS.has(type) || open.size >= MAX_OPEN || !/^https?:/.test(request.url)) return;
    open.set(requestId, request.url);
    quiet = undefined;
  });
  page.on('Network.responseReceivedExtraInfo', ({ requestId, headers }) => {
    if (main?.requestId === requestId) main.headers = headers;
  });
  page.on('Network.responseReceived', ({ requestId, type, frameId: of, response }) => {
    if (type === 'Document' && of === frameId && main?.requestId === requestId) main.response = response;
    else if (response.status >= 400 && !isIcon(response.url))
      notes.failed(response.url, `status ${response.status}`);
    // A frame of another site goes on in a process of its own; the page's load event waits for it.
    if (type === 'Document' && of !== frameId) end(requestId);
  });
  const end = (requestId: string) => {
    open.delete(requestId);
    if (open.size === 0) quiet ??= nowMs();
  };
  page.on('Page.frameNavigated', ({ frame }) => {
    if (frame.id !== frameId || !main) return;
    // What the page before had open went with it.
    for (const requestId of [...open.keys()]) if (requestId !== main.requestId) end(requestId);
  });
  page.on('Network.loadingFinished', ({ requestId }) => end(requestId));
  page.on('Network.loadingFailed', ({ requestId, errorText, canceled }) => {
    const url = open.get(requestId);
    // What the page itself gave up did not fail.
    if (url !== undefined && !canceled && !isIcon(url) && main?.requestId !== requestId)
      notes.failed(url, wordsOf(errorText));
    end(requestId);
  });
  return {
    document: () =>
      main?.response && { response: main.response, headers: { ...main.response.headers, ...main.headers } },
    redirects,
    quietSince: () => {
      for (const [requestId, url] of open) if (workers.has(url)) end(requestId);
      return quiet;
    },
  };
}

/** The browser asks for it of its own accord, whether the page has one or not. */
const isIcon = (url: string): boolean => URL.parse(url)?.pathname === '/favicon.ico';

/** `net::ERR_ACCESS_DENIED` is how a request ends that we refused. */
const wordsOf = (errorText: string): string =>
  errorText === 'net::ERR_ACCESS_DENIED'
    ? 'refused: its address may not be asked'
    : errorText.replace(/^net::/, '');
