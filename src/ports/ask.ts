import type { Clock } from './clock.ts';
import type { Http, HttpAnswer, HttpRequest } from './http.ts';

export interface AskPorts {
  readonly http: Http;
  readonly clock: Clock;
  readonly userAgent: string;
}

export interface Limits {
  readonly limitMs: number;
  readonly maxBytes: number;
}

/** A whole answer. `bytes` is undefined where it was longer than allowed. */
export type Answered = Pick<HttpAnswer, 'status' | 'header'> & { readonly bytes: Uint8Array | undefined };

/**
 * Asks a service that the run itself needs (GitHub's API, the runner's cache), by the machine's way to the network, and reads
 * its whole answer. Rejects with the transport's own error, and at the limit with a TimeoutError.
 */
export async function ask(
  request: Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'>,
  { limitMs, maxBytes }: Limits,
  { http, clock, userAgent }: AskPorts,
): Promise<Answered> {
  const over = new AbortController();
  const done = new AbortController();
  void clock.sleep(Math.max(0, limitMs), done.signal).then(
    () => over.abort(new DOMException('no answer in time', 'TimeoutError')),
    () => {}, // The answer was there first.
  );
  const headers = { 'user-agent': userAgent, 'accept-encoding': 'identity', ...request.headers };
  let answer: HttpAnswer | undefined;
  try {
    answer = await http.request({ ...request, headers, signal: over.signal, viaProxy: true });
    const { status, header } = answer;
    return { status, header, bytes: await readAll(answer.body, maxBytes) };
  } catch (error) {
    throw over.signal.aborted ? over.signal.reason : error;
  } finally {
    done.abort();
    answer?.close();
  }
}

async function readAll(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
