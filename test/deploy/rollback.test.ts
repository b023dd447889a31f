import { describe, expect, it } from 'vitest';
import type { Environment } from '../../src/deploy/records.ts';
import { decideRollback, decideRolledBack, type RollbackCommand } from '../../src/deploy/rollback.ts';
import { ago, done, environment, moment, orphaned, running, snapshotOf, turn } from './examples.ts';
import {
  deployOf,
  goingBack,
  gone,
  HELD,
  live,
  liveAgain,
  promotion,
  recordsWith,
  rolledBack,
} from './live.ts';

const MOMENT = moment({ writtenMs: Date.parse(ago(-2)) });
const NOW = ago(-2);
const ACTOR = 'host:b';
const FENCE = 9;
type Records = Readonly<Record<string, unknown>>;

const highest = (version: number) => ({ version, deployId: `d${version}` });
const active = (phase: 'promote' | 'rollback', version: number, fence = 4) => ({
  ...{ deployId: `d${version}`, phase, fence, version },
});
/** Three versions went live; the third is current. */
const THREE = environment({
  current: live(3),
  highest: highest(3),
  floor: 3,
  promotions: [live(1), live(2), live(3)],
});
const DEPLOYS = [1, 2, 3].map((version) => deployOf(version));
const BACK_AT_TWO: Environment = {
  ...THREE,
  current: liveAgain(2),
  promotions: [live(1), liveAgain(2), gone(3)],
};
const nothing = (verdict: object) => ({ entries: [], verdict });
const refused = (why: string, told: string, more: object = {}) =>
  nothing({ kind: 'refused', why, told, ...more });
const line = (version: number, fence: number, artifact = `shop:${version}`) => ({
  ...{ environment: 'production', deploy: `d${version}`, fence, artifact, version, commit: '0123456' },
});

