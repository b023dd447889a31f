import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/deploy/attempt.ts';
import { type BeginCommand, decideBegin } from '../../src/deploy/begin.ts';
import type { Deploy } from '../../src/deploy/records.ts';
import { ago, deploy, done, environment, moment, orphaned, running, snapshotOf, turn } from './examples.ts';

const FENCE = 9;
const HOLDER = { actor: 'host:b' };

const command = (changes: Partial<BeginCommand> = {}): BeginCommand => ({
  environment: 'production',
  deployId: 'd7',
  phase: 'build',
  buildId: 'build-7',
  version: 7,
  plan: ['build', 'publish', 'promote'],
  artifactId: undefined,
  commit: '0123456',
  holder: HOLDER,
  staleAfterMs: 60_000,
  overrides: [],
  proof: undefined,
  ...changes,
});

/** Asks with these phases on record, or with no record of the deploy. */
const ask = (
  asked: Partial<BeginCommand>,
  phases?: Deploy['phases'],
  changes: Partial<Deploy> = {},
  others: Readonly<Record<string, unknown>> = {},
) => {
  const record = phases && { 'deploys/production/d7': deploy({ phases, ...changes }) };
  return decideBegin(snapshotOf({ ...record, ...others }), command(asked), moment(), FENCE);
};

/** What is granted to the one who asks, after those turns. */
const mine = (
  artifactId: string,
  how: 'started' | 'restarted' | 'taken-over',
  before: Attempt['turns'] = [],
) =>
  running({
    fence: FENCE,
    holder: HOLDER,
    heartbeatAt: ago(0),
    artifactId,
    turns: [...before, turn(how, 0, FENCE, HOLDER.actor)],
  });
const entry = (kind: string, phase: string, artifact: string) => ({
  ...{ kind, environment: 'production', deploy: 'd7', phase, fence: FENCE, artifact },
  ...{ version: 7, commit: '0123456', build: 'build-7' },
});
const refused = (why: string, told: string, more: object = {}) => ({
  entries: [],
  verdict: { kind: 'refused', why, told, ...more },
});

const BUILT = done({ artifactId: 'built' });
const PUBLISHED = done({ artifactId: 'published' });

