import type { ChromeClient } from '../../ports/chrome/pipe.ts';
import type { Outgoing, OutgoingHeader } from '../outgoing.ts';

export interface Guard {
  /** Why the main document was not asked for. */
  refused(): string | undefined;
  /** The names of headers that did not go along to another origin. */
  withheld(): readonly string[];
}

export interface GuardOptions {
  readonly frameId: string;
  readonly outgoing: Outgoing;
  /** Why a URL may not be asked. */
  readonly judge: (url: URL) => Promise<string | undefined>;
}

/**
 * Stands between the page and its requests: refuses those that may not be made, and gives the step's headers to those that
 * go to the origin which they were written for, as long as the page is of that origin. A page of somebody else's can't use
 * them, and once the page has left, they do not come back (as in outgoing.ts). Frames of other sites and workers are
 * processes of their own and are not seen here: they get no headers, and the gate judges every address they connect to.
 *
 * What interception can't promise: that the name, which Chrome would resolve once more, still means the address that was
 * judged (DNS rebinding). That is why the gate connects, and to the address that it has judged itself; this here only
 * says it earlier, and names the request.
 */
export async function guardRequests(page: ChromeClient, options: GuardOptions): Promise<Guard> {
  const { frameId, outgoing, judge } = options;
  const own = outgoing.headers.filter(({ name }) => name !== 'cookie');
  const origins = new Map<string, string>();
  let refused: string | undefined;
  let left = outgoing.url.origin !== outgoing.origin;

  page.on('Page.frameNavigated', ({ frame }) => {
    const url = URL.parse(frame.url);
    if (url && /^https?:$/.test(url.protocol)) origins.set(frame.id, url.origin);
  });
  page.on('Fetch.authRequired', ({ requestId }) => {
    // Nobody is there to type a password: the answer is what the server shows without one.
    ignoreGone(
      page.send('Fetch.continueWithAuth', { requestId, authChallengeResponse: { response: 'CancelAuth' } }),
    );
  });
  page.on('Fetch.requestPaused', ({ requestId, request, frameId: of, resourceType }) => {
    const url = URL.parse(request.url);
    const isMain = resourceType === 'Document' && of === frameId;
    if (isMain && url?.origin !== outgoing.origin) left = true;
    const decide = async () => {
      const why = url && /^https?:$/.test(url.protocol) ? await judge(url) : undefined;
      if (why !== undefined) {
        if (isMain) refused = why;
        await page.send('Fetch.failRequest', { requestId, errorReason: 'AccessDenied' });
        return;
      }
      const isOurs =
        !left && url?.origin === outgoing.origin && (origins.get(of) ?? outgoing.origin) === outgoing.origin;
      const headers = isOurs && own.length > 0 ? { headers: withOwn(request.headers, own) } : {};
      await page.send('Fetch.continueRequest', { requestId, ...headers });
    };
    ignoreGone(decide());
  });
  await page.send('Fetch.enable', { patterns: [{ urlPattern: '*' }], handleAuthRequests: true });
  return {
    refused: () => refused,
    withheld: () => (left ? own.map(({ name }) => name) : []),
  };
}

function withOwn(given: Readonly<Record<string, string>>, own: readonly OutgoingHeader[]) {
  const names = new Set(own.map(({ name }) => name));
  const kept = Object.entries(given).filter(([name]) => !names.has(name.toLowerCase()));
  return [
    ...kept.map(([name, value]) => ({ name, value })),
    ...own.map(({ name, value }) => ({ name, value })),
  ];
}

/** The request, the page or the browser may be gone by now; whoever waits for the page is told that by other means. */
const ignoreGone = (work: Promise<unknown>): void => void work.catch(() => {});
