import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { figure } from '../targets/figures.ts';
import { type GitHttp, serveGit } from '../targets/git-http.ts';
import { hasRedisServer, startRedis } from '../targets/redis-server.ts';
import { bareRepository, git, numbersIn, openAt, temporaryFolder } from './fixtures.ts';

const run = promisify(execFile);
const WORKER = new URL('./append-worker.ts', import.meta.url).pathname;
const folder = temporaryFolder();
const full = Boolean(process.env.SHIP_PROOF_RELIABILITY);
let server: GitHttp;
let count = 0;

beforeAll(async () => {
  server = await serveGit(folder.path, { token: 't' });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

interface Race {
  readonly processes: number;
  readonly each: number;
  /** Machines share no lock folder. */
  readonly hosts: number;
}

/** Lets the processes loose on the store, and says what it took. */
async function race(label: string, store: string, { processes, each, hosts }: Race): Promise<unknown[]> {
  const started = performance.now();
  const outputs = await Promise.all(
    Array.from({ length: processes }, async (_, p) => {
      const cache = join(folder.path, `host-${count}-${p % hosts}`);
      const args = [WORKER, store, cache, String(p * 1000), String(each)];
      const { stdout } = await run(process.execPath, args, {
        env: { ...process.env, SHIP_PROOF_TEST_TOKEN: 't' },
      });
      return JSON.parse(stdout) as number[];
    }),
  );
  const attempts = outputs.flat();
  const mean = attempts.reduce((sum, n) => sum + n, 0) / attempts.length;
  const seconds = (performance.now() - started) / 1000;
  const tries = `${mean.toFixed(2)} attempts an entry, at most ${Math.max(...attempts)}`;
  const name = `ledger, ${label}: ${processes} processes of ${hosts} host(s)`;
  figure('race', name, attempts.length, 'entries', `${seconds.toFixed(1)} s, ${tries}`);
  await using ledger = await openAt(store, join(folder.path, 'reader'), { token: 't' });
  return numbersIn(ledger);
}

const wanted = ({ processes, each }: Race) =>
  Array.from({ length: processes }, (_, p) => Array.from({ length: each }, (_, n) => p * 1000 + n)).flat();

const sorted = (numbers: unknown[]) => numbers.toSorted((a, b) => Number(a) - Number(b));

const size = full ? { processes: 16, each: 10 } : { processes: 5, each: 3 };

test.each([1, 2])(
  'processes append to a repository here, %i host(s): every entry once, in one linear chain',
  async (hosts) => {
    count += 1;
    const repo = bareRepository(join(folder.path, `${count}.git`));
    const all = { ...size, hosts };
    expect(sorted(await race('file', `git+file:${repo}`, all))).toEqual(wanted(all));
    const ref = 'refs/ship-proof/default';
    expect(git(['rev-list', '--count', ref], { cwd: repo })).toBe(String(wanted(all).length));
    expect(git(['rev-list', '--count', '--min-parents=2', ref], { cwd: repo })).toBe('0');
    // The order of each process's own entries is the order in which it wrote them.
    await using ledger = await openAt(`git+file:${repo}`, join(folder.path, 'reader'));
    const order = await numbersIn(ledger);
    for (let p = 0; p < all.processes; p += 1) {
      const own = order.filter((n) => Math.floor(Number(n) / 1000) === p);
      expect(own).toEqual(sorted(own));
    }
  },
);

test.each(full ? [1, 2] : [2])(
  'processes append over http, %i host(s): every entry once, in one linear chain',
  async (hosts) => {
    count += 1;
    bareRepository(join(folder.path, `${count}.git`));
    const all = full ? { ...size, hosts } : { processes: 4, each: 2, hosts };
    expect(sorted(await race('http', `git+${server.origin}/${count}.git`, all))).toEqual(wanted(all));
  },
  300_000,
);

test.runIf(hasRedisServer())('processes append to Redis: every entry once, in one linear chain', async () => {
  await using redis = await startRedis();
  const all = { ...size, hosts: 1 };
  expect(sorted(await race('redis', `redis://127.0.0.1:${redis.port}`, all))).toEqual(wanted(all));
});
