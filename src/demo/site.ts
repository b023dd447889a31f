import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A server on loopback that lives as long as the demo. */
export interface Site extends AsyncDisposable {
  readonly url: string;
}

/** An origin that serves whatever folder is deployed at the moment. */
export async function startOrigin(folder: () => string): Promise<Site> {
  const server = createServer(async (request, response) => {
    const name = request.url === '/build-id.txt' ? 'build-id.txt' : 'index.html';
    const body = await readFile(join(folder(), name));
    response.writeHead(200, {
      'content-type': name.endsWith('.html') ? 'text/html; charset=utf-8' : 'text/plain',
      etag: `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`,
    });
    response.end(body);
  });
  return listen(server);
}

interface Copy {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly storedAt: number;
}

/**
 * An edge that keeps a copy of each page for `ttlMs`, as a CDN does, and tells its age as a CDN does. One that has expired is
 * served once more while a new one is fetched (RFC 5861), so that the first to come after a deploy gets the old page, however late.
 */
export async function startEdge(origin: string, ttlMs: number): Promise<Site> {
  const copies = new Map<string, Copy>();
  const refresh = async (path: string): Promise<Copy | undefined> => {
    const answer = await fetch(new URL(path, origin)).catch(() => undefined);
    const body = await answer?.arrayBuffer().catch(() => undefined);
    if (!answer || !body) return undefined;
    const headers = Object.fromEntries(
      ['content-type', 'etag'].map((name) => [name, answer.headers.get(name) ?? '']),
    );
    const copy = { body: Buffer.from(body), headers, storedAt: performance.now() };
    copies.set(path, copy);
    return copy;
  };
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    const kept = copies.get(path);
    const isFresh = kept !== undefined && performance.now() - kept.storedAt < ttlMs;
    const copy = kept ?? (await refresh(path));
    if (!copy) {
      response.writeHead(502, { 'content-type': 'text/plain' }).end('the origin does not answer');
      return;
    }
    if (kept && !isFresh) void refresh(path);
    response.writeHead(200, {
      ...copy.headers,
      'cache-control': `s-maxage=${ttlMs / 1000}, stale-while-revalidate=60`,
      age: String(Math.floor((performance.now() - copy.storedAt) / 1000)),
      'x-cache': kept ? (isFresh ? 'HIT' : 'STALE') : 'MISS',
    });
    response.end(copy.body);
  });
  return listen(server);
}

/** Listens on a free port of loopback. */
export async function listen(server: Server): Promise<Site> {
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
