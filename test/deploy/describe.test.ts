import { beforeEach, describe, expect, it } from 'vitest';
import { decideBegin } from '../../src/deploy/begin.ts';
import { describeDeploys, readDeploys } from '../../src/deploy/describe.ts';
import { decideRollback, decideRolledBack } from '../../src/deploy/rollback.ts';
import { decideDone, decideFail, decideHeartbeat } from '../../src/deploy/settle-phase.ts';
import { deploySections } from '../../src/modes/status/deploys.ts';
import {
  ENVIRONMENT,
  holdIn,
  momentOf,
  openSim,
  PLAN,
  type Sim,
  STALE_MS,
  snapshotOf,
  transactIn,
} from './sim.ts';

const REAL = { decideBegin, decideHeartbeat, decideDone, decideFail, decideRollback, decideRolledBack };

let sim: Sim;
beforeEach(() => {
  sim = openSim(REAL, { offsetMs: 0, oneClock: false });
});

const glance = async () => describeDeploys(await readDeploys(snapshotOf(sim), ENVIRONMENT), momentOf(sim, 0));

async function begin(
  deployId: string,
  version: number,
  phase: string,
  plan: readonly string[] = PLAN,
): Promise<number> {
  const verdict = await transactIn(sim, 0, (snapshot, moment, fence) =>
    decideBegin(
      snapshot,
      {
        ...{ environment: ENVIRONMENT, deployId, phase, buildId: deployId, version, plan },
        ...{ artifactId: undefined, commit: undefined, holder: { actor: 'host:a' }, staleAfterMs: STALE_MS },
        ...{ overrides: [], proof: undefined },
      },
      moment,
      fence,
    ),
  );
  if (verdict.kind !== 'begun') throw new Error(JSON.stringify(verdict));
  return verdict.attempt.fence;
}

async function goBack(ends: 'done' | 'failed' | 'running', to?: string): Promise<void> {
  const command = { environment: ENVIRONMENT, to, confirmed: true, holder: { actor: 'host:a' } };
  const verdict = await transactIn(sim, 0, (snapshot, moment, fence) =>
    decideRollback(snapshot, { ...command, staleAfterMs: STALE_MS }, moment, fence),
  );
  if (verdict.kind !== 'begun') throw new Error(JSON.stringify(verdict));
  const { fence } = verdict.attempt;
  const { deployId } = verdict.deploy;
  const grant = { environment: ENVIRONMENT, deployId, phase: 'rollback', fence, actor: 'host:a' };
  if (ends === 'running') return;
  await transactIn(sim, 0, (snapshot, moment) =>
    ends === 'done'
      ? decideRolledBack(snapshot, grant, moment)
      : decideFail(snapshot, { ...grant, reason: 'command-failed' }, moment),
  );
}

async function fails(deployId: string, version: number, phase: string): Promise<void> {
  const fence = await begin(deployId, version, phase);
  const grant = { environment: ENVIRONMENT, deployId, phase, fence, actor: 'host:a' };
  await transactIn(sim, 0, (snapshot, moment) =>
    decideFail(snapshot, { ...grant, reason: 'command-failed' as const }, moment),
  );
}

const states = async () => {
  const { state, live, deploys } = await glance();
  return [
    `${state}, live ${live?.deploy} by ${live?.by}`,
    ...deploys.map((one) => `${one.deploy} ${one.state}`),
  ];
};

async function through(
  deployId: string,
  version: number,
  phases: readonly string[],
  plan: readonly string[] = PLAN,
): Promise<void> {
  for (const phase of phases) {
    const fence = await begin(deployId, version, phase, plan);
    const grant = {
      environment: ENVIRONMENT,
      deployId,
      phase,
      fence,
      artifactId: undefined,
      actor: 'host:a',
    };
    await transactIn(sim, 0, (snapshot, moment) => decideDone(snapshot, grant, moment));
  }
}

