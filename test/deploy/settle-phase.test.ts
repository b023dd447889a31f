import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/deploy/attempt.ts';
import type { Deploy, Environment } from '../../src/deploy/records.ts';
import { decideRolledBack } from '../../src/deploy/rollback.ts';
import { decideDone, decideFail, decideHeartbeat } from '../../src/deploy/settle-phase.ts';
import { ago, deploy, done, environment, moment, orphaned, running, snapshotOf, turn } from './examples.ts';
import { HELD, HOLD, recordsWith } from './live.ts';

const MOMENT = moment({ writtenMs: Date.parse(ago(-2)) });
const NOW = ago(-2);
const PLAN = ['build', 'publish', 'promote', 'announce'];
const ACTOR = 'host:b';

const at = (phase: string, attempt: Attempt): Deploy =>
  deploy({ plan: PLAN, phases: { build: done(), [phase]: attempt } });
const grantOf = (phase = 'publish', fence = 4) => ({
  environment: 'production',
  deployId: 'd7',
  phase,
  fence,
});
const line = {
  environment: 'production',
  deploy: 'd7',
  fence: 4,
  artifact: 'shop:7',
  version: 7,
  commit: '0123456',
};
const failed = (reason: Attempt['reason'] = 'command-failed'): Attempt =>
  running({ state: 'failed', reason, turns: [turn('started', 100), turn('failed', 10)] });
/** A promotion whose job ended, and that was rolled back from afterwards. */
const rolledBack = running({ state: 'rolled-back', reason: 'job-ended', turns: [turn('rolled-back', 10)] });
const nothing = (verdict: object) => ({ entries: [], verdict });
const ended = (attempt: Attempt, told: string) =>
  nothing({ kind: 'refused', why: 'ended', told: `${told}, by github:octocat, fence 4`, attempt });

/** What the environment is at, where a promotion of the deploy, or a rollback to it, is not done. */
const under = (phase: 'promote' | 'rollback', fence = 4): Environment =>
  environment({
    highest: { version: 7, deployId: 'd7' },
    active: { deployId: 'd7', phase, fence, version: 7 },
  });

type Records = Record<string, unknown>;
const beat = (records: Records, phase = 'publish', always = false) =>
  decideHeartbeat(snapshotOf(records), { ...grantOf(phase), always }, MOMENT);
const finish = (records: Records, phase = 'publish', artifactId?: string) =>
  decideDone(snapshotOf(records), { ...grantOf(phase), artifactId, actor: ACTOR }, MOMENT);
const giveUp = (records: Records, phase = 'publish') =>
  decideFail(snapshotOf(records), { ...grantOf(phase), reason: 'interrupted', actor: ACTOR }, MOMENT);

describe('a heartbeat', () => {
  const last = (secondsAgo: number) =>
    recordsWith(undefined, at('publish', running({ heartbeatAt: ago(secondsAgo) })));
  const beaten = running({ heartbeatAt: NOW });
  const written = {
    entries: [{ kind: 'phase-heartbeat', phase: 'publish', ...line }],
    records: { 'deploys/production/d7': at('publish', beaten) },
    subject: 'heartbeat of publish of d7',
    verdict: { kind: 'beating', deploy: at('publish', beaten), attempt: beaten },
  };

  it('is written once a quarter of the time has passed', async () => {
    // A minute until it is orphaned; the ledger's newest entry is two seconds ahead of us.
    expect(await beat(last(13))).toEqual(written);
    const young = running({ heartbeatAt: ago(12.999) });
    expect(await beat(last(12.999))).toEqual(
      nothing({ kind: 'already', deploy: at('publish', young), attempt: young }),
    );
  });

  it('is written at once where that is asked for', async () => {
    expect(await beat(last(0), 'publish', true)).toEqual(written);
  });

  it('is on the clock of whoever writes it', async () => {
    const moved = recordsWith(undefined, at('publish', running({ clock: 'b' })));
    expect((await beat(moved)).verdict).toMatchObject({ attempt: { clock: 'a', heartbeatAt: NOW } });
  });

  it.each([
    ['done', done(), `done at ${ago(20)}`],
    ['failed', failed(), `failed at ${ago(10)} (command-failed)`],
    ['rolled back', rolledBack, `rolled back at ${ago(10)}`],
  ])('is none of a phase that is %s', async (_, attempt, told) => {
    expect(await beat(recordsWith(undefined, at('publish', attempt)), 'publish', true)).toEqual(
      ended(attempt, told),
    );
  });

  it('tells of a hold, and says nothing then; a build goes on', async () => {
    const records = { ...recordsWith(undefined, at('publish', orphaned())), ...HELD };
    expect(await beat(records)).toEqual(
      nothing({ kind: 'held', hold: HOLD, deploy: at('publish', orphaned()), attempt: orphaned() }),
    );
    expect(
      (await beat({ ...recordsWith(undefined, at('build', orphaned())), ...HELD }, 'build')).verdict.kind,
    ).toBe('beating');
  });
});

