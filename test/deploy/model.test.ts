import { describe, expect, it } from 'vitest';
import { decideBegin } from '../../src/deploy/begin.ts';
import { decideRollback, decideRolledBack } from '../../src/deploy/rollback.ts';
import { decideDone, decideFail, decideHeartbeat } from '../../src/deploy/settle-phase.ts';
import { sample } from '../once/crash.ts';
import { figure } from '../targets/figures.ts';
import { explore } from './explore.ts';
import { INVARIANTS } from './invariants.ts';
import { mutantFactory } from './mutant-factory.ts';
import { MUTANTS } from './mutants.ts';

const REAL = { decideBegin, decideHeartbeat, decideDone, decideFail, decideRollback, decideRolledBack };
const ALL = process.env.SHIP_PROOF_RELIABILITY === '1';

describe('histories of several agents that deploy, die, hold and roll back', { timeout: 600_000 }, () => {
  it('keep all invariants', async () => {
    const explored = await explore(REAL, ALL ? 50_000 : 3_000, true);
    expect({ broken: explored.broken?.message, history: explored.history }).toEqual({
      broken: undefined,
      history: '',
    });
    const detail = `${Object.keys(INVARIANTS).length} invariants`;
    figure(
      'state',
      'deploys: several agents that deploy, die, hold, roll back',
      explored.runs,
      'histories',
      detail,
    );
  });

  it('break a named invariant as soon as a guard is missing', async () => {
    using factory = mutantFactory();
    const rows: string[] = [];
    const wrong: string[] = [];
    for (const mutant of ALL ? MUTANTS : sample(MUTANTS, 10)) {
      const { broken } = await explore(await factory.build(mutant), 20_000, false);
      const row = `${mutant.guard.padEnd(55)} ${broken?.invariant}`;
      rows.push(row);
      if (broken?.invariant !== mutant.breaks) wrong.push(`${row}, not ${mutant.breaks}`);
    }
    console.log(`${'guard'.padEnd(55)} what breaks without it\n${rows.join('\n')}`);
    expect(wrong).toEqual([]);
    figure('state', 'deploys: guards left out, each noticed', rows.length, 'mutants', `of ${MUTANTS.length}`);
  });
});
