import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkshop, type Workshop } from '../once/workshop.ts';
import { type ActionRun, runAction } from './run-dist.ts';

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
});
afterEach(() => shop[Symbol.dispose]());

const inputs = (more: Record<string, string>) => ({ store: shop.store, ...more });
const main = (more: Record<string, string>) => runAction(inputs(more), { cwd: shop.path });
/** The same step's post step, when the job ends. */
const post = (step: ActionRun, more: Record<string, string>) =>
  runAction(inputs(more), { cwd: shop.path, state: step.state });

describe('the post step of the action', () => {
  const CLAIM = { mode: 'claim', key: 'a\nb' };

  it('reports what the step claimed and the job left open, and writes it down', async () => {
    await using step = await main(CLAIM);
    expect(step.outputs).toMatchObject({ claimed: 'true', fence: '1' });
    expect((await shop.run(['record', '--key', 'a', '--fence', '1'])).code).toBe(0);
    await using after = await post(step, CLAIM);
    expect(after.code).toBe(0);
    expect(after.annotations).toHaveLength(1);
    expect(after.annotations[0]).toMatchObject({ command: 'warning' });
    expect(after.annotations[0]?.message).toContain('in doubt');
    expect(shop.entries().at(-1)).toMatchObject({ kind: 'claim-in-doubt', reason: 'job-ended', fence: 1 });
    expect(await shop.run(['claim', '--key', 'b'])).toMatchObject({ code: 4, result: { state: 'in-doubt' } });
    expect(await shop.run(['claim', '--key', 'a'])).toMatchObject({ proof: { outcome: 'skipped' } });
  });

  it('annotates nothing when the job recorded or released what it claimed', async () => {
    await using step = await main(CLAIM);
    await shop.run(['record', '--key', 'a', '--fence', '1']);
    await shop.run(['release', '--key', 'b', '--fence', '1']);
    const before = shop.head();
    await using after = await post(step, CLAIM);
    expect(after).toMatchObject({ code: 0, annotations: [] });
    expect(shop.head()).toBe(before);
  });

  it.each([
    ['once that recorded', { mode: 'once', key: 'k', run: 'true' }, 0],
    ['once that failed and said so', { mode: 'once', key: 'k', run: 'false' }, 1],
    ['once that was invalid', { mode: 'once', key: 'k' }, 2],
  ])('says nothing after a step of %s', async (_, step, code) => {
    await using ran = await main(step);
    expect(ran.code).toBe(code);
    await using after = await post(ran, step);
    expect(after).toMatchObject({ code: 0, stdout: '', summary: '' });
  });

  it('says nothing after a claim that was refused', async () => {
    await shop.run(['claim', '--key', 'b']);
    await using step = await main(CLAIM);
    expect(step.code).toBe(4);
    await using after = await post(step, CLAIM);
    expect(after.stdout).toBe('');
  });

  it('leaves alone what somebody else was granted since', async () => {
    await using step = await main({ mode: 'claim', key: 'k' });
    await shop.run(['release', '--key', 'k', '--fence', '1']);
    await shop.run(['claim', '--key', 'k']);
    await using after = await post(step, { mode: 'claim', key: 'k' });
    expect(after).toMatchObject({ code: 0, annotations: [] });
    expect(await shop.run(['record', '--key', 'k', '--fence', '3'])).toMatchObject({ code: 0 });
  });

  it('says that it could not look when the store is gone', async () => {
    await using step = await main(CLAIM);
    await using after = await runAction(
      { ...CLAIM, store: 'git+file:/no/such/folder' },
      { cwd: shop.path, state: step.state },
    );
    expect(after.code).toBe(3);
    expect(after.annotations).toHaveLength(1);
  });
});