describe('a rollback that is asked for', () => {
  const ask = (records: Records, asked: Partial<RollbackCommand> = {}) =>
    decideRollback(
      snapshotOf(records),
      {
        ...{ environment: 'production', to: undefined, confirmed: true },
        ...{ holder: { actor: ACTOR }, staleAfterMs: 60_000, ...asked },
      },
      MOMENT,
      FENCE,
    );
  const going = (artifactId: string, changes: object = {}) =>
    goingBack({
      ...{ fence: FENCE, holder: { actor: ACTOR }, heartbeatAt: NOW, artifactId, from: 3 },
      turns: [turn('started', -2, FENCE, ACTOR)],
      ...changes,
    });

  it('has nothing to go back to where nothing was ever promoted', async () => {
    const told = 'nothing was ever promoted in production';
    expect(await ask({})).toEqual(refused('nothing-before', told));
    expect(await ask(recordsWith(environment()))).toEqual(refused('nothing-before', told));
  });

  it('takes the environment, bars what it goes back from, and says so', async () => {
    const attempt = going('shop:2');
    const after = deployOf(2, { promote: promotion(2), rollback: attempt });
    expect(await ask(recordsWith({ ...THREE, floor: 2 }, ...DEPLOYS))).toEqual({
      entries: [{ kind: 'rollback-started', phase: 'rollback', ...line(2, FENCE), from: 3, confirmed: true }],
      records: recordsWith({ ...THREE, active: active('rollback', 2, FENCE) }, after),
      subject: 'roll back production to d2',
      verdict: { kind: 'begun', how: 'started', deploy: after, attempt, before: undefined, from: 3 },
    });
  });

  it('opens nothing that was barred', async () => {
    const { records } = await ask(recordsWith({ ...BACK_AT_TWO, floor: 3 }, ...DEPLOYS), { to: '1' });
    expect(records).toMatchObject({ 'environments/production': { floor: 3 } });
  });

  it('is not begun without confirmation, and says what it would do', async () => {
    const told =
      'it would re-promote version 2 (deploy d2, artifact shop:2) in production, in place of version 3';
    expect(await ask(recordsWith(THREE, ...DEPLOYS), { confirmed: false })).toEqual(
      refused('needs-confirmation', told, { target: live(2) }),
    );
  });

  it('waits for a live promotion', async () => {
    const attempt = running();
    const fourth = deployOf(4, { promote: attempt });
    const pointer = { ...THREE, highest: highest(4), active: active('promote', 4) };
    const told = `promote of d4 is running since ${ago(100)}, last heartbeat ${ago(20)}, 40 s left, by github:octocat, fence 4`;
    expect(await ask(recordsWith(pointer, ...DEPLOYS, fourth))).toEqual(
      refused('busy', told, { attempt, passes: true }),
    );
  });

  it('is stopped by a hold', async () => {
    const told = `deploys are held since ${ago(30)} by host:op: drill`;
    expect(await ask({ ...recordsWith(THREE, ...DEPLOYS), ...HELD })).toEqual(refused('held', told));
  });

  it('ends a promotion that is orphaned, and bars its version', async () => {
    const pointer = { ...THREE, highest: highest(4), active: active('promote', 4) };
    const turns = [turn('started', 100), turn('failed', -2, 4, ACTOR)];
    const over = deployOf(4, { promote: orphaned({ state: 'failed', reason: 'overtaken', turns }) });
    const attempt = going('shop:3', { from: 4 });
    const after = deployOf(3, { promote: promotion(3), rollback: attempt });
    const { verdict, ...written } = await ask(
      recordsWith(pointer, ...DEPLOYS, deployOf(4, { promote: orphaned() })),
    );
    expect(written).toEqual({
      entries: [
        { kind: 'phase-failed', phase: 'promote', ...line(4, 4, 'shop:7'), reason: 'overtaken' },
        { kind: 'rollback-started', phase: 'rollback', ...line(3, FENCE), from: 4, confirmed: true },
      ],
      records: recordsWith({ ...pointer, floor: 4, active: active('rollback', 3, FENCE) }, over, after),
      subject: 'roll back production to d3',
    });
    expect(verdict).toEqual({
      ...{ kind: 'begun', how: 'started', deploy: after, attempt, before: undefined, from: 4 },
    });
  });

  it.each([
    ['takes over one that is orphaned', orphaned({ from: 3 }), 'taken-over', 'taken-over'],
    ['begins one anew that failed', running({ state: 'failed', from: 3 }), 'started', 'restarted'],
  ] as const)('%s, with the same target', async (_, before, how, said) => {
    const pointer = { ...THREE, active: active('rollback', 1) };
    const first = deployOf(1, { promote: promotion(1), rollback: before });
    const attempt = going('shop:1', { turns: [turn('started', 100), turn(said, -2, FENCE, ACTOR)] });
    const after = deployOf(1, { promote: promotion(1), rollback: attempt });
    expect(await ask(recordsWith(pointer, ...DEPLOYS, first))).toEqual({
      entries: [{ kind: `rollback-${how}`, phase: 'rollback', ...line(1, FENCE), from: 3, confirmed: true }],
      records: recordsWith({ ...pointer, active: active('rollback', 1, FENCE) }, after),
      subject: 'roll back production to d1',
      verdict: { kind: 'begun', how, deploy: after, attempt, before, from: 3 },
    });
  });

  it('ends an orphaned one that goes elsewhere', async () => {
    const pointer = { ...THREE, active: active('rollback', 1) };
    const first = deployOf(1, { promote: promotion(1), rollback: orphaned({ from: 3 }) });
    const { entries, verdict } = await ask(recordsWith(pointer, ...DEPLOYS, first), { to: '2' });
    expect(entries.map(({ kind, deploy }) => [kind, deploy])).toEqual([
      ['rollback-failed', 'd1'],
      ['rollback-started', 'd2'],
    ]);
    expect(verdict).toMatchObject({ kind: 'begun', how: 'started', from: 3 });
  });

  it('is there already after a rollback', async () => {
    expect(await ask(recordsWith(BACK_AT_TWO, ...DEPLOYS))).toEqual(
      nothing({ kind: 'there', deploy: deployOf(2), from: 3 }),
    );
  });

  it('goes nowhere where the deploy is not on record', async () => {
    expect(await ask(recordsWith(THREE))).toEqual(refused('never-live', 'the deploy d2 is not on record'));
  });

  it('has a subject that a ledger takes, however long the names are', async () => {
    const deployId = 'd'.repeat(300);
    const pointer = { ...THREE, promotions: [live(2, { deployId }), live(3)] };
    const { subject } = await ask(recordsWith(pointer, { ...deployOf(2), deployId }));
    expect(subject).toHaveLength(200);
  });

  describe('of one deploy alone', () => {
    const from = (deployId: string, records: Records) => ask(records, { from: deployId });
    const begun = (to: number, version: number) => ({
      verdict: { kind: 'begun', from: version, deploy: { deployId: `d${to}` } },
    });

    it('goes back from that where it is current, also by a rollback', async () => {
      expect(await from('d3', recordsWith(THREE, ...DEPLOYS))).toMatchObject(begun(2, 3));
      expect(await from('d2', recordsWith(BACK_AT_TWO, ...DEPLOYS))).toMatchObject(begun(1, 2));
    });

    it('is there already where that was rolled back from', async () => {
      const records = recordsWith(BACK_AT_TWO, deployOf(2), deployOf(3, { promote: rolledBack(3) }));
      expect(await from('d3', records)).toEqual(nothing({ kind: 'there', deploy: deployOf(2), from: 3 }));
    });

    it('goes on from a promotion that failed, where it died itself half-way', async () => {
      const pointer = { ...THREE, highest: highest(4), active: active('rollback', 3) };
      const fourth = deployOf(4, { promote: running({ state: 'failed', reason: 'overtaken' }) });
      const third = deployOf(3, { promote: promotion(3), rollback: orphaned({ from: 4 }) });
      expect(await from('d4', recordsWith(pointer, ...DEPLOYS, third, fourth))).toMatchObject(begun(3, 4));
    });

    const version3 = 'version 3 (d3)';
    it.each<[string, string, Environment, string]>([
      ['was live before', 'd2', THREE, version3],
      ['was never promoted', 'd5', THREE, version3],
      ['was never heard of', 'd9', THREE, version3],
      [
        'is live while another is being promoted',
        'd3',
        { ...THREE, highest: highest(4), active: active('promote', 4) },
        'promote of d4 is under way',
      ],
    ])('goes nowhere where that %s', async (_, deployId, pointer, now) => {
      const fourth = deployOf(4, { promote: orphaned() });
      const records = recordsWith(pointer, ...DEPLOYS, fourth, deployOf(5, {}));
      const told = `what is live, or about to be, is not ${deployId}: ${now}`;
      expect(await from(deployId, records)).toEqual(refused('not-live', told));
    });

    it('goes nowhere where what is live is not on record', async () => {
      const told = 'what is live, or about to be, is not d3: version 2 (d2)';
      const records = recordsWith(BACK_AT_TWO, deployOf(3, { promote: rolledBack(3) }));
      expect(await from('d3', records)).toEqual(refused('not-live', told));
    });
  });
});

