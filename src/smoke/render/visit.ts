import type { ChromeClient } from '../../ports/chrome/pipe.ts';
import type { RemoteObject } from '../../ports/chrome/protocol.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Traffic } from './network.ts';
import type { Notes } from './notes.ts';

/** The page's process is gone: it crashed, or was out of memory. */
export class PageCrashed extends Error {
  override readonly name = 'PageCrashed';
}

const VIEWPORT = { width: 1280, height: 800 } as const;
/** So long has the network to be still for the page to count as ready. */
const QUIET_MS = 500;
const LOOK_EVERY_MS = 25;

export interface OpenedPage extends Disposable {
  readonly page: ChromeClient;
  readonly frameId: string;
  /** The scripts of its workers. */
  readonly workers: ReadonlySet<string>;
}

/** A page of its own in a context of its own, with nobody before it: dialogs are dismissed, other windows closed. */
export async function openPage(browser: ChromeClient, browserContextId: string): Promise<OpenedPage> {
  const { targetId } = await browser.send('Target.createTarget', {
    url: 'about:blank',
    browserContextId,
    ...VIEWPORT,
  });
  const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
  const page = browser.session(sessionId);
  await Promise.all([
    page.send('Page.enable', {}),
    page.send('Runtime.enable', {}),
    page.send('Log.enable', {}),
    page.send('Inspector.enable', {}),
    page.send('Network.enable', {}),
    page.send('Network.setBypassServiceWorker', { bypass: true }),
    browser.send('Browser.setDownloadBehavior', { behavior: 'deny', browserContextId }),
  ]);
  page.on('Page.javascriptDialogOpening', ({ type }) => {
    // A page that asks whether it may be left is left.
    page.send('Page.handleJavaScriptDialog', { accept: type === 'beforeunload' }).catch(() => {}); // It is gone again.
  });
  const workers = new Set<string>();
  page.on('Target.attachedToTarget', ({ targetInfo }) => void workers.add(targetInfo.url));
  await page.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: true });
  const others = browser.on('Target.targetCreated', ({ targetInfo }) => {
    if (targetInfo.browserContextId !== browserContextId || targetInfo.targetId === targetId) return;
    if (targetInfo.type === 'shared_worker') workers.add(targetInfo.url);
    if (targetInfo.type !== 'page') return;
    browser.send('Target.closeTarget', { targetId: targetInfo.targetId }).catch(() => {}); // It closed by itself.
  });
  await browser.send('Target.setDiscoverTargets', { discover: true });
  // The main frame has its page's id.
  return { page, frameId: targetId, workers, [Symbol.dispose]: () => others[Symbol.dispose]() };
}

/** Notes what the page writes to its console as an error, and what it throws. */
export function watchConsole(page: ChromeClient, notes: Notes): void {
  page.on('Runtime.consoleAPICalled', ({ type, args }) => {
    if (type === 'error' || type === 'assert') notes.console(args.slice(0, 10).map(wordsOf).join(' '));
  });
  page.on('Runtime.exceptionThrown', ({ exceptionDetails: { text, exception } }) => {
    const [first = ''] = (exception?.description ?? '').split('\n');
    notes.console(`${text}${exception ? ` ${first || wordsOf(exception)}` : ''}`);
  });
  page.on('Log.entryAdded', ({ entry: { source, level, text } }) => {
    // Requests that failed are listed as such.
    if (level === 'error' && source !== 'network') notes.console(text);
  });
}

const wordsOf = ({ value, description, unserializableValue }: RemoteObject): string =>
  typeof value === 'string'
    ? value
    : (description ?? unserializableValue ?? JSON.stringify(value) ?? 'undefined');

export interface Ready {
  /** When the page was, without the silence that showed it. */
  readonly atMs: number;
  /** The network was still going on when there was no more time to wait for it. */
  readonly busy: boolean;
}

/**
 * Waits for the page to be loaded and the network to be still. A page that never stops asking is taken as it stands at
 * `latestMs`, but never before it is loaded. Times are of the clock's `monotonic`.
 */
export async function settle(
  loadedAt: () => number | undefined,
  traffic: Traffic,
  latestMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<Ready> {
  for (;;) {
    const now = clock.monotonic();
    const loaded = loadedAt();
    const quiet = traffic.quietSince();
    if (loaded !== undefined && quiet !== undefined) {
      const atMs = Math.max(loaded, quiet);
      if (now - atMs >= QUIET_MS) return { atMs, busy: false };
    }
    if (loaded !== undefined && now >= latestMs) return { atMs: now, busy: true };
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}