describe('a phase is begun', () => {
  it('with the deploy’s record where there is none, and works on what is named after the deploy', async () => {
    const attempt = mine('d7', 'started');
    const after = deploy({ phases: { build: attempt } });
    expect(await ask({})).toEqual({
      entries: [entry('phase-started', 'build', 'd7')],
      records: { 'deploys/production/d7': after },
      subject: 'started build of d7',
      verdict: { kind: 'begun', how: 'started', deploy: after, attempt, before: undefined },
    });
  });

  it('without a version and a commit, where nobody knows them', async () => {
    const { records, entries } = await ask({ version: undefined, commit: undefined });
    const { version: _v, commit: _c, ...unknown } = deploy({ phases: { build: mine('d7', 'started') } });
    expect(records?.['deploys/production/d7']).toStrictEqual(unknown);
    const { version, commit, ...line } = entry('phase-started', 'build', 'd7');
    expect(entries).toStrictEqual([line]);
  });

  it('with what the record knows already, whatever the caller leaves out or says of the commit', async () => {
    const verified = { outcome: 'passed', at: ago(9), digest: 'a'.repeat(64), by: HOLDER };
    const { verdict } = await ask(
      { phase: 'publish', version: undefined, commit: 'fedcba9' },
      { build: BUILT },
      { verified },
    );
    const phases = { build: BUILT, publish: mine('built', 'started') };
    expect(verdict).toMatchObject({ kind: 'begun', deploy: deploy({ phases, verified }) });
  });

  it('with what the caller knows, where the record does not', async () => {
    const { version: _v, commit: _c, ...unknown } = deploy({ phases: { build: BUILT } });
    const { verdict } = await ask({ phase: 'publish' }, undefined, {}, { 'deploys/production/d7': unknown });
    expect(verdict).toMatchObject({ kind: 'begun', deploy: { version: 7, commit: '0123456' } });
  });

  it('with the version on record, where the caller says none and the build id has an epoch', async () => {
    const build = { version: undefined, buildId: 'build-1795190000-1a2b3c4' };
    expect((await ask(build)).verdict).toMatchObject({ kind: 'begun', deploy: { version: 1795190000 } });
    const { verdict } = await ask(
      { ...build, phase: 'publish' },
      { build: BUILT },
      { buildId: build.buildId, version: 7 },
    );
    expect(verdict).toMatchObject({ kind: 'begun', deploy: { version: 7 } });
  });

  it('with its commit in full as soon as somebody knows that', async () => {
    const full = `0123456${'7'.repeat(33)}`;
    const { verdict } = await ask({ phase: 'publish', commit: full }, { build: BUILT });
    expect(verdict).toMatchObject({ kind: 'begun', deploy: { commit: full } });
    const after = await ask({ phase: 'publish' }, { build: BUILT }, { commit: full });
    expect(after.verdict).toMatchObject({ kind: 'begun', deploy: { commit: full } });
    const unsaid = await ask({ phase: 'publish', commit: undefined }, { build: BUILT }, { commit: full });
    expect(unsaid.verdict).toMatchObject({ kind: 'begun', deploy: { commit: full } });
  });

  it.each([
    ['restarted', running({ state: 'failed', reason: 'interrupted', turns: [turn('failed', 9)] })],
    ['taken-over', orphaned()],
  ] as const)('anew: %s, by what stood there before', async (how, before) => {
    const attempt = mine('built', how, before.turns);
    const after = deploy({ phases: { build: BUILT, publish: attempt } });
    expect(await ask({ phase: 'publish' }, { build: BUILT, publish: before })).toEqual({
      entries: [entry(`phase-${how}`, 'publish', 'built')],
      records: { 'deploys/production/d7': after },
      subject: `${how} publish of d7`,
      verdict: { kind: 'begun', how, deploy: after, attempt, before },
    });
  });

  it('with the guards that were switched off in the history', async () => {
    expect((await ask({ overrides: ['allow-unknown-commit'] })).entries).toEqual([
      { ...entry('phase-started', 'build', 'd7'), overrides: ['allow-unknown-commit'] },
    ]);
    expect((await ask({})).entries[0]).not.toHaveProperty('overrides');
  });

  it('under a first line of at most 200 characters', async () => {
    const deployId = 'd'.repeat(300);
    expect((await ask({ deployId })).subject).toBe(`started build of ${deployId}`.slice(0, 200));
  });
});

describe('the artifact of a phase', () => {
  const PLAN = ['build', 'test', 'publish', 'promote'];
  const phases = { build: BUILT, test: done({ artifactId: 'tested' }), publish: PUBLISHED };
  it.each<[string, Partial<BeginCommand>, Deploy['phases'] | undefined, string]>([
    ['what the caller says, of the first one', { artifactId: 'own' }, undefined, 'own'],
    ['what the phase before handed on', { phase: 'publish' }, { build: BUILT }, 'built'],
    [
      'the same, where the caller says so too',
      { phase: 'publish', artifactId: 'built' },
      { build: BUILT },
      'built',
    ],
    ['what the newest of several handed on', { phase: 'promote', plan: PLAN }, phases, 'published'],
  ])('is %s', async (_, asked, before, artifactId) => {
    const { verdict } = await ask(asked, before, { plan: [...(asked.plan ?? command().plan)] });
    expect(verdict).toMatchObject({ kind: 'begun', attempt: { artifactId } });
  });

  it('is not another than the phases before made', async () => {
    expect(await ask({ phase: 'publish', artifactId: 'other' }, { build: BUILT })).toEqual(
      refused('other-artifact', 'the phases before made built'),
    );
  });
});

