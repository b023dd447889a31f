import type { Method } from './plan.ts';

/** A request as it was written, before it is known where redirects lead. */
export interface Outgoing {
  readonly method: Method;
  readonly url: URL;
  /** The origin that its secrets were written for. */
  readonly origin: string;
  readonly headers: readonly OutgoingHeader[];
  readonly body: OutgoingBody | undefined;
}

export interface OutgoingHeader {
  readonly name: string;
  readonly value: string;
  readonly secret: boolean;
}

export interface OutgoingBody {
  readonly bytes: string | Uint8Array;
  /** Set unless the headers say another. */
  readonly type: string;
}

/** What goes to one hop, and what was left out of it. */
export interface HopRequest {
  readonly method: Method;
  readonly url: URL;
  readonly headers: readonly OutgoingHeader[];
  readonly body: OutgoingBody | undefined;
  /** The names of what was not sent because the hop is another origin. */
  readonly withheld: readonly string[];
}

/** Fields that say the same to everybody; any other may be a credential, whether it was marked as a secret or not. */
const HARMLESS = new Set(['accept', 'accept-language', 'cache-control', 'dnt', 'pragma', 'user-agent']);

/** The first hop. Its URL may hold a captured value, and so lead to another origin than the one it was written for. */
export function firstHop(outgoing: Outgoing): HopRequest | { readonly refused: string } {
  if (outgoing.body && outgoing.url.origin !== outgoing.origin) {
    return {
      refused: `the captured URL leads to ${outgoing.url.origin}, and the body was written for ${outgoing.origin}`,
    };
  }
  return boundTo(outgoing.origin, { ...outgoing, withheld: [] });
}

export type Redirection =
  | { readonly kind: 'follow'; readonly hop: HopRequest }
  /** The answer itself is the end, and why. */
  | { readonly kind: 'stay'; readonly why: string };

const MAX_REDIRECTS = 10;

/**
 * What a redirect makes of a request (RFC 9110, section 15.4; the method by the Fetch standard, "HTTP-redirect fetch").
 * A body is not carried to another origin, nor left out of a request that was to have one: then it ends here.
 */
export function redirected(
  { origin }: Outgoing,
  last: HopRequest,
  answer: { readonly status: number; readonly location: string | undefined },
  hops: number,
): Redirection | undefined {
  if (![301, 302, 303, 307, 308].includes(answer.status) || answer.location === undefined) return undefined;
  const url = URL.parse(answer.location, last.url.href);
  if (!url || !/^https?:$/.test(url.protocol)) return stay('it leads to no http or https URL');
  if (hops >= MAX_REDIRECTS) return stay(`there were ${MAX_REDIRECTS} before`);
  // A password in a Location is nobody's to repeat.
  url.username = '';
  url.password = '';
  const { status } = answer;
  const toGet =
    (status === 303 && last.method !== 'HEAD') ||
    ((status === 301 || status === 302) && last.method === 'POST');
  const body = toGet ? undefined : last.body;
  if (body && url.origin !== origin) return stay(`it would carry the body to another origin, ${url.origin}`);
  const headers = toGet ? last.headers.filter(({ name }) => !name.startsWith('content-')) : last.headers;
  return {
    kind: 'follow',
    hop: boundTo(origin, { method: toGet ? 'GET' : last.method, url, headers, body, withheld: [] }),
  };
}

const stay = (why: string): Redirection => ({ kind: 'stay', why });

/** What was written for one origin stays with it. What was left out once does not come back. */
function boundTo(origin: string, request: HopRequest): HopRequest {
  if (request.url.origin === origin) return request;
  const goes = ({ name, secret }: OutgoingHeader) => !secret && HARMLESS.has(name);
  return {
    ...request,
    headers: request.headers.filter(goes),
    withheld: request.headers.filter((header) => !goes(header)).map(({ name }) => name),
  };
}
