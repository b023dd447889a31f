import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openYard, STALE, said, toldBy, type Yard } from '../deploy/yard.ts';
import { until } from '../once/workshop.ts';

let yard: Yard;
beforeEach(async () => {
  yard = await openYard();
  const [one, two] = yard.builds;
  await yard.published(one, two);
  await yard.promoted(one, two);
});
afterEach(() => yard[Symbol.asyncDispose]());

const CONFIRMED = ['--confirm-destructive'];

describe('a rollback', () => {
  it('without confirmation is refused, and says exactly what it would have done', async () => {
    const [one, two] = yard.builds;
    const before = yard.shop.head();
    const refused = await yard.rollback();
    const version = (build: string) => build.split('-')[1];
    expect(refused).toMatchObject({
      code: 4,
      result: {
        ...{ state: 'needs-confirmation', version: Number(version(one)) },
        ...{ 'artifact-id': `art-${one}`, 'deploy-id': one },
      },
    });
    expect(toldBy(refused)).toContain(
      `it would re-promote version ${version(one)} (deploy ${one}, artifact art-${one}) in production, in place of version ${version(two)}`,
    );
    expect([yard.platform.live(), yard.shop.head()]).toEqual([`art-${two}`, before]);
  });

  it('promotes what was published before, builds nothing, and is verified by that build’s own id', async () => {
    const [one] = yard.builds;
    const back = await yard.rollback([...CONFIRMED, '--verify', `{ url: "${yard.url}", within: 20s }`]);
    expect(back).toMatchObject({
      code: 0,
      result: { state: 'done', 'artifact-id': `art-${one}`, verified: 'passed' },
    });
    expect(yard.platform.live()).toBe(`art-${one}`);
    expect(yard.platform.ended('build')).toBe(2);
    const entry = yard.shop.entries().find(({ kind }) => kind === 'rollback-started');
    expect(entry).toMatchObject({ confirmed: true, actor: expect.stringContaining('host:') });
  });

  it('is not gone on with by the same command, and what it went back from does not come back', async () => {
    const [one, two, three] = yard.builds;
    await yard.rollback(CONFIRMED);
    expect(said(await yard.rollback(CONFIRMED))).toBe('skipped done');
    expect(said(await yard.phase('promote', two))).toBe('refused rolled-back');
    expect(yard.platform.live()).toBe(`art-${one}`);
    await yard.published(three);
    expect(said(await yard.phase('promote', three))).toBe('passed done');
    // What was rolled back from is passed by.
    expect((await yard.rollback(CONFIRMED)).result['deploy-id']).toBe(one);
  });

  it('goes to what is named, if that was live before', async () => {
    const [one, , three] = yard.builds;
    expect(said(await yard.rollback([...CONFIRMED, '--to', three]))).toBe('refused never-live');
    expect(said(await yard.rollback([...CONFIRMED, '--to', one]))).toBe('passed done');
    expect(said(await yard.rollback([...CONFIRMED, '--to', one]))).toBe('skipped done');
  });

  it('has nothing to go back to where nothing was live', async () => {
    expect(said(await yard.rollback([...CONFIRMED, '--environment', 'staging']))).toBe(
      'refused nothing-before',
    );
  });

  it('whose command fails is begun again by the same command', async () => {
    const failing = await yard.shop.run(['rollback', ...CONFIRMED, '--', 'false']);
    expect(failing).toMatchObject({ code: 1, result: { state: 'failed' } });
    expect(said(await yard.phase('promote', yard.builds[1]))).toBe('skipped done');
    expect(said(await yard.rollback(CONFIRMED))).toBe('passed done');
  });

  it('leaves a live promotion alone', async () => {
    const [, two, three] = yard.builds;
    await yard.published(three);
    await yard.shop.run(['phase', '--phase', 'promote', '--build-id', three, '--state', 'begin']);
    expect(said(await yard.rollback(CONFIRMED))).toBe('refused busy');
    expect(yard.platform.live()).toBe(`art-${two}`);
  });

  it('waits for what hangs until it is orphaned: the promotion is overtaken', async () => {
    const [, two, three] = yard.builds;
    await yard.published(three);
    const args = ['phase', '--phase', 'promote', '--build-id', three, '--stale-after', STALE];
    const hanging = await yard.start(args, ['sleep', '600']);
    await until(
      () => yard.shop.entries().some(({ deploy, phase }) => deploy === three && phase === 'promote'),
      'it',
    );
    hanging.child.kill('SIGSTOP');
    const back = await yard.rollback([...CONFIRMED, '--wait', '60s']);
    // The promotion that hung is what is gone back from: what was live before it is made so again.
    expect(back.result['deploy-id']).toBe(two);
    hanging.child.kill('SIGCONT');
    expect((await hanging.done).code).toBe(4);
    expect(said(await yard.phase('promote', three))).toBe('refused rolled-back');
    expect(yard.platform.live()).toBe(`art-${two}`);
  });
});
