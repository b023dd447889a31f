import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { type Encoding, negotiate } from './encoding.ts';
import { matches } from './origin.ts';
import { type ListenOptions, startServer, type Target } from './server.ts';

export interface EdgeOptions extends ListenOptions {
  /** How long a copy is served as fresh; need not be whole seconds. */
  readonly ttlMs: number;
  /** Serve stale for so long after that, while one request refreshes the copy behind the visitor's back (RFC 5861). */
  readonly graceMs?: number;
  /** How the lifetime is told to visitors; default `max-age`. Always whole seconds, rounded up. */
  readonly header?: 'max-age' | 's-maxage' | 'expires' | 'none';
  /** The lifetime that is told, where it is not the one that is kept. */
  readonly advertisedSeconds?: number;
  /** Default true. */
  readonly sendAge?: boolean;
  /** Copies of br, gzip and identity live and die apart; without it one identity copy serves all. */
  readonly perEncoding?: boolean;
  /** `?x=1` finds the copy of the bare path. */
  readonly ignoreQuery?: boolean;
  /** A visitor's `no-cache` reaches the origin: `bypass` leaves the copy alone, `refresh` replaces it. Default: ignored. */
  readonly noCache?: 'bypass' | 'refresh';
  /** Also send RFC 9211's `Cache-Status`. */
  readonly cacheStatus?: boolean;
}

export interface CachingEdge extends Target {
  /** Drops every copy, or those of a path and encoding. */
  purge(which?: { path?: string; encoding?: Encoding }): void;
  /** When the copy stops being served, grace included; epoch milliseconds, undefined where there is no copy. */
  expiresAt(path: string, encoding?: Encoding): number | undefined;
}

interface Copy {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly storedAt: number;
}

/** A small shared cache in front of a plain-HTTP origin: it goes on serving its copy, with a true Age, until it expires. */
export async function cachingEdge(
  origin: { readonly url: string },
  options: EdgeOptions,
): Promise<CachingEdge> {
  const copies = new Map<string, Copy>();
  const fetching = new Map<string, Promise<Copy>>();
  const graceMs = options.graceMs ?? 0;
  const keyOf = (path: string, encoding: Encoding): string => `${encoding} ${path}`;

  // Visitors who miss together cause one fetch, as in real caches.
  const refresh = (key: string, path: string, encoding: Encoding): Promise<Copy> => {
    const open = fetching.get(key);
    if (open) return open;
    const started = fetchCopy(origin.url + path, encoding)
      .then((copy) => {
        // Errors are passed on but not kept, so that the copy of a good page is not lost to one bad moment.
        if (copy.status < 500) copies.set(key, copy);
        return copy;
      })
      .finally(() => fetching.delete(key));
    fetching.set(key, started);
    return started;
  };

  const find = async (path: string, encoding: Encoding, skipCache: boolean): Promise<[Copy, string]> => {
    const key = keyOf(path, encoding);
    if (skipCache && options.noCache === 'bypass')
      return [await fetchCopy(origin.url + path, encoding), 'BYPASS'];
    const copy = skipCache && options.noCache === 'refresh' ? undefined : copies.get(key);
    const ageMs = copy ? Date.now() - copy.storedAt : Number.POSITIVE_INFINITY;
    if (copy && ageMs < options.ttlMs) return [copy, 'HIT'];
    if (copy && ageMs < options.ttlMs + graceMs) {
      refresh(key, path, encoding).catch(() => undefined);
      return [copy, 'STALE'];
    }
    return [await refresh(key, path, encoding), 'MISS'];
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = options.ignoreQuery ? (request.url ?? '/').replace(/\?.*/, '') : (request.url ?? '/');
    const encoding = options.perEncoding ? negotiate(request.headers['accept-encoding']) : 'identity';
    const skipCache = /\bno-cache\b/.test(`${request.headers['cache-control']} ${request.headers.pragma}`);
    const found = await find(path, encoding, skipCache).catch((error: Error) => error);
    if (found instanceof Error) {
      response.writeHead(502, { 'content-type': 'text/plain' }).end('the origin did not answer\n');
      return;
    }
    const [copy, result] = found;
    const headers = { ...copy.headers, ...describe(copy, result, options) };
    if (
      typeof copy.headers.etag === 'string' &&
      matches(request.headers['if-none-match'], copy.headers.etag)
    ) {
      response.writeHead(304, headers).end();
      return;
    }
    response.writeHead(copy.status, { ...headers, 'content-length': copy.body.length });
    response.end(request.method === 'HEAD' ? undefined : copy.body);
  };

  return {
    ...(await startServer(answer, options)),
    purge: ({ path, encoding } = {}) => {
      for (const key of copies.keys()) {
        const [keyEncoding, ...rest] = key.split(' ');
        const hit =
          (encoding === undefined || encoding === keyEncoding) &&
          (path === undefined || path === rest.join(' '));
        if (hit) copies.delete(key);
      }
    },
    expiresAt: (path, encoding = 'identity') => {
      const copy = copies.get(keyOf(path, encoding));
      return copy && copy.storedAt + options.ttlMs + graceMs;
    },
  };
}

/** What the cache says about a copy it serves: lifetime, age, hit or miss. */
function describe(copy: Copy, result: string, options: EdgeOptions): Record<string, string> {
  const seconds = options.advertisedSeconds ?? Math.ceil(options.ttlMs / 1000);
  const header = options.header ?? 'max-age';
  const grace = options.graceMs ? `, stale-while-revalidate=${Math.ceil(options.graceMs / 1000)}` : '';
  const ageMs = Date.now() - copy.storedAt;
  const hit = result === 'HIT' || result === 'STALE';
  return {
    'x-cache': result,
    // The origin's Date stays on the copy: Expires is counted from it (RFC 9111, 4.2.1).
    date: copy.headers.date ?? new Date(copy.storedAt).toUTCString(),
    ...(header === 'max-age' ? { 'cache-control': `public, max-age=${seconds}${grace}` } : {}),
    ...(header === 's-maxage' ? { 'cache-control': `public, max-age=0, s-maxage=${seconds}${grace}` } : {}),
    ...(header === 'expires' ? { expires: new Date(copy.storedAt + seconds * 1000).toUTCString() } : {}),
    ...(options.sendAge === false ? {} : { age: String(Math.floor(ageMs / 1000)) }),
    ...(options.cacheStatus
      ? {
          'cache-status': `TestEdge; ${hit ? `hit; ttl=${Math.floor((options.ttlMs - ageMs) / 1000)}` : 'fwd=miss; stored'}`,
        }
      : {}),
  };
}

// node:http rather than fetch: it neither adds headers nor decodes the body, so the copy is the origin's very bytes.
function fetchCopy(url: string, encoding: Encoding): Promise<Copy> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      { agent: false, headers: { 'accept-encoding': encoding } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...headers } = response.headers;
          const body = Buffer.concat(chunks);
          resolve({ status: response.statusCode ?? 502, headers, body, storedAt: Date.now() });
        });
      },
    );
    request.on('error', reject);
    request.end();
  });
}
