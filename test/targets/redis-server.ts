import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onFreePort } from './ports.ts';
import { pathOf, requireOrSkip } from './requirements.ts';

/** A redis-server of one's own on loopback, with nothing kept on disk. */
export interface RedisTarget extends AsyncDisposable {
  readonly port: number;
  readonly child: ChildProcess;
}

/** Whether the binary is there; in CI its absence is a failure and no reason to skip. */
export const hasRedisServer = (): boolean => requireOrSkip(['redis-server']) === undefined;

export const startRedis = (settings: readonly string[] = []): Promise<RedisTarget> =>
  onFreePort((port) => startAt(port, settings));

async function startAt(port: number, settings: readonly string[]): Promise<RedisTarget | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'ship-proof-redis-'));
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
  const child = spawn(pathOf('redis-server'), [...fixed, ...settings], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const dispose = async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(dir, { recursive: true, force: true });
  };
  // What it says tells it from somebody else's server on that port.
  let said = '';
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    if (said.includes('Ready to accept connections')) {
      child.stdout.resume();
      return { port, child, [Symbol.asyncDispose]: dispose };
    }
  }
  await dispose();
  if (said.includes('Address already in use')) return undefined;
  throw new Error(`redis-server did not start: ${said}`);
}
