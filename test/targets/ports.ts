import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { listen } from './server.ts';

/** A port that was free a moment ago: somebody may take it before its user does, so `onFreePort` where that can be seen. */
export async function freePort(): Promise<number> {
  const { port, [Symbol.asyncDispose]: close } = await listen(createServer());
  await close();
  return port;
}

/** For a program that has to be told its port. `start` answers undefined when the port was taken; then another one is tried. */
export async function onFreePort<T>(start: (port: number) => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 10; tries += 1) {
    const started = await start(await freePort());
    if (started !== undefined) return started;
  }
  throw new Error('ten ports in a row were taken by others');
}

/**
 * A port that nobody listens on, nor ever will while this process lives: a connection begins at it, and connecting to it is refused.
 */
export async function closedPort(): Promise<{ readonly url: string; readonly port: number }> {
  const server = createServer((socket) => void socket.unref());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const holder = connect((server.address() as AddressInfo).port, '127.0.0.1').unref();
  await accepted;
  server.close();
  const port = holder.localPort ?? 0;
  return { url: `http://127.0.0.1:${port}`, port };
}
