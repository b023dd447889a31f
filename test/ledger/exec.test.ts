import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/ports/clock.ts';
import { type Command, systemExec } from '../../src/ports/exec.ts';
import { temporaryFolder } from './fixtures.ts';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

const sh = (script: string, more: Partial<Command> = {}) =>
  systemExec.run({
    file: 'sh',
    args: ['-c', script],
    env: { PATH: process.env.PATH ?? '' },
    timeoutMs: 20_000,
    ...more,
  });

test('output, input and exit code come back as they are', async () => {
  expect(await sh('cat; echo oops >&2; exit 3', { input: 'in' })).toMatchObject({
    ended: 'exited',
    code: 3,
    stdout: Buffer.from('in'),
    stderr: 'oops\n',
  });
});

test('arguments are arguments: no shell reads them', async () => {
  const { stdout } = await systemExec.run({
    file: 'printf',
    args: ['%s', '$HOME; `id`'],
    env: { PATH: process.env.PATH ?? '' },
    timeoutMs: 5_000,
  });
  expect(stdout.toString()).toBe('$HOME; `id`');
});

test('nothing of the environment is inherited', async () => {
  process.env.SHIP_PROOF_TEST_CANARY = 'seen';
  const { stdout } = await sh('env');
  delete process.env.SHIP_PROOF_TEST_CANARY;
  expect(stdout.toString()).not.toContain('seen');
});

test('a tool that is not there is told apart from one that fails', async () => {
  expect(await systemExec.run({ file: 'no-such-tool', args: [], env: {}, timeoutMs: 1_000 })).toMatchObject({
    ended: 'not-found',
    code: null,
  });
});

test('at the limit the child may clean up, and its own children end with it', async () => {
  const [begun, go, late] = ['begun', 'go', 'late'].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ];
  const lasting = `until [ -e ${go} ]; do sleep 0.01; done; touch ${late}`;
  const script = `trap 'echo cleaned; exit 0' TERM; (${lasting}) & touch ${begun}; wait`;
  // The limit is met once the script has begun, however long that takes here.
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  try {
    const work = sh(script, { timeoutMs: 1_000 });
    while (!existsSync(begun)) await new Promise(setImmediate);
    vi.advanceTimersByTime(1_000);
    const result = await work;
    expect(result).toMatchObject({ ended: 'timed-out', code: null });
    expect(result.stdout.toString()).toBe('cleaned\n');
  } finally {
    vi.useRealTimers();
  }
  writeFileSync(go, '');
  await systemClock.sleep(300);
  expect(existsSync(late)).toBe(false);
});

test('a child that ignores the polite signal is killed', async () => {
  const started = systemClock.monotonic();
  const result = await sh(`trap '' TERM; while :; do sleep 0.1; done`, { timeoutMs: 100 });
  expect(result.ended).toBe('timed-out');
  expect(systemClock.monotonic() - started).toBeLessThan(10_000);
});

test('an abort ends the child, before or after its start', async () => {
  expect(await sh('echo never', { signal: AbortSignal.abort() })).toMatchObject({ ended: 'aborted' });
  const controller = new AbortController();
  const work = sh('sleep 20', { signal: controller.signal });
  await systemClock.sleep(50);
  controller.abort();
  expect(await work).toMatchObject({ ended: 'aborted', code: null });
});

test('output is bounded', async () => {
  const result = await sh('yes', { maxOutputBytes: 100_000 });
  expect(result.ended).toBe('overflowed');
  expect(result.stdout.length).toBeLessThanOrEqual(100_000);
});

test('a child that does not read its input is judged by its exit code', async () => {
  expect(await sh('exit 7', { input: Buffer.alloc(4_000_000) })).toMatchObject({ ended: 'exited', code: 7 });
});

test('a child that a signal ended has no exit code', async () => {
  expect(await sh('kill -9 $$')).toMatchObject({ ended: 'signalled', code: null });
});

test('a helper that left the group and holds the output open is not waited for', async () => {
  const { ended, code, stdout } = await sh('setsid sleep 600 & echo $!; exit 3', { timeoutMs: 600_000 });
  const pid = Number(stdout.toString());
  expect(process.kill(pid, 0)).toBe(true);
  process.kill(pid, 'SIGKILL');
  expect([ended, code]).toEqual(['exited', 3]);
});

test('what was printed before the end arrives, however busy we are when it comes', async () => {
  const printing = sh('head -c 60000 /dev/zero; setsid sleep 3 & exit 0');
  const until = performance.now() + 300;
  while (performance.now() < until);
  expect((await printing).stdout.length).toBe(60_000);
});
