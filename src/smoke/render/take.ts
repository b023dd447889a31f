import { createHash } from 'node:crypto';
import type { ChromeClient } from '../../ports/chrome/pipe.ts';
import type { Answer, SetCookie } from '../answer.ts';
import type { MainDocument } from './network.ts';

/** The page as its visitor has it before him. */
export interface Taken {
  readonly html: string;
  readonly text: string;
  readonly url: string;
  /** It was longer than what is looked at. */
  readonly tooLong: boolean;
}

const MAX_CHARACTERS = 5_000_000;

/** Runs in the page; cut there, so that a giant never travels. */
const TAKE = `(() => {
  const html = document.documentElement?.outerHTML ?? '';
  const text = document.body?.innerText ?? document.documentElement?.textContent ?? '';
  const max = ${MAX_CHARACTERS};
  return {
    html: html.slice(0, max),
    text: text.slice(0, max),
    url: location.href.slice(0, 65536),
    tooLong: html.length > max || text.length > max,
  };
})()`;

/** Looks at the page from a world of its own: what its scripts made of the built-in functions does not matter there. */
export async function take(page: ChromeClient, frameId: string): Promise<Taken> {
  const { executionContextId } = await page.send('Page.createIsolatedWorld', {
    frameId,
    worldName: 'ship-proof',
  });
  const { result } = await page.send('Runtime.evaluate', {
    expression: TAKE,
    contextId: executionContextId,
    returnByValue: true,
  });
  const { html, text, url, tooLong } = (result.value ?? {}) as Partial<Record<keyof Taken, unknown>>;
  return {
    html: String(html ?? ''),
    text: String(text ?? ''),
    url: String(url ?? ''),
    tooLong: tooLong === true,
  };
}

export interface About {
  readonly document: MainDocument;
  /** Undefined where the browser showed nothing of it. */
  readonly taken: Taken | undefined;
  readonly cookies: readonly SetCookie[];
  readonly elapsedMs: number;
  readonly nowMs: number;
}

/** A rendered page as an answer: the text that a visitor reads is its body, selectors look into the DOM. */
export function renderedAnswer({ document, taken, cookies, elapsedMs, nowMs }: About): Answer {
  const { response, headers } = document;
  const fields = Object.entries(headers).map(
    ([name, value]) => [name.toLowerCase(), value.split('\n')] as const,
  );
  const { html = '', text = '' } = taken ?? {};
  const validTo = response.securityDetails?.validTo;
  return {
    status: response.status,
    headers: (name) => fields.filter(([own]) => own === name.toLowerCase()).flatMap(([, lines]) => lines),
    text,
    html,
    json: text,
    bytes: Buffer.byteLength(html),
    sha256: () => createHash('sha256').update(html).digest('hex'),
    unread: unreadOf(taken, response.status),
    url: urlOf(taken, response.url),
    elapsedMs,
    cookies,
    certificateMs: validTo === undefined ? undefined : validTo * 1000 - nowMs,
  };
}

function unreadOf(taken: Taken | undefined, status: number): string | undefined {
  if (taken?.tooLong) return `the rendered page is longer than ${MAX_CHARACTERS} characters`;
  // An error without a body is shown by the browser's own page, which is nobody's answer.
  return taken || status >= 400
    ? undefined
    : 'the browser shows no page: it is a download, or has no content';
}

/** Where it is now: scripts write their own addresses. Of the browser's own pages, the one that was asked for. */
function urlOf(taken: Taken | undefined, asked: string): URL {
  const shown = URL.parse(taken?.url ?? '');
  const url = shown && /^https?:$/.test(shown.protocol) ? shown : new URL(asked);
  url.username = '';
  url.password = '';
  return url;
}
