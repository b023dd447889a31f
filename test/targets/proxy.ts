import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Certificate } from './certificates.ts';
import { listen } from './server.ts';

/** A company's proxy: it makes connections to the names that it knows, and says what it was asked for. */
export interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** `host:port` of each CONNECT, and the credentials that came with it. */
  readonly asked: { readonly authority: string; readonly authorization: string | undefined }[];
}

export interface ProxyOptions {
  /** Ports of this machine by the `host:port` that stands for them; others are refused with 403. */
  readonly routes: Readonly<Record<string, number>>;
  /** `user:password`; whoever comes without it is answered 407. */
  readonly credentials?: string;
}

export async function startProxy({ routes, credentials }: ProxyOptions): Promise<Proxy> {
  const asked: Proxy['asked'] = [];
  const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
  const server = createServer((_, response) => void response.writeHead(400).end());
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const { url: authority = '', headers } = request;
    const authorization = headers['proxy-authorization'];
    asked.push({ authority, authorization });
    const port = routes[authority];
    socket.on('error', () => socket.destroy());
    if (authorization !== wanted)
      return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    if (port === undefined) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const behind = connect(port, '127.0.0.1', () =>
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n'),
    );
    join(socket, behind);
  });
  const { host, port, ...listening } = await listen(server);
  return { ...listening, url: `http://${credentials ? `${credentials}@` : ''}${host}:${port}`, asked };
}

/** Speaks TLS in front of a port of this machine. */
export async function tlsFront(certificate: Certificate, port: number) {
  return listen(createTlsServer(certificate, (socket) => join(socket, connect(port, '127.0.0.1'))));
}

function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
    from.pipe(to);
  }
}
