import { beforeEach, describe, expect, it } from 'vitest';
import { decideBegin } from '../../src/deploy/begin.ts';
import { describeDeploys, readDeploys } from '../../src/deploy/describe.ts';
import { decideRollback, decideRolledBack } from '../../src/deploy/rollback.ts';
import { decideDone, decideFail, decideHeartbeat } from '../../src/deploy/settle-phase.ts';
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

async function begin(deployId: string, version: number, phase: string): Promise<number> {
  const verdict = await transactIn(sim, 0, (snapshot, moment, fence) =>
    decideBegin(
      snapshot,
      {
        ...{ environment: ENVIRONMENT, deployId, phase, buildId: deployId, version, plan: PLAN },
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

async function through(deployId: string, version: number, phases: readonly string[]): Promise<void> {
  for (const phase of phases) {
    const fence = await begin(deployId, version, phase);
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

  it('names records that it can’t understand', async () => {
    sim.records.set(`deploys/${ENVIRONMENT}/odd`, { schemaVersion: 9 });
    expect((await glance()).unreadable).toEqual([`deploys/${ENVIRONMENT}/odd`]);
  });
});
