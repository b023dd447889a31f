import { DECODE_LIMITS, decode, UnreadableBody } from '../../ports/decode.ts';
import { faultOf } from '../../ports/fault.ts';
import type { HttpAnswer, HttpRequest } from '../../ports/http.ts';
import { askedIn, type Exchange, type OpenExchange } from './exchange.ts';
import { createGauge } from './gauge.ts';
import type { Stage } from './stage.ts';
import { McpTrouble } from './trouble.ts';

/** Sends one request under the rules for addresses, and follows nothing. */
export type Send = (request: HttpRequest) => Promise<HttpAnswer>;

export interface McpFetchOptions {
  readonly endpoint: URL;
  /** Sent with every request. They are the endpoint's: no other origin gets any request at all. */
  readonly headers: Readonly<Record<string, string>>;
  readonly send: Send;
  /** For one request with all of its answer. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** What the requests are for now. */
  readonly stage: () => Stage;
}

export interface McpFetch {
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>;
  readonly exchanges: readonly Exchange[];
}

/** Walking a hundred pages takes about as many; a server that has its streams taken up again for ever takes more. */
const MAX_REQUESTS = 300;
/** Each event is an object for the client, many times larger than its bytes; answers have a handful. */
const MAX_EVENTS = 10_000;
/** Enough for an error that JSON-RPC put into it. */
const MAX_ERROR_BYTES = 64 * 1024;
const ANSWER_GRACE_MS = 500;

/**
 * The `fetch` that the MCP client gets in place of the platform's: it keeps the check's origin, holds every bound on what
 * comes back, hides what would begin an authorization, and writes down what happened.
 */
export function createMcpFetch(options: McpFetchOptions): McpFetch {
  const exchanges: OpenExchange[] = [];

  const fetch = async (input: string | URL, init: RequestInit = {}): Promise<Response> => {
    const sent = new Headers(init.headers);
    const verb = init.method ?? 'GET';
    // The stream for what a server says unasked: a check asks, and needs no connection that never ends.
    if (verb === 'GET' && !sent.has('last-event-id')) return new Response(null, { status: 405 });

    const url = new URL(input);
    const body = typeof init.body === 'string' ? init.body : undefined;
    const exchange: OpenExchange = { verb, asks: askedIn(body) };
    exchanges.push(exchange);
    const stage = options.stage();
    const timeout = AbortSignal.timeout(options.timeoutMs);
    const signal = AbortSignal.any([stage.signal, timeout, ...(init.signal ? [init.signal] : [])]);
    try {
      if (url.origin !== options.endpoint.origin) throw new McpTrouble('other-origin', url.origin);
      if (exchanges.length > MAX_REQUESTS)
        throw new McpTrouble('too-many-requests', 'it never came to an end');
      const answer = await options.send({
        method: verb as HttpRequest['method'],
        url,
        headers: {
          ...options.headers,
          // The protocol's own fields are not the check's to change.
          ...Object.fromEntries(sent),
          'accept-encoding': 'gzip, deflate, br, zstd',
        },
        ...(body === undefined ? {} : { body }),
        signal,
      });
      const response = respond(answer, { exchange, stage, timeout });
      if (verb === 'GET' && !response.ok)
        stage.fail(troubled(exchange, 'no-answer', 'its stream can’t be taken up again'));
      return response;
    } catch (error) {
      const reason = named(error, exchange, timeout);
      // At once, and as it is: the client would wrap it, or wait on for a stream that it can't take up again.
      if (!stage.signal.aborted) stage.fail(reason);
      throw reason;
    }
  };

  function respond(answer: HttpAnswer, asked: Asked): Response {
    const { exchange } = asked;
    const { status } = answer;
    const type = answer.header('content-type');
    const location = answer.header('location');
    exchange.status = status;
    if (type !== undefined) exchange.type = type.split(';')[0]?.trim().toLowerCase() ?? '';
    if (location !== undefined && status >= 300 && status < 400) exchange.location = location;
    const kept = ['content-type', 'location', 'mcp-session-id'] as const;
    // WWW-Authenticate stays here: nothing that it names is to be asked.
    const headers = kept.flatMap((name) => {
      const value = answer.header(name);
      return value === undefined ? [] : [[name, value] as [string, string]];
    });
    if (status < 200 || [204, 205, 304].includes(status)) {
      answer.close();
      exchange.complete = true;
      return new Response(null, { status: status < 200 ? 502 : status, headers });
    }
    return new Response(ReadableStream.from(read(answer, asked)), { status, headers });
  }

  async function* read(answer: HttpAnswer, { exchange, stage, timeout }: Asked) {
    const isError = answer.status >= 300;
    const gauge = createGauge(exchange.type === 'text/event-stream' ? 'events' : 'json');
    const limits = { ...DECODE_LIMITS, maxBytes: options.maxBytes };
    let bytes = 0;
    try {
      for await (const chunk of decode(answer.body, answer.header('content-encoding'), limits)) {
        gauge.push(chunk);
        if (gauge.tooDeep()) throw new McpTrouble('too-deep', 'its JSON is nested too deep');
        if (gauge.events() > MAX_EVENTS)
          throw new McpTrouble('too-large', `its answer has more than ${MAX_EVENTS} events`);
        bytes += chunk.length;
        yield chunk;
        if (isError && bytes > MAX_ERROR_BYTES) return;
      }
      exchange.complete = true;
      if (!isError && exchange.asks && !gauge.resumable()) expectAnswer(exchange, stage);
    } catch (error) {
      if (stage.signal.aborted) throw error;
      const reason = named(error, exchange, timeout);
      // What of an error page can't be read changes nothing about the error.
      if (isError && exchange.trouble !== 'timeout') return;
      // The client may wait on after a torn stream.
      stage.fail(reason);
      throw reason;
    } finally {
      answer.close();
    }
  }

  /** By now the client has what the body held. When it still waits for an answer, there is none. */
  function expectAnswer(exchange: OpenExchange, stage: Stage): void {
    const timer = setTimeout(() => {
      if (exchanges.at(-1) !== exchange) return;
      stage.fail(troubled(exchange, 'no-answer', 'its body ended without the answer'));
    }, ANSWER_GRACE_MS);
    stage.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  return { fetch, exchanges };
}

interface Asked {
  readonly exchange: OpenExchange;
  readonly stage: Stage;
  readonly timeout: AbortSignal;
}

/** The error with a name, written down in the exchange too; an end that we were asked for stays what it is. */
function named(error: unknown, exchange: OpenExchange, timeout: AbortSignal): Error {
  if (error instanceof McpTrouble) exchange.trouble = error.code;
  else if (error instanceof UnreadableBody) return troubled(exchange, error.reason, error.message, error);
  else if (timeout.aborted) return troubled(exchange, 'timeout', 'no complete answer in time', error);
  else {
    const fault = faultOf(error);
    if (fault) exchange.fault = fault;
  }
  return error instanceof Error ? error : new Error(String(error));
}

function troubled(
  exchange: OpenExchange,
  code: McpTrouble['code'],
  message: string,
  cause?: unknown,
): McpTrouble {
  exchange.trouble = code;
  return new McpTrouble(code, message, cause);
}