describe('one glance at an environment', () => {
  it('says that there is nothing where there is nothing', async () => {
    expect(await glance()).toMatchObject({ state: 'none', live: undefined, deploys: [] });
  });

  it('says what is built, published, live, superseded and running, the newest first', async () => {
    await through('d1', 1, PLAN);
    await through('d2', 2, PLAN);
    await through('d3', 3, PLAN.slice(0, 2));
    await through('d4', 4, PLAN.slice(0, 1));
    await begin('d5', 5, 'build');
    const { state, live, deploys } = await glance();
    expect(deploys.map((one) => `${one.deploy} ${one.state}`)).toEqual([
      'd5 running',
      'd4 built',
      'd3 published',
      'd2 live',
      'd1 superseded',
    ]);
    expect([state, live?.deploy]).toEqual(['running', 'd2']);
  });

  it('says what is stale, and that deploys are held', async () => {
    await begin('d1', 1, 'build');
    sim.atMs += STALE_MS;
    expect((await glance()).deploys[0]).toMatchObject({
      state: 'stale',
      told: expect.stringContaining('orphaned'),
    });
    await holdIn(sim, 'set');
    expect(await glance()).toMatchObject({ state: 'held', hold: expect.stringContaining('drill') });
  });

  it('says that a rollback is under way, and that it failed, and what the pointer is at meanwhile', async () => {
    await through('d1', 1, PLAN);
    await through('d2', 2, PLAN);
    await goBack('running');
    expect(await states()).toEqual(['running, live d2 by promote', 'd1 running', 'd2 live']);
    sim.atMs += STALE_MS * 2;
    expect(await states()).toEqual(['stale, live d2 by promote', 'd1 stale', 'd2 live']);
    await goBack('failed');
    expect(await states()).toEqual(['failed, live d2 by promote', 'd1 failed', 'd2 live']);
    await goBack('done');
    expect(await states()).toEqual(['ok, live d1 by rollback', 'd1 live', 'd2 rolled-back']);
  });

  it('says what is live also while that very deploy is rolled back to, and when it is promoted anew after a failed rollback', async () => {
    await through('d1', 1, PLAN);
    await through('d2', 2, ['build', 'publish']);
    await fails('d2', 2, 'promote');
    expect(await states()).toEqual(['failed, live d1 by promote', 'd2 failed', 'd1 live']);
    await goBack('running');
    expect(await states()).toEqual(['running, live d1 by promote', 'd1 running', 'd2 failed']);
    expect((await glance()).live?.told).toContain('done at');
    sim.atMs += STALE_MS * 2;
    await goBack('failed');
    await through('d3', 3, PLAN);
    expect(await states()).toEqual(['ok, live d3 by promote', 'd3 live', 'd1 superseded', 'd2 failed']);
  });

  it('says what became of phases after the promotion, and of those before the build', async () => {
    const plan = ['backup', ...PLAN, 'announce'];
    await through('d1', 1, ['backup', ...PLAN], plan);
    const fence = await begin('d1', 1, 'announce', plan);
    expect(await states()).toEqual(['running, live d1 by promote', 'd1 running']);
    const grant = { environment: ENVIRONMENT, deployId: 'd1', phase: 'announce', fence, actor: 'host:a' };
    await transactIn(sim, 0, (snapshot, moment) =>
      decideFail(snapshot, { ...grant, reason: 'command-failed' as const }, moment),
    );
    expect(await states()).toEqual(['failed, live d1 by promote', 'd1 failed']);
    await through('d1', 1, ['announce'], plan);
    await through('d2', 2, ['backup'], plan);
    expect(await states()).toEqual(['ok, live d1 by promote', 'd2 backup done', 'd1 live']);
    const [overview] = await deploySections(snapshotOf(sim), ENVIRONMENT, momentOf(sim, 0));
    expect(overview?.facts).toMatchObject({ live: 'd1', 'part-way': 'd2 (backup done)' });
  });

  it('names records that it can’t understand', async () => {
    sim.records.set(`deploys/${ENVIRONMENT}/odd`, { schemaVersion: 9 });
    expect((await glance()).unreadable).toEqual([`deploys/${ENVIRONMENT}/odd`]);
  });
});
