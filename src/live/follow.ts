import { reachOf } from '../ports/address.ts';
import type { Address, Http, HttpAnswer } from '../ports/http.ts';
import { destinationOf } from '../ports/reach.ts';
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
 * sent to. Rejects where the target itself is at one that is never asked.
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
  const start = await addressesOf(target, http, signal);
  let addresses = start;
  // Who asks inside may be led about there; nobody is led in from outside, save to what the inputs name.
  const allowPrivate = start.every(({ address }) => reachOf(address) === 'private');
  for (;;) {
    const answer = await http.request({
      method: 'GET',
      url,
      headers: headersFor(url, target, question, bypass !== undefined),
      // The address belongs to the name it was resolved from; another host has its own.
      ...(target.address && url.host === target.url.host
        ? { address: target.address }
        : { among: addresses }),
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
    if (next.host === target.url.host) addresses = start;
    else {
      const destination = await destinationOf(
        next,
        { origins: question.origins, allowPrivate },
        http,
        signal,
      );
      if (destination.kind === 'refused')
        return { answer, stuck: `a redirect to ${next.host}, ${REFUSED[destination.reach]}` };
      addresses = destination.addresses;
    }
    answer.close();
    redirects.push(next.href);
    url = next;
  }
}

const REFUSED = {
  never: 'a link-local address that is never asked',
  private: 'a private address that `url` does not name',
} as const;

/** The address to look at, or all of the name's: the user's own word, so they may be private. */
async function addressesOf(
  { url, address }: Target,
  http: Http,
  signal: AbortSignal,
): Promise<readonly Address[]> {
  const found = address ? [address] : await http.resolve(url.hostname, signal);
  const allowed = found.filter((one) => reachOf(one.address) !== 'never');
  if (found.length > 0 && allowed.length === 0)
    throw Object.assign(new Error('link-local'), { code: 'ADDRESS_REFUSED' });
  return allowed;
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
