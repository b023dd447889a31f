import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Site } from './site.ts';

export interface Traffic {
  readonly requests: number;
  /** Both ways, headers included. */
  readonly bytes: number;
}

/** One watcher's own way to a site, so that its requests can be counted. */
export interface Served extends AsyncDisposable {
  readonly url: string;
  traffic(): Traffic;
}

export async function serve(site: Site, sinceStartMs: () => number): Promise<Served> {
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createServer((request, response) => {
    const { status, headers, body } = site.answer(sinceStartMs(), requests);
    requests += 1;
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    traffic: () => ({
      requests,
      bytes: [...sockets].reduce((sum, socket) => sum + socket.bytesRead + socket.bytesWritten, 0),
    }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