describe('a phase that is done', () => {
  const finished = (attempt: Attempt = running()): Attempt => ({
    ...attempt,
    state: 'done',
    artifactId: 'shop:7',
    turns: [...attempt.turns, { turn: 'done', at: NOW, fence: 4, actor: ACTOR }],
  });

  it('says so, and hands on the artifact that it made', async () => {
    const made = at('publish', finished());
    expect(
      await finish(recordsWith(undefined, at('publish', running({ artifactId: 'd7' }))), 'publish', 'shop:7'),
    ).toEqual({
      entries: [{ kind: 'phase-done', phase: 'publish', ...line }],
      records: { 'deploys/production/d7': made },
      subject: 'publish of d7 done',
      verdict: { kind: 'settled', deploy: made, attempt: finished(), hold: undefined },
    });
  });

  it('hands on what it was given where it made nothing', async () => {
    const { verdict } = await finish(recordsWith(undefined, at('publish', running())));
    expect(verdict).toMatchObject({ kind: 'settled', attempt: { artifactId: 'shop:7' } });
  });

  it('is written down though deploys were held meanwhile, and tells of it; a build has no hold', async () => {
    const held = await finish({ ...recordsWith(undefined, at('publish', running())), ...HELD });
    expect(held.entries).toEqual([{ kind: 'phase-done', phase: 'publish', ...line, held: true }]);
    expect(held.verdict).toMatchObject({ kind: 'settled', hold: HOLD });
    const build = await finish({ ...recordsWith(undefined, at('build', running())), ...HELD }, 'build');
    expect(build.entries).toEqual([{ kind: 'phase-done', phase: 'build', ...line }]);
    expect(build.verdict).toMatchObject({ kind: 'settled', hold: undefined });
  });

  it('is so only once', async () => {
    const own = at('publish', done());
    expect(await finish(recordsWith(undefined, own))).toEqual(
      nothing({ kind: 'already', deploy: own, attempt: done() }),
    );
  });

  it('is heard after its job ended, and has no reason any more to have failed', async () => {
    const { verdict } = await finish(recordsWith(undefined, at('publish', failed('job-ended'))));
    const { reason: _, ...rest } = failed();
    expect(verdict).toEqual({
      ...{ kind: 'settled', hold: undefined, attempt: finished(rest) },
      deploy: at('publish', finished(rest)),
    });
  });

  it.each([
    ['failed', failed(), `failed at ${ago(10)} (command-failed)`],
    ['was rolled back from', rolledBack, `rolled back at ${ago(10)}`],
  ])('is not heard after it %s', async (_, attempt, told) => {
    expect(await finish(recordsWith(under('promote'), at('promote', attempt)), 'promote')).toEqual(
      ended(attempt, told),
    );
  });

  it('moves the pointer, where it is a promotion', async () => {
    const { records, verdict } = await finish(
      recordsWith(under('promote'), at('promote', running())),
      'promote',
    );
    const current = {
      deployId: 'd7',
      buildId: 'build-7',
      version: 7,
      artifactId: 'shop:7',
      at: NOW,
      fence: 4,
    };
    const live = { ...current, how: 'promote' as const };
    const { active: _, ...rest } = under('promote');
    expect(records).toEqual({
      'deploys/production/d7': at('promote', finished()),
      'environments/production': { ...rest, current: live, floor: 7, promotions: [live] },
    });
    expect(verdict.kind).toBe('settled');
  });

  it('is overtaken, where it is a promotion and the environment went on', async () => {
    const own = at('promote', running());
    const attempt = finished();
    const refused = { kind: 'refused', why: 'overtaken', told: 'the environment went on to d7', attempt };
    expect(await finish(recordsWith(under('promote', 5), own), 'promote')).toEqual(nothing(refused));
  });

  it.each(['promote', 'announce'])('has the artifact that was published: %s', async (phase) => {
    const records = recordsWith(under('promote'), at(phase, running()));
    const told = { kind: 'refused', why: 'other-artifact', told: 'shop:7 was published', attempt: running() };
    expect(await finish(records, phase, 'shop:8')).toEqual(nothing(told));
    expect((await finish(records, phase, 'shop:7')).verdict.kind).toBe('settled');
  });

  it.each(['build', 'publish', 'beside'])('may name another artifact before: %s', async (phase) => {
    const { verdict } = await finish(recordsWith(undefined, at(phase, running())), phase, 'shop:8');
    expect(verdict).toMatchObject({ kind: 'settled', attempt: { artifactId: 'shop:8' } });
  });
});