describe('a phase is not begun', () => {
  it('again when it is done', async () => {
    expect(await ask({}, { build: BUILT })).toEqual({
      entries: [],
      verdict: { kind: 'done', deploy: deploy({ phases: { build: BUILT } }), attempt: BUILT },
    });
  });

  it('when its promotion was rolled back', async () => {
    const attempt = running({ state: 'rolled-back', turns: [turn('done', 9), turn('rolled-back', 3)] });
    expect(await ask({ phase: 'promote' }, { build: BUILT, publish: PUBLISHED, promote: attempt })).toEqual(
      refused('rolled-back', `rolled back at ${ago(3)}, by github:octocat, fence 4`, { attempt }),
    );
  });

  it('while somebody is on it, which passes', async () => {
    const told = `running since ${ago(100)}, last heartbeat ${ago(20)}, 40 s left, by github:octocat, fence 4`;
    const passing = { attempt: running(), passes: true };
    expect(await ask({}, { build: running() })).toEqual(refused('busy', told, passing));
    expect(await ask({ phase: 'promote' }, { build: BUILT, publish: PUBLISHED, promote: running() })).toEqual(
      refused('busy', told, passing),
    );
  });

  it.each<[string, string, Partial<BeginCommand>, string]>([
    ['of another build', 'other-build', { buildId: 'build-8' }, 'it is of build build-7'],
    ['with another version', 'other-version', { version: 8 }, 'it has version 7'],
    [
      'with other phases',
      'other-plan',
      { plan: ['build', 'promote'] },
      'it goes through build, publish, promote',
    ],
  ])('%s under the same deploy id, not even when it is done', async (_, why, asked, told) => {
    expect(await ask(asked, { build: BUILT })).toEqual(refused(why, told));
  });

  it('before those before it are done', async () => {
    expect(await ask({ phase: 'promote' })).toEqual(refused('predecessor', '`build` is not done: not begun'));
    expect(await ask({ phase: 'promote' }, { build: BUILT, publish: orphaned() })).toEqual(
      refused(
        'predecessor',
        `\`publish\` is not done: orphaned: running since ${ago(100)}, no heartbeat since ${ago(60)}, by github:octocat, fence 4`,
      ),
    );
  });

  it('while deploys are held, except for building', async () => {
    const hold = {
      schemaVersion: 1,
      scope: 'deploys',
      state: 'set',
      reason: 'drill',
      by: HOLDER,
      at: ago(30),
    };
    const others = { 'holds/deploys': hold };
    expect(await ask({ phase: 'publish' }, { build: BUILT }, {}, others)).toEqual(
      refused('held', `deploys are held since ${ago(30)} by host:b: drill`),
    );
    expect((await ask({}, undefined, {}, others)).verdict).toMatchObject({ kind: 'begun' });
  });
});

describe('a promotion is begun', () => {
  const BEFORE = { build: BUILT, publish: PUBLISHED };

  it('together with the environment’s pointer', async () => {
    const attempt = mine('published', 'started');
    const after = deploy({ phases: { ...BEFORE, promote: attempt } });
    expect(await ask({ phase: 'promote' }, BEFORE)).toEqual({
      entries: [entry('phase-started', 'promote', 'published')],
      records: {
        'deploys/production/d7': after,
        'environments/production': environment({
          highest: { version: 7, deployId: 'd7' },
          active: { deployId: 'd7', phase: 'promote', fence: FENCE, version: 7 },
        }),
      },
      subject: 'started promote of d7',
      verdict: { kind: 'begun', how: 'started', deploy: after, attempt, before: undefined },
    });
  });

  it('together with the end of another that stood half-way', async () => {
    const other = deploy({ deployId: 'd6', version: 6, phases: { promote: orphaned() } });
    const active = { deployId: 'd6', phase: 'promote' as const, fence: 4, version: 6 };
    const { entries, records } = await ask(
      { phase: 'promote' },
      BEFORE,
      {},
      {
        'environments/production': environment({ highest: { version: 6, deployId: 'd6' }, active }),
        'deploys/production/d6': other,
      },
    );
    expect(entries.map(({ kind, deploy: id }) => [kind, id])).toEqual([
      ['phase-failed', 'd6'],
      ['phase-started', 'd7'],
    ]);
    expect(Object.keys(records ?? {}).sort()).toEqual([
      'deploys/production/d6',
      'deploys/production/d7',
      'environments/production',
    ]);
  });

  it('only of a commit that was confirmed; other phases do not ask', async () => {
    const unconfirmed = 'the commit 0123456 is not in the checked-out history';
    expect(await ask({ phase: 'promote', unconfirmed }, BEFORE)).toEqual(
      refused('unknown-commit', unconfirmed),
    );
    expect((await ask({ unconfirmed })).verdict).toMatchObject({ kind: 'begun' });
  });

  it('only when the pointer’s own guards let it', async () => {
    const { version: _, ...unversioned } = deploy({ phases: BEFORE });
    const others = { 'deploys/production/d7': unversioned };
    expect(await ask({ phase: 'promote', version: undefined }, undefined, {}, others)).toEqual(
      refused('no-version', 'its version is not known'),
    );
  });
});
