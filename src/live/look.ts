import type { Clock } from '../ports/clock.ts';
import { decode, UnreadableBody } from '../ports/decode.ts';
import { type FaultKind, faultOf } from '../ports/fault.ts';
import type { Address, Http, HttpAnswer } from '../ports/http.ts';
import { type CachedCopy, cachedCopy, cacheStatus, retryAfterMs } from './freshness.ts';
import { readMarker, type Where } from './marker.ts';

/** What a visitor's browser, a plain client and a client without compression ask for: caches keep them apart. */
export const ENCODINGS = { br: 'gzip, deflate, br, zstd', gzip: 'gzip', identity: 'identity' } as const;
export type Encoding = keyof typeof ENCODINGS;
/** Asked for first, and by a baseline: other encodings may have other ETags (RFC 9110, section 8.8.3.3). */
export const LEADING_ENCODING: Encoding = 'br';

/** One thing to look at: a URL, at one of its addresses, as one kind of visitor. */
export interface Target {
  readonly url: URL;
  readonly address: Address | undefined;
  readonly encoding: Encoding;
}

/** What to look for, and how to ask. */
export interface Question {
  readonly buildId: string;
  readonly where: Where;
  /** Sent to the origins in `origins` only. */
  readonly headers: Readonly<Record<string, string>>;
  readonly origins: ReadonlySet<string>;
  readonly userAgent: string;
}

/** One observation. `answer` is what a visitor got, right or wrong; `fault` means that nobody got anything. */
export type Look = Answered | Faulted;

interface Seen {
  readonly target: Target;
  readonly atMs: number;
  readonly elapsedMs: number;
  /** The URLs it was redirected to, in order. */
  readonly redirects: readonly string[];
}

export interface Answered extends Seen {
  readonly kind: 'answer';
  readonly status: number;
  /** The build id that is served; undefined when the answer carries none. */
  readonly served: string | undefined;
  /** Why the body was not read to the marker, if it was not. */
  readonly unread: string | undefined;
  readonly etag: string | undefined;
  readonly ageS: string | undefined;
  readonly cache: string | undefined;
  readonly copy: CachedCopy | undefined;
  readonly retryAfterMs: number | undefined;
}

export interface Faulted extends Seen {
  readonly kind: 'fault';
  readonly fault: FaultKind;
  readonly code: string;
  readonly explanation: string;
}

const MAX_REDIRECTS = 10;

/** Looks once. Never throws for what the network or the server does; only for bugs and for an aborted run. */
export async function look(
  target: Target,
  question: Question,
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ports: { readonly http: Http; readonly clock: Clock },
  bypass?: string,
): Promise<Look> {
  const { clock } = ports;
  const startedAt = clock.monotonic();
  const seen = { target, atMs: clock.now(), redirects: [] as string[] };
  const elapsed = () => Math.round(clock.monotonic() - startedAt);
  const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(limits.timeoutMs)));
  const signal = AbortSignal.any([limits.signal, timeout]);
  let answer: HttpAnswer | undefined;
  try {
    answer = await follow(target, question, seen.redirects, signal, ports.http, bypass);
    const got = answer;
    const { served, unread } = await readBounded(got, question, seen.redirects.length);
    return {
      kind: 'answer',
      ...seen,
      elapsedMs: elapsed(),
      status: got.status,
      served,
      unread,
      etag: got.header('etag'),
      ageS: got.header('age'),
      cache: cacheStatus(got.header),
      copy: cachedCopy({ header: got.header, requestedAtMs: seen.atMs, answeredAtMs: clock.now() }),
      // It means something for an error and a redirect only (RFC 9110, section 10.2.3).
      retryAfterMs: got.status < 300 ? undefined : retryAfterMs(got.header('retry-after'), clock.now()),
    };
  } catch (error) {
    limits.signal.throwIfAborted();
    const faulted = (fault: FaultKind, code: string, explanation: string): Faulted => ({
      kind: 'fault',
      ...seen,
      elapsedMs: elapsed(),
      fault,
      code,
      explanation,
    });
    if (timeout.aborted) {
      return faulted('timeout', 'ETIMEDOUT', `no complete answer within ${Math.round(limits.timeoutMs)} ms`);
    }
    const fault = faultOf(error);
    if (!fault) throw error;
    return faulted(fault.kind, fault.code, fault.explanation);
  } finally {
    answer?.close();
  }
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** The answer at the end of the redirects; the last one itself when there are too many. */
async function follow(
  target: Target,
  question: Question,
  redirects: string[],
  signal: AbortSignal,
  http: Http,
  bypass: string | undefined,
): Promise<HttpAnswer> {
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
    const location = REDIRECTS.has(answer.status) ? answer.header('location') : undefined;
    const next = location === undefined ? null : URL.parse(location, url.href);
    if (!next || !/^https?:$/.test(next.protocol) || redirects.length >= MAX_REDIRECTS) return answer;
    answer.close();
    // A password in a Location is nobody's to repeat.
    next.username = '';
    next.password = '';
    redirects.push(next.href);
    url = next;
  }
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

async function readBounded(
  answer: HttpAnswer,
  question: Question,
  redirects: number,
): Promise<{ served: string | undefined; unread: string | undefined }> {
  if (REDIRECTS.has(answer.status)) {
    const unread =
      redirects < MAX_REDIRECTS ? 'a redirect that leads nowhere' : `more than ${MAX_REDIRECTS} redirects`;
    return { served: undefined, unread };
  }
  // An error page is an error page, whatever stands in it.
  if (answer.status < 200 || answer.status > 299) return { served: undefined, unread: undefined };
  const chunks = decode(answer.body, answer.header('content-encoding'));
  try {
    return {
      served: await readMarker({ header: answer.header, chunks }, question.where, question.buildId),
      unread: undefined,
    };
  } catch (error) {
    if (error instanceof UnreadableBody) return { served: undefined, unread: error.message };
    throw error;
  }
}