describe('a phase that ended without being done', () => {
  const after = running({
    state: 'failed',
    reason: 'interrupted',
    turns: [turn('started', 100), turn('failed', -2, 4, ACTOR)],
  });

  it.each([
    ['publish', 'phase-failed'],
    ['promote', 'phase-failed'],
    ['rollback', 'rollback-failed'],
  ])('says why: %s', async (phase, kind) => {
    expect(await giveUp(recordsWith(undefined, at(phase, running())), phase)).toEqual({
      entries: [{ kind, phase, ...line, reason: 'interrupted' }],
      records: { 'deploys/production/d7': at(phase, after) },
      subject: `${phase} of d7 failed`,
      verdict: { kind: 'settled', deploy: at(phase, after), attempt: after },
    });
  });

  it.each([
    ['publish', undefined],
    ['promote', under('promote')],
    ['rollback', under('rollback')],
  ])('is so only once, with its first reason: %s', async (phase, pointer) => {
    const own = at(phase, failed());
    expect(await giveUp(recordsWith(pointer, own), phase)).toEqual(
      nothing({ kind: 'already', deploy: own, attempt: failed() }),
    );
  });

  it.each(['promote', 'rollback'] as const)(
    'learns that others moved the pointer since: %s',
    async (phase) => {
      const other = phase === 'promote' ? 'rollback' : 'promote';
      const told = 'the environment went on to d7';
      expect(await giveUp(recordsWith(under(other), at(phase, failed())), phase)).toEqual(
        nothing({ kind: 'refused', why: 'overtaken', told, attempt: failed() }),
      );
    },
  );

  it.each([
    ['done', done(), `done at ${ago(20)}`],
    ['overtaken', failed('overtaken'), `failed at ${ago(10)} (overtaken)`],
  ])('says nothing of one that is %s', async (_, attempt, told) => {
    expect(await giveUp(recordsWith(under('promote'), at('promote', attempt)), 'promote')).toEqual(
      ended(attempt, told),
    );
  });
});

describe.each([
  ['a heartbeat', decideHeartbeat],
  ['the end of a phase', decideDone],
  ['the failure of a phase', decideFail],
  ['the end of a rollback', decideRolledBack],
])('%s', (_, decide) => {
  const more = { always: true, artifactId: undefined, actor: ACTOR, reason: 'interrupted' as const };
  const ask = (records: Records, grant = grantOf('rollback')) =>
    decide(snapshotOf(records), { ...grant, ...more }, MOMENT);

  it('is of a phase that was begun', async () => {
    const told = '`rollback` of d7 was never begun';
    const refused = nothing({ kind: 'refused', why: 'not-begun', told });
    expect(await ask({})).toEqual(refused);
    expect(await ask(recordsWith(undefined, at('publish', running())))).toEqual(refused);
  });

  it('is of the newest grant', async () => {
    const attempt = running({ fence: 5 });
    const told = `it is running since ${ago(100)}, last heartbeat ${ago(20)}, 40 s left, by github:octocat, fence 5`;
    expect(await ask(recordsWith(under('rollback'), at('rollback', attempt)))).toEqual(
      nothing({ kind: 'refused', why: 'stale-fence', told, attempt }),
    );
  });

  it('has a subject that a ledger takes, however long the names are', async () => {
    const deployId = 'd'.repeat(300);
    const pointer = environment({ active: { deployId, phase: 'rollback', fence: 4, version: 7 } });
    const own = { ...at('rollback', running()), deployId };
    const { subject } = await ask(recordsWith(pointer, own), { ...grantOf('rollback'), deployId });
    expect(subject).toHaveLength(200);
  });
});
