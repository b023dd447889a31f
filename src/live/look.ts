import type { Clock } from '../ports/clock.ts';
import { decode, UnreadableBody } from '../ports/decode.ts';
import { type FaultKind, faultOf } from '../ports/fault.ts';
import type { Http } from '../ports/http.ts';
import { type Followed, follow } from './follow.ts';
import { type CachedCopy, cachedCopy, cacheStatus, retryAfterMs } from './freshness.ts';
import { readMarker } from './marker.ts';
import type { Question, Target } from './question.ts';

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
  let followed: Followed | undefined;
  try {
    followed = await follow(target, question, seen.redirects, signal, ports.http, bypass);
    const { answer: got } = followed;
    const { served, unread } = await readBounded(followed, question);
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
    followed?.answer.close();
  }
}

async function readBounded(
  { answer, stuck }: Followed,
  question: Question,
): Promise<{ served: string | undefined; unread: string | undefined }> {
  // An error page is an error page, whatever stands in it; and so is a redirect.
  if (answer.status < 200 || answer.status > 299) return { served: undefined, unread: stuck };
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
