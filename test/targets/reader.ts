import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { startChrome } from '../../src/ports/chrome/chrome.ts';
import { findChrome } from '../../src/ports/chrome/find.ts';
import { startServer } from './server.ts';

/** The DevTools Protocol, untyped: tests ask for more of it than the program does. */
interface Devtools {
  send(command: string, parameters: object): Promise<Record<string, never> & Answer>;
  on(event: string, listener: (parameters: never) => void): Disposable;
  session(id: string): Devtools;
}
type Answer = {
  readonly browserContextId: string;
  readonly targetId: string;
  readonly sessionId: string;
  readonly data: string;
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly text: string };
};

export interface View {
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
}

export interface Read {
  /** Paths that the browser asked our server for, the page itself first. */
  readonly requests: readonly string[];
  /** URLs that the page wanted from anywhere, whether or not its policy let it. */
  readonly wanted: readonly string[];
  /** What `window.pwned` is: hostile texts set it when they run. */
  readonly pwned: unknown;
  readonly text: string;
  /** True when the page is wider than the screen. */
  readonly overflows: boolean;
  /** Findings of axe-core, `rule: element`. */
  readonly violations: readonly string[];
  readonly png: Buffer;
}

export const noBrowser = (): boolean => 'missing' in findChrome(process.env);

/** Opens a page in a real browser, as somebody who reads a report would; each view is a fresh load. */
export async function readPage(html: string, views: readonly View[]): Promise<Read[]> {
  const found = findChrome(process.env);
  if ('missing' in found) throw new Error(found.missing);
  await using server = await startServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(html);
  });
  const env = { PATH: process.env.PATH ?? '' };
  await using chrome = await startChrome({ path: found.path, env, signal: AbortSignal.timeout(60_000) });
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const reads: Read[] = [];
  for (const view of views) {
    const before = server.requests.length;
    const read = await readOnce(chrome.client as unknown as Devtools, `${server.url}/`, view, axe);
    const requests = server.requests.slice(before).map(({ url }) => url);
    reads.push({ ...read, requests: requests.filter((url) => url !== '/favicon.ico') });
  }
  return reads;
}

async function readOnce(
  browser: Devtools,
  url: string,
  view: View,
  axe: string,
): Promise<Omit<Read, 'requests'>> {
  const { browserContextId } = await browser.send('Target.createBrowserContext', {
    disposeOnDetach: true,
    proxyServer: 'direct://',
    proxyBypassList: '<-loopback>',
  });
  const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank', browserContextId });
  const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
  const page = browser.session(sessionId);
  const wanted: string[] = [];
  using _wants = page.on('Network.requestWillBeSent', ({ request }: { request: { url: string } }) => {
    if (!request.url.startsWith('data:')) wanted.push(request.url);
  });
  await page.send('Network.enable', {});
  await page.send('Page.enable', {});
  await page.send('Emulation.setDeviceMetricsOverride', {
    width: view.width,
    height: view.height,
    deviceScaleFactor: 1,
    mobile: view.width < 600,
  });
  await page.send('Emulation.setEmulatedMedia', {
    features: [{ name: 'prefers-color-scheme', value: view.dark ? 'dark' : 'light' }],
  });
  const loaded = new Promise<void>((done) => page.on('Page.loadEventFired', () => done()));
  await page.send('Page.navigate', { url });
  await loaded;
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result, exceptionDetails } = await page.send('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.text);
    return result.value;
  };
  const pwned = await evaluate('window.pwned ?? null');
  const { data } = await page.send('Page.captureScreenshot', { format: 'png' });
  const text = String(await evaluate('document.body.innerText'));
  const overflows = (await evaluate(
    'document.documentElement.scrollWidth > document.documentElement.clientWidth',
  )) as boolean;
  await evaluate(`${axe};0`);
  const violations = (await evaluate(
    'axe.run(document).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => [id, html.slice(0, 200)].join(" "))))',
  )) as string[];
  await browser.send('Target.disposeBrowserContext', { browserContextId });
  return { wanted, pwned, text, overflows, violations, png: Buffer.from(data, 'base64') };
}
