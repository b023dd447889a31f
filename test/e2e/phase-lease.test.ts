import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { openYard, STALE, said, type Yard } from '../deploy/yard.ts';
import { until } from '../once/workshop.ts';

// What takes as long as a lease lasts, or until the next look at the guards: these wait side by side, each in a yard of its own.
describe.concurrent('a command under a lease', () => {
  it('ends with a hold that is set while it runs', async ({ expect }) => {
    await using yard = await openYard();
    const [one] = yard.builds;
    await yard.phase('build', one);
    const args = ['phase', '--phase', 'publish', '--build-id', one, '--stale-after', '16s'];
    const { done } = await yard.start(args, ['sh', '-c', 'echo $$ > pid; sleep 600']);
    const pid = await until(() => readPid(yard, 'pid'), 'the command');
    await yard.shop.run(['kill', '--scope', 'deploys', '--reason', 'broken build']);
    const stopped = await done;
    expect(stopped.code).toBe(4);
    expect(stopped.stdout).toContain('broken build');
    await until(() => !isAlive(pid), 'the end of the command');
    expect(said(await yard.phase('publish', one))).toBe('refused held');
  });

  it('ends when the guards can’t be read any more', async ({ expect }) => {
    await using yard = await openYard();
    const [one] = yard.builds;
    const args = ['phase', '--phase', 'build', '--build-id', one, '--stale-after', '12s'];
    const repository = yard.shop.store.slice('git+file:'.length);
    const { done } = await yard.start(args, ['sh', '-c', `mv ${repository} ${repository}.gone; sleep 600`]);
    expect((await done).code).toBe(3);
  });
});

describe.concurrent('an orphan', () => {
  it('is taken over by the next process, which says so', async ({ expect }) => {
    await using yard = await openYard();
    const [one] = yard.builds;
    const args = ['phase', '--phase', 'build', '--build-id', one, '--stale-after', STALE];
    const { child, done } = await yard.start(args, ['sh', '-c', 'echo $$ > pid; sleep 600']);
    const pid = await until(() => readPid(yard, 'pid'), 'the command');
    child.kill('SIGKILL');
    await done;
    const over = await yard.phase('build', one, ['--wait', '60s']);
    expect(said(over)).toBe('passed done');
    expect(over.stderr).toMatch(/state=taken-over .*orphaned: running since/);
    expect(isAlive(pid)).toBe(false);
    expect(yard.shop.entries().map(({ kind }) => kind)).toContain('phase-taken-over');
  });

  it('that wakes up is refused, and its command is gone', async ({ expect }) => {
    await using yard = await openYard();
    const [one] = yard.builds;
    const args = ['phase', '--phase', 'build', '--build-id', one, '--stale-after', STALE];
    const { child, done } = await yard.start(args, ['sh', '-c', 'echo $$ > pid; sleep 600']);
    const pid = await until(() => readPid(yard, 'pid'), 'the command');
    child.kill('SIGSTOP');
    expect(said(await yard.phase('build', one, ['--wait', '60s']))).toBe('passed done');
    child.kill('SIGCONT');
    const woken = await done;
    expect(woken.code).toBe(4);
    // It is told who has it now, or that the other one is through.
    expect(woken.stdout).toMatch(/stale-fence|this process lost the phase/);
    await until(() => !isAlive(pid), 'the end of the command');
    expect(yard.shop.entries().at(-1)).toMatchObject({ kind: 'phase-done' });
  });
});

function readPid({ shop }: Yard, name: string): number | undefined {
  try {
    return Number(readFileSync(join(shop.path, name), 'utf8').trim()) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
