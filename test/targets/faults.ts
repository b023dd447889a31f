import { createServer, type Socket } from 'node:net';
import { pageOf } from './origin.ts';
import { type ListenOptions, listen, startServer, type Target } from './server.ts';

/** A server without HTTP; `connections` counts who came. */
export interface BareTarget extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  connections(): number;
}

/** Accepts and never says a word. */
export const hangingServer = (options: ListenOptions = {}): Promise<BareTarget> =>
  bareServer(() => undefined, options);

/** Resets the connection: at once, after the request's head, or in the middle of its own answer. */
export function resettingServer(
  when: 'connect' | 'request' | 'body' = 'request',
  options: ListenOptions = {},
): Promise<BareTarget> {
  const page = pageOf('build-unfinished');
  return bareServer((socket) => {
    if (when === 'connect') {
      socket.resetAndDestroy();
      return;
    }
    socket.once('data', () => {
      if (when === 'request') socket.resetAndDestroy();
      const head = `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${page.length}\r\n\r\n`;
      // Reset only once the half is on its way, or the client would see none of it.
      if (when === 'body')
        socket.write(head + page.slice(0, 40), () => setTimeout(() => socket.resetAndDestroy(), 50));
    });
  }, options);
}

export interface RetryOptions extends ListenOptions {
  readonly times: number;
  /** Default 1. */
  readonly retryAfterSeconds?: number;
  /** The same moment as seconds from now or as an HTTP-date; `none` leaves the header out. */
  readonly form?: 'seconds' | 'date' | 'none';
  /** Default 503; 429 says it too. */
  readonly status?: number;
}

/** Asks to come back later so many times, then serves the build. `requests` shows whether the client waited. */
export async function retryAfter503(buildId: string, options: RetryOptions): Promise<Target> {
  const seconds = options.retryAfterSeconds ?? 1;
  let left = options.times;
  return startServer((_, response) => {
    if (left === 0) {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(pageOf(buildId));
      return;
    }
    left -= 1;
    // An HTTP-date has whole seconds; rounded up, so that it never asks for less than `retryAfterSeconds`.
    const date = new Date(Math.ceil(Date.now() / 1000 + seconds) * 1000).toUTCString();
    const form = options.form ?? 'seconds';
    const header = form === 'none' ? {} : { 'retry-after': form === 'date' ? date : String(seconds) };
    response.writeHead(options.status ?? 503, { 'content-type': 'text/plain', ...header }).end('back soon\n');
  }, options);
}

async function bareServer(
  onConnection: (socket: Socket) => void,
  options: ListenOptions,
): Promise<BareTarget> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    onConnection(socket);
  });
  const { port, ...listening } = await listen(server, options);
  return { ...listening, port, url: `http://127.0.0.1:${port}`, connections: () => connections };
}
