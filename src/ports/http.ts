import { lookup } from 'node:dns/promises';
import type { LookupFunction, Socket } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { proxyFor, tunnelTo } from './proxy.ts';
import { tellWhenSent } from './request-sent.ts';

/** One address that a name resolves to. */
export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Connect to this address; Host and SNI stay the URL's own. */
  readonly address?: Address;
  /** Connect to one of these, whichever the system finds to answer, and to no other that the name may have by then. */
  readonly among?: readonly Address[];
  readonly signal: AbortSignal;
  /**
   * Goes through the proxy that the environment names, if it names one: for services that the run itself asks. A look at what
   * visitors get never does: a proxy may keep what it once saw, and which address it asks is its own choice.
   */
  readonly viaProxy?: true;
  /** Called when all of it has left this process, before anything of the answer is looked at. */
  readonly onSent?: () => void;
}

export interface HttpAnswer {
  readonly status: number;
  /** The field's lines joined by `, ` (RFC 9110, section 5.3), or undefined. */
  header(name: string): string | undefined;
  /** The field's lines, one by one: Set-Cookie can't be joined (RFC 9110, section 5.3). */
  lines?(name: string): readonly string[];
  /** Until when the server's certificate is valid, epoch milliseconds; undefined without TLS. */
  readonly certificateEndsAtMs?: number | undefined;
  /** The content as it came over the wire: not decoded. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the connection; safe to call at any time, more than once. */
  close(): void;
}

export interface Http {
  /** Sends one request on a connection of its own and follows nothing. Rejects with the transport's own error. */
  request(request: HttpRequest): Promise<HttpAnswer>;
  /** Every address of a host name, in the resolver's order; a literal address is its own. */
  resolve(hostname: string, signal: AbortSignal): Promise<readonly Address[]>;
}

/** HTTP over undici, loaded when first used. `env` may name a proxy. */
export function createHttp(env: Readonly<Record<string, string | undefined>> = {}): Http {
  return {
    resolve: async (hostname, signal) => {
      const found = await orAbort(lookup(unbracket(hostname), { all: true, order: 'verbatim' }), signal);
      return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
    },
    request: async ({ method, url, headers, body, address, among, signal, viaProxy, onSent }) => {
      const { buildConnector, Client } = await import('undici');
      const proxy = viaProxy ? proxyFor(url, env) : undefined;
      const tunnel = proxy === undefined ? undefined : await tunnelTo(url, proxy, signal);
      const pinned = address ? [address] : among;
      let certificateEndsAtMs: number | undefined;
      let socket: Socket | undefined;
      const open = buildConnector({
        allowH2: false,
        ...(pinned ? { lookup: pin(pinned) } : {}),
        // The one place where the library shows the certificate; it is judged as ever.
        checkServerIdentity: (name, certificate) => {
          certificateEndsAtMs = Date.parse(certificate.valid_to);
          return checkServerIdentity(name, certificate);
        },
      });
      // A connection of its own: a kept one would go on asking the machine that it was once balanced to.
      const client = new Client(url.origin, {
        allowH2: false,
        pipelining: 0,
        connect: (options, callback) =>
          open(tunnel ? { ...options, httpSocket: tunnel } : options, (...result) => {
            socket = result[1] ?? undefined;
            callback(...result);
          }),
      });
      const close = () => {
        tunnel?.destroy();
        void client.destroy().catch(() => {}); // Nobody waits for a connection that is given up.
      };
      try {
        const asking = onSent ? client.compose(tellWhenSent(() => socket, onSent)) : client;
        const answer = await asking.request({
          method,
          path: `${url.pathname}${url.search}`,
          headers: { ...headers },
          ...(body === undefined ? {} : { body }),
          signal,
          // The caller's signal is the one bound; undici's own would cut a slow but living answer.
          headersTimeout: 0,
          bodyTimeout: 0,
        });
        // A body that is given up ends in an error event that nobody listens to any more.
        answer.body.on('error', () => {});
        return {
          status: answer.statusCode,
          header: (name) => linesOf(answer.headers, name)?.join(', '),
          lines: (name) => linesOf(answer.headers, name) ?? [],
          certificateEndsAtMs,
          body: answer.body,
          close,
        };
      } catch (error) {
        close();
        throw error;
      }
    },
  };
}

/** The system's resolver can't be stopped, only left: its answer is dropped when the signal comes first. */
async function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** A `lookup` that answers with the same addresses whatever it is asked. */
const pin =
  (addresses: readonly Address[]): LookupFunction =>
  (_hostname, options, callback) => {
    if (options.all) return callback(null, [...addresses]);
    const [first] = addresses;
    callback(null, first?.address ?? '', first?.family);
  };

const unbracket = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1');

/** By own names only: `constructor` is a field like any other. */
function linesOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  name: string,
): readonly string[] | undefined {
  const key = name.toLowerCase();
  const value = Object.hasOwn(headers, key) ? headers[key] : undefined;
  return value === undefined ? undefined : [value].flat();
}
