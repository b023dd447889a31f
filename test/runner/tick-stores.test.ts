import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandOptions } from '../../src/ports/command.ts';
import { bareRepository, openAt } from '../ledger/fixtures.ts';
import { type GitHttp, serveGit } from '../targets/git-http.ts';
import { hasRedisServer, startRedis } from '../targets/redis-server.ts';
import { replay } from './tick-books.ts';
import { openScene, type Scene, type SceneLedger, tickHere } from './tick-scene.ts';

let scene: Scene;
let server: GitHttp;
beforeAll(async () => {
  scene = openScene();
  server = await serveGit(scene.path);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  scene[Symbol.dispose]();
});

/** Spends more than it reserved while its flags are read all the time, so that reads and writes meet. */
async function busyTick(store: string): Promise<void> {
  // Other clocks have a say here, so that this one has to be right.
  const real = { ...scene, clock: { ...scene.clock, now: () => Date.now() } };
  const ledger: SceneLedger = { ...scene.fresh(), store, namespace: 'default' };
  const read = async () => {
    await using reader = await openAt(store, join(scene.path, 'reader'));
    const entries: Record<string, unknown>[] = [];
    for await (const entry of reader.history()) entries.push(entry);
    return entries;
  };
  const command = async (options: CommandOptions) => {
    appendFileSync(options.env.SHIP_PROOF_REPORT ?? '', '{"usd_in":0.45}\n');
    while (!(await read()).some(({ kind }) => kind === 'reservation-raised')) await real.clock.sleep(50);
    return { code: 0, stopped: false };
  };
  const { proof } = await tickHere(real, ledger, {}, { guardEveryMs: 20, command });
  expect(proof).toMatchObject({ outcome: 'passed', result: { 'usd-in': '0.45' } });
  const books = replay(await read(), 'r');
  expect(books.faults).toEqual([]);
  expect(Object.values(books.days).reduce((sum, micros) => sum + micros, 0)).toBe(450_000);
}

describe('a tick keeps its books', () => {
  it('in a repository behind http', async () => {
    bareRepository(join(scene.path, 'http.git'));
    await busyTick(`git+${server.origin}/http.git`);
  });

  it.runIf(hasRedisServer())('in Redis', async () => {
    await using redis = await startRedis();
    await busyTick(`redis://127.0.0.1:${redis.port}`);
  });
});
