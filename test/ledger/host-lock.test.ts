import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { takeTurn, tryLock } from '../../src/ledger/host-lock.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { fakeClock, temporaryFolder } from './fixtures.ts';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
let count = 0;
const fresh = () => join(folder.path, `deep/${count++}.lock`);

test('one holder at a time; the next one comes when it is released', async () => {
  const path = fresh();
  const first = await takeTurn(path, systemClock);
  expect(first.held).toBe(true);
  let came = false;
  const second = takeTurn(path, systemClock).then((lock) => {
    came = true;
    return lock;
  });
  await systemClock.sleep(40);
  expect(came).toBe(false);
  await first[Symbol.asyncDispose]();
  expect((await second).held).toBe(true);
  await (await second)[Symbol.asyncDispose]();
  expect(existsSync(path)).toBe(false);
});

test('a holder that is gone is put aside at once', async () => {
  const path = fresh();
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.once('exit', resolve));
  await (await tryLock(path))[Symbol.asyncDispose]();
  writeFileSync(path, `${child.pid} 1\n`);
  const clock = fakeClock(0);
  await using lock = await takeTurn(path, clock);
  expect(lock.held).toBe(true);
  expect(clock.slept).toEqual([]);
});

test.runIf(existsSync('/proc/self/stat'))(
  'a number that now belongs to another process does not count as its holder',
  async () => {
    const path = fresh();
    await (await tryLock(path))[Symbol.asyncDispose]();
    writeFileSync(path, `${process.pid} 12345\n`);
    await using lock = await takeTurn(path, systemClock);
    expect(lock.held).toBe(true);
  },
);

test('a lock file without a holder in it holds nobody up', async () => {
  const path = fresh();
  await (await tryLock(path))[Symbol.asyncDispose]();
  writeFileSync(path, '');
  await using lock = await takeTurn(path, systemClock);
  expect(lock.held).toBe(true);
});

test('after five seconds of waiting one goes ahead without it, and leaves it alone', async () => {
  const path = fresh();
  await using holder = await takeTurn(path, systemClock);
  const clock = fakeClock(0);
  const waiting = await takeTurn(path, clock);
  expect(waiting.held).toBe(false);
  expect(clock.at).toBeGreaterThanOrEqual(5_000);
  expect(clock.at).toBeLessThan(5_100);
  await waiting[Symbol.asyncDispose]();
  expect(holder.held && existsSync(path)).toBe(true);
});

test("a caller's deadline ends the waiting earlier", async () => {
  const path = fresh();
  await using _holder = await takeTurn(path, systemClock);
  const clock = fakeClock(0);
  await takeTurn(path, clock, { deadline: 300 });
  expect(clock.at).toBeLessThan(330);
});

test('a place where no lock can be made is no reason to stop', async () => {
  writeFileSync(join(folder.path, 'file'), '');
  await using lock = await takeTurn(join(folder.path, 'file/x.lock'), systemClock);
  expect(lock.held).toBe(false);
});

test('a full disk is no reason to stop either, and nothing is left on it', async ({ skip }) => {
  const small = join(folder.path, 'small');
  mkdirSync(small);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', small], { stdio: 'ignore' });
  } catch {
    skip('this user may not mount a tmpfs');
  }
  try {
    writeFileSync(join(small, 'full'), Buffer.alloc(4_096));
    expect(await tryLock(join(small, 'ledger.lock'))).toMatchObject({ held: false, unusable: true });
    expect(readdirSync(small)).toEqual(['full']);
  } finally {
    execFileSync('umount', [small]);
  }
});

test('a release removes only what is its own', async () => {
  const path = fresh();
  const mine = await tryLock(path);
  writeFileSync(path, '1 0\n');
  await mine[Symbol.asyncDispose]();
  expect(readFileSync(path, 'utf8')).toBe('1 0\n');
  mkdirSync(join(folder.path, 'end'), { recursive: true });
  expect(readdirSync(join(folder.path, 'deep')).filter((name) => !name.endsWith('.lock'))).toEqual([]);
});
