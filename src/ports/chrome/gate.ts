import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import type { Address } from '../http.ts';

/** Where a browser may connect to; none: nowhere. Rejects with the resolver's error. */
export type Allowed = (host: string, port: number, signal: AbortSignal) => Promise<readonly Address[]>;

export interface Gate extends AsyncDisposable {
  /** For the browser. */
  readonly proxy: string;
  /** Why the last connection to `host:port` did not come about: a system error such as ECONNREFUSED. */
  faultAt(hostAndPort: string): unknown;
}

/**
 * The one way out for a browser: a SOCKS5 proxy (RFC 1928) on loopback that connects to allowed addresses only, and
 * to the very address that was judged. Interception of requests could not promise that: Chrome would resolve the name again,
 * and a rebinding name answers differently the second time; nor does it see WebSockets or all that workers do. It is a port, but
 * not one that steers the browser: all it does for a stranger on this machine is a connection that he could make himself.
 */
export async function openGate(allowed: Allowed): Promise<Gate> {
  const open = new Set<Socket>();
  const faults = new Map<string, unknown>();
  const closing = new AbortController();
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy()); // Either end may leave at any time; the other is told by the close.
  };
  const server = createServer((client) => {
    keep(client);
    serve(client, allowed, keep, faults, closing.signal).catch(() => client.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    proxy: `socks5://127.0.0.1:${port}`,
    faultAt: (hostAndPort) => faults.get(hostAndPort),
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Reply codes of RFC 1928, section 6. */
const REPLY = { done: 0, failed: 1, notAllowed: 2, unreachable: 4, refused: 5 } as const;

async function serve(
  client: Socket,
  allowed: Allowed,
  keep: (socket: Socket) => void,
  faults: Map<string, unknown>,
  signal: AbortSignal,
): Promise<void> {
  const reader = readerOf(client);
  const [, methods = 0] = await reader.take(2);
  await reader.take(methods);
  client.write(Buffer.from([5, 0]));
  const [, command, , kind] = await reader.take(4);
  const host = await hostOf(kind, reader.take);
  const port = (await reader.take(2)).readUInt16BE();
  const reply = (code: number) => client.write(Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]));
  if (command !== 1 || host === undefined) {
    reply(REPLY.notAllowed);
    client.end();
    return;
  }
  try {
    const addresses = await allowed(host, port, signal);
    const server = addresses.length === 0 ? undefined : await connectToOne(addresses, port, keep, signal);
    if (!server) {
      reply(REPLY.notAllowed);
      client.end();
      return;
    }
    reply(REPLY.done);
    const rest = reader.release();
    if (rest.length > 0) server.write(rest);
    client.pipe(server).pipe(client);
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
    client.resume();
  } catch (error) {
    faults.set(`${host.includes(':') ? `[${host}]` : host}:${port}`, error);
    reply((error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? REPLY.refused : REPLY.unreachable);
    client.end();
  }
}

async function hostOf(
  kind: number | undefined,
  take: (bytes: number) => Promise<Buffer>,
): Promise<string | undefined> {
  if (kind === 1) return [...(await take(4))].join('.');
  if (kind === 4) return (await take(16)).toString('hex').replace(/.{4}(?=.)/g, '$&:');
  if (kind !== 3) return undefined;
  const [length = 0] = await take(1);
  return (await take(length)).toString('latin1').replace(/^\[(.*)\]$/, '$1');
}

/** The next address only where nobody was there at the one before. */
async function connectToOne(
  addresses: readonly Address[],
  port: number,
  keep: (socket: Socket) => void,
  signal: AbortSignal,
): Promise<Socket> {
  let last: unknown;
  for (const { address, family } of addresses) {
    signal.throwIfAborted();
    const socket = connect({ host: address, port, family });
    keep(socket);
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('error', reject);
        socket.once('close', () => reject(new Error('closed')));
      });
      return socket;
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

/** Takes exact numbers of bytes off the start of a stream. */
function readerOf(socket: Socket) {
  let buffered: Buffer = Buffer.alloc(0);
  let wanted: { bytes: number; give: (taken: Buffer) => void; fail: (error: Error) => void } | undefined;
  const settle = () => {
    if (!wanted || buffered.length < wanted.bytes) return;
    const { bytes, give } = wanted;
    wanted = undefined;
    const taken = buffered.subarray(0, bytes);
    buffered = buffered.subarray(bytes);
    give(taken);
  };
  const onData = (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    settle();
  };
  const onClose = () => wanted?.fail(new Error('closed'));
  socket.on('data', onData);
  socket.on('close', onClose);
  return {
    take: (bytes: number) =>
      new Promise<Buffer>((give, fail) => {
        wanted = { bytes, give, fail };
        settle();
      }),
    /** Leaves the stream paused, for somebody else to read on; what came already is given back. */
    release: () => {
      socket.pause();
      socket.off('data', onData);
      socket.off('close', onClose);
      return buffered;
    },
  };
}
