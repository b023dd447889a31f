import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { transact } from '../../src/ledger/transact.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { openYard, said, toldBy, type Yard } from '../deploy/yard.ts';
import { openAt } from '../ledger/fixtures.ts';
import { runAction } from './run-dist.ts';

let yard: Yard;
beforeEach(async () => {
  yard = await openYard();
});
afterEach(() => yard[Symbol.asyncDispose]());

const kill = (...more: string[]) => yard.shop.run(['kill', '--scope', 'deploys', ...more]);
const rearm = (...more: string[]) => yard.shop.run(['rearm', '--scope', 'deploys', ...more]);

describe('a hold on deploys', () => {
  it('refuses publish, promote and rollback, from every trigger and with every flag, and says who and why', async () => {
    const [one, two] = yard.builds;
    await yard.published(one, two);
    await yard.promoted(one);
    expect((await kill('--reason', 'do NOT deploy')).code).toBe(0);
    const calls = yard.platform.calls().length;
    const flags = ['--allow-unknown-commit', '--require-proof', 'false', '--wait', '0s'];
    writeFileSync(
      join(yard.shop.path, 'ship-proof.yml'),
      'deploy:\n  production: { phases: [build, publish, promote] }\n',
    );
    const refused = await yard.phase('promote', two, flags);
    expect(refused).toMatchObject({ code: 4, result: { state: 'held' } });
    expect(toldBy(refused)).toMatch(/held since .* by host:.*: do NOT deploy/);
    for (const answer of [
      await yard.phase('publish', 'build-1795000000-abcdef0'),
      await yard.phase('promote', two, [], {
        env: { SHIP_PROOF_INPUT_CONFIRM_DESTRUCTIVE: 'true', CI: 'true' },
      }),
      await yard.rollback(['--confirm-destructive', '--to', one]),
    ])
      expect(
        answer.code === 4 || answer.proof.outcome === 'skipped',
        JSON.stringify(answer.proof.checks),
      ).toBe(true);
    const inputs = {
      mode: 'phase',
      phase: 'promote',
      'build-id': two,
      store: yard.shop.store,
      run: 'touch promoted',
    };
    await using manual = await runAction(inputs, { cwd: yard.shop.path, eventName: 'workflow_dispatch' });
    expect(manual.outputs).toMatchObject({ state: 'held', 'should-run': 'false' });
    expect(yard.platform.calls()).toHaveLength(calls);
  });

  it('lets go only when it is confirmed, which stands in the ledger', async () => {
    await kill('--reason', 'wait');
    const before = yard.shop.head();
    const refused = await rearm();
    expect(refused).toMatchObject({ code: 4, result: { state: 'set' } });
    expect(toldBy(refused)).toContain('wait');
    expect(yard.shop.head()).toBe(before);
    expect((await rearm('--confirm-destructive')).result.state).toBe('cleared');
    expect(yard.shop.entries().at(-1)).toMatchObject({
      kind: 'hold-cleared',
      confirmed: true,
      actor: expect.stringContaining('host:'),
    });
    expect(said(await yard.phase('build', yard.builds[0]))).toBe('passed done');
  });

  it('is set by one command, and keeps the first reason', async () => {
    await kill('--reason', 'first');
    const again = await kill('--reason', 'second');
    expect(again.proof.outcome).toBe('skipped');
    expect(toldBy(again)).toContain('first');
  });

  it('that can’t be read lets nothing run, and can be set anew', async () => {
    const [one] = yard.builds;
    await yard.published(one);
    await using ledger = await openAt(yard.shop.store, join(yard.shop.path, '..', 'cache'));
    await transact(ledger, { clock: systemClock, actor: 'test' }, () => ({
      entries: [{ kind: 'broken' }],
      records: { 'holds/deploys': { schemaVersion: 7 } },
      verdict: undefined,
    }));
    const unread = await yard.phase('promote', one);
    expect(unread.code).toBe(3);
    expect(toldBy(unread)).toContain('holds/deploys');
    expect(yard.platform.ended('promote')).toBe(0);
    expect((await kill()).code).toBe(0);
    expect(said(await yard.phase('promote', one))).toBe('refused held');
  });

  it('does not hold ticks, and that on ticks does not hold deploys', async () => {
    await yard.shop.run(['kill', '--scope', 'ticks']);
    await yard.published(yard.builds[0]);
    expect(said(await yard.phase('promote', yard.builds[0]))).toBe('passed done');
    expect((await yard.shop.run(['rearm', '--confirm-destructive'])).code).toBe(0);
  });
});