describe('a rollback that is done', () => {
  const grant = { environment: 'production', deployId: 'd1', phase: 'rollback', fence: 4, actor: ACTOR };
  const UNDER_WAY = { ...THREE, active: active('rollback', 1) };
  const attempt = goingBack({ artifactId: 'shop:1' });
  const settle = (records: Records) => decideRolledBack(snapshotOf(records), grant, MOMENT);
  const first = (rollback = attempt, promote = promotion(1)) => deployOf(1, { promote, rollback });
  const said = (what: 'done' | 'rolled-back', fence: number) => turn(what, -2, fence, ACTOR);
  const finished = { ...attempt, state: 'done' as const, turns: [...attempt.turns, said('done', 4)] };
  const over = (version: number) => {
    const { turns, ...rest } = promotion(version);
    const state = 'rolled-back' as const;
    return deployOf(version, { promote: { ...rest, state, turns: [...turns, said(state, 100 + version)] } });
  };
  const current = live(1, { at: NOW, fence: 4, how: 'rollback' });

  it('moves the pointer, and ends the promotions that it went back over', async () => {
    const { active: _, ...rest } = UNDER_WAY;
    expect(await settle(recordsWith(UNDER_WAY, ...DEPLOYS, first()))).toEqual({
      entries: [{ kind: 'rolled-back', phase: 'rollback', ...line(1, 4), from: 3 }],
      records: recordsWith(
        { ...rest, current, promotions: [current, gone(2), gone(3)] },
        ...[over(2), over(3), first(finished)],
      ),
      subject: 'production rolled back to d1',
      verdict: { kind: 'settled', deploy: first(finished), attempt: finished },
    });
  });

  it('goes also to what was once rolled back from, whose promotion is done again', async () => {
    const { turns, ...rest } = rolledBack(1);
    const again = { ...rest, state: 'done' as const, turns: [...turns, said('done', 101)] };
    const records = recordsWith(UNDER_WAY, ...DEPLOYS, first(attempt, rolledBack(1)));
    const { verdict, records: written } = await settle(records);
    expect(verdict).toEqual({ kind: 'settled', deploy: first(finished, again), attempt: finished });
    expect(written).toMatchObject({ 'deploys/production/d1': first(finished, again) });
  });

  it('passes by a deploy that is not on record', async () => {
    const { records } = await settle(recordsWith(UNDER_WAY, deployOf(3), first()));
    expect(Object.keys(records ?? {})).toEqual([
      ...['deploys/production/d3', 'deploys/production/d1', 'environments/production'],
    ]);
  });

  it('is so only once', async () => {
    const own = first(finished);
    expect(await settle(recordsWith(BACK_AT_TWO, own))).toEqual(
      nothing({ kind: 'already', deploy: own, attempt: finished }),
    );
  });

  it('is heard after its job ended', async () => {
    const late = first({ ...attempt, state: 'failed', reason: 'job-ended' });
    expect((await settle(recordsWith(UNDER_WAY, ...DEPLOYS, late))).verdict).toEqual({
      ...{ kind: 'settled', deploy: first(finished), attempt: finished },
    });
  });

  it('is not heard after it failed otherwise', async () => {
    const failed = done({ state: 'failed', reason: 'overtaken', from: 3 });
    const told = `failed at ${ago(20)} (overtaken), by github:octocat, fence 4`;
    expect(await settle(recordsWith(UNDER_WAY, ...DEPLOYS, first(failed)))).toEqual(
      refused('ended', told, { attempt: failed }),
    );
  });

  it('is overtaken where the environment went on', async () => {
    const pointer = { ...THREE, active: active('rollback', 2, 5) };
    const told = 'the environment went on to d2';
    expect(await settle(recordsWith(pointer, ...DEPLOYS, first()))).toEqual(
      refused('overtaken', told, { attempt: finished }),
    );
  });
});
