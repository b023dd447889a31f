import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/ports/clock.ts';
import { git } from '../ledger/fixtures.ts';
import { hasRedisServer, startRedis } from '../targets/redis-server.ts';
import { filesUnder, foundIn } from './canary.ts';
import { runHere } from './here.ts';
import { openScene, type Scene } from './scene.ts';

// Who reads the ledger learns nothing of people, and who sets a clock gets no early window and no fresh cap. Recipients in the
// ledger of claims, and the clocks of http servers, have their tables in e2e/claims-privacy and ports/remote-clock.

let scene: Scene;
beforeEach(() => {
  scene = openScene();
});
afterEach(() => scene[Symbol.dispose]());

const PLANTED = {
  recipient: 'ann.canary@example.org',
  payload: 'Dear canary, your invitation',
  secret: 'a long random canary secret',
  said: 'canary words of a command',
  reported: 'canary words of a report',
};
const ENV = { SHIP_PROOF_KEY_SECRET: PLANTED.secret };
const talk = `echo "${PLANTED.said}"; echo '{"usd_in": 0.2, "note": "${PLANTED.reported}"}' >> "\${SHIP_PROOF_REPORT:-/dev/null}"; exit 1`;

const leave = async (store: string): Promise<void> => {
  const claim = ['--action=invite', `--recipient=${PLANTED.recipient}`, `--payload=${PLANTED.payload}`];
  for (const argv of [
    ['once', ...claim, `--run=${talk}`],
    ['tick', '--runner=r', '--spend-cap=1', '--estimate=0.3', `--run=${talk}`],
    ['phase', '--phase=build', '--build-id=b1', '--version=1', `--run=${talk}`],
    ['kill', '--scope=all'],
  ])
    await runHere([...argv, `--store=${store}`], { cwd: scene.path, env: ENV });
};

describe('a reader', () => {
  it('of a git ledger finds digests and words of ours', async () => {
    await leave(scene.store);
    const ids = git(['cat-file', '--batch-all-objects', '--batch-check=%(objectname)'], {
      cwd: scene.repository,
    });
    const all = execFileSync('git', ['cat-file', '--batch'], {
      cwd: scene.repository,
      input: `${ids}\n`,
      encoding: 'latin1',
    });
    expect(all).toContain('tick-ended');
    expect(foundIn(all, PLANTED)).toEqual([]);
    expect(foundIn(filesUnder(scene.repository), PLANTED)).toEqual([]);
  });

  it.skipIf(!hasRedisServer())('of a Redis ledger finds the same', async () => {
    await using redis = await startRedis(['--maxmemory-policy', 'noeviction']);
    await leave(`redis://127.0.0.1:${redis.port}/0`);
    const cli = (...args: string[]) =>
      execFileSync('redis-cli', ['-p', String(redis.port), ...args], { encoding: 'latin1' });
    const keys = cli('--scan').split('\n').filter(Boolean);
    expect(keys.length).toBeGreaterThan(1);
    const all = keys
      .flatMap((key) => [
        key,
        ['hgetall', key],
        ['xrange', key, '-', '+'],
        ['zrange', key, '0', '-1'],
        ['get', key],
      ])
      .map((what) => (typeof what === 'string' ? what : cli(...what)))
      .join('\n');
    expect(all).toContain('tick-ended');
    expect(foundIn(all, PLANTED)).toEqual([]);
  });
});

const MINUTE = 60_000;
const DAY = 86_400_000;
const shifted = (ms: number): Clock => ({ ...systemClock, now: () => systemClock.now() + ms });

describe('a clock that is set', () => {
  const once = (ms: number) =>
    runHere(['once', '--key=k', '--window=1h', `--run=${scene.effect}`, `--store=${scene.store}`], {
      cwd: scene.path,
      clock: shifted(ms),
    });
  const tick = (ms: number) =>
    runHere(
      [
        'tick',
        '--runner=r',
        '--spend-cap=1',
        '--estimate=0.6',
        `--run=${scene.effect}`,
        `--store=${scene.store}`,
      ],
      { cwd: scene.path, clock: shifted(ms) },
    );

  it.each([0, -MINUTE, MINUTE])('%i ms off opens no window early', async (ms) => {
    expect((await once(0)).proof.outcome).toBe('passed');
    const again = await once(ms);
    expect([again.proof.outcome, scene.effects()]).toEqual(['skipped', 1]);
  });

  it.each([0, -MINUTE])('%i ms off gives no fresh cap', async (ms) => {
    expect((await tick(0)).proof.outcome).toBe('passed');
    const again = await tick(ms);
    expect([again.proof.result['halted-by'], scene.effects()]).toEqual(['spend-cap', 1]);
  });

  it('a day behind, everything that was written is from the future, and nothing is counted by it', async () => {
    expect([(await once(0)).code, (await tick(0)).code, scene.effects()]).toEqual([0, 0, 2]);
    expect([(await once(-DAY)).code, (await tick(-DAY)).code, scene.effects()]).toEqual([3, 3, 2]);
  });

  it('a day ahead leaves entries that everybody else refuses, so that nobody counts by them', async () => {
    expect((await tick(DAY)).code).toBe(0);
    const honest = await tick(0);
    expect([honest.log, honest.code, scene.effects()]).toEqual([honest.log, 3, 1]);
  });
});
