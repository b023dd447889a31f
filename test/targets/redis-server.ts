import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathOf, requireOrSkip } from './requirements.ts';

/** A redis-server of one's own on loopback, with nothing kept on disk. */
export interface RedisTarget extends AsyncDisposable {
  readonly port: number;
  readonly child: ChildProcess;
}

/** Whether the binary is there; in CI its absence is a failure and no reason to skip. */
export const hasRedisServer = (): boolean => requireOrSkip(['redis-server']) === undefined;

export async function startRedis(settings: readonly string[] = []): Promise<RedisTarget> {
  const dir = await mkdtemp(join(tmpdir(), 'ship-proof-redis-'));
  const port = await freePort();
  const fixed = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    dir,
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  const child = spawn(pathOf('redis-server'), [...fixed, ...settings], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await answering(port);
  return {
    port,
    child,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answering(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`redis-server does not answer on port ${port}`);
}
