import { reachOf } from '../ports/address.ts';
import type { Http, HttpAnswer } from '../ports/http.ts';
import { ENCODINGS, type Question, type Target } from './question.ts';

export interface Followed {
  readonly answer: HttpAnswer;
  /** Why the answer is a redirect that was not followed. */
  readonly stuck: string | undefined;
}

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * The answer at the end of the redirects; `redirects` is filled with their URLs. A redirect that can't or may not be
 * followed is itself the answer: the eleventh one, one that leads nowhere, and one to an address that no visitor is to be
 * sent to (link-local ones hand out a cloud's credentials).
 */
export async function follow(
  target: Target,
  question: Question,
  redirects: string[],
  signal: AbortSignal,
  http: Http,
  bypass: string | undefined,
): Promise<Followed> {
  let url = bypass === undefined ? target.url : withQuery(target.url, bypass);
  for (;;) {
    const answer = await http.request({
      method: 'GET',
      url,
      headers: headersFor(url, target, question, bypass !== undefined),
      // The address belongs to the name it was resolved from; another host has its own.
      ...(target.address && url.host === target.url.host ? { address: target.address } : {}),
      signal,
    });
    if (!REDIRECTS.has(answer.status)) return { answer, stuck: undefined };
    const next = URL.parse(answer.header('location') ?? '', url.href);
    if (answer.header('location') === undefined || !next || !/^https?:$/.test(next.protocol)) {
      return { answer, stuck: 'a redirect that leads nowhere' };
    }
    // A password in a Location is nobody's to repeat.
    next.username = '';
    next.password = '';
    if (redirects.length >= MAX_REDIRECTS) return { answer, stuck: `more than ${MAX_REDIRECTS} redirects` };
    if (next.host !== target.url.host && (await isForbidden(next, http, signal))) {
      return { answer, stuck: `a redirect to ${next.host}, a link-local address that is never asked` };
    }
    answer.close();
    redirects.push(next.href);
    url = next;
  }
}

/** Whether any address of the name is one that is never asked: which one a connection takes is not ours to choose. */
async function isForbidden(url: URL, http: Http, signal: AbortSignal): Promise<boolean> {
  const addresses = await http.resolve(url.hostname, signal);
  return addresses.some(({ address }) => reachOf(address) === 'never');
}

function headersFor(url: URL, target: Target, question: Question, bypass: boolean): Record<string, string> {
  return {
    accept: 'text/html,application/xhtml+xml,application/json;q=0.9,text/plain;q=0.9,*/*;q=0.8',
    'user-agent': question.userAgent,
    ...(bypass ? { 'cache-control': 'no-cache', pragma: 'no-cache' } : {}),
    ...(question.origins.has(url.origin) ? question.headers : {}),
    'accept-encoding': ENCODINGS[target.encoding],
  };
}

function withQuery(url: URL, bypass: string): URL {
  const changed = new URL(url);
  changed.searchParams.set('ship-proof-bypass', bypass);
  return changed;
}
