import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** One request as it arrived; what a test may ask about what the program under test sent. */
export interface RequestLog {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in their order and case, repeated ones kept. */
  readonly rawHeaders: readonly string[];
  /** The name asked for in the TLS handshake; absent over plain HTTP and for IP addresses. */
  readonly servername?: string;
  /** When its head had arrived, epoch milliseconds. */
  readonly at: number;
}

/** A running server. Disposal ends it at once, open connections included. */
export interface Target extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly requests: RequestLog[];
}

export interface ListenOptions {
  /** The address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Speak TLS with this PEM certificate and key. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The host name that stands in `url`; default the address. */
  readonly name?: string;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Starts an HTTP server that logs each request before `handler` answers it. */
export async function startServer(handler: Handler, options: ListenOptions = {}): Promise<Target> {
  const requests: RequestLog[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push(logged(request));
    // A client may leave in the middle of a body; that is the client's right and no failure of the target.
    response.on('error', () => undefined);
    Promise.resolve(handler(request, response)).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(`the test target failed: ${String(error)}`);
    });
  };
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  const listening = await listen(server, options);
  const scheme = options.tls ? 'https' : 'http';
  return {
    ...listening,
    url: `${scheme}://${options.name ?? bracketed(listening.host)}:${listening.port}`,
    requests,
  };
}

/** Listens on an address or a socket's path; the disposer destroys every open connection. */
export async function listen(
  server: Server,
  options: Pick<ListenOptions, 'host' | 'port'> & { readonly path?: string } = {},
): Promise<AsyncDisposable & { host: string; port: number }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (options.path !== undefined) server.listen({ path: options.path }, resolve);
    else server.listen({ host, port: options.port ?? 0, ipv6Only: host.includes(':') }, resolve);
  });
  const address = server.address() as AddressInfo | string;
  const port = typeof address === 'string' ? 0 : address.port;
  return {
    host,
    port,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** An address as it stands in a URL. */
export const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

function logged(request: IncomingMessage): RequestLog {
  const servername = (request.socket as Partial<TLSSocket>).servername;
  return {
    method: request.method ?? '',
    url: request.url ?? '',
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    ...(typeof servername === 'string' && servername !== '' ? { servername } : {}),
    at: Date.now(),
  };
}
