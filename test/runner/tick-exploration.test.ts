import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as breaker from '../../src/runner/breaker.ts';
import * as settle from '../../src/runner/tick-settle.ts';
import * as start from '../../src/runner/tick-start.ts';
import * as state from '../../src/runner/tick-state.ts';
import { figure } from '../targets/figures.ts';
import { MUTANTS, mutantFactory } from './tick-mutants.ts';
import { type Action, Broken, type Deciders, INVARIANTS, type Invariant, play } from './tick-world.ts';

const FULL = process.env.SHIP_PROOF_RELIABILITY === '1';
const SEED = 20_300_101;

const who = fc.constantFrom(0 as const, 1 as const);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('time' as const), halves: fc.integer({ min: 1, max: 7 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flag' as const), set: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rearm' as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('start' as const),
      who,
      scheduled: fc.boolean(),
      host: fc.constantFrom('off', 'off', 'off', 'off', 'set', 'unreadable'),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('spend' as const),
      who,
      micros: fc.integer({ min: 1, max: 4 }),
      quietly: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      who,
      how: fc.constantFrom('passed', 'failed', 'failed', 'other-failure', 'halted'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('die' as const), who }) },
);
const histories = fc.array(action, { minLength: 5, maxLength: 40, size: 'max' });

describe('every history of two processes and one runner', { timeout: 600_000 }, () => {
  it('keeps all invariants', async () => {
    const numRuns = FULL ? 60_000 : 3_000;
    let starts = 0;
    let steps = 0;
    await fc.assert(
      fc.asyncProperty(histories, async (actions) => {
        starts += await play(actions, { start, settle, state, breaker });
        steps += actions.length;
      }),
      { numRuns, seed: SEED },
    );
    expect(starts).toBeGreaterThan(numRuns);
    const detail = `${steps} steps, ${starts} ticks started, ${Object.keys(INVARIANTS).length} invariants`;
    figure('state', 'ticks: histories of start and settle', numRuns, 'histories', detail);
  });

  it('breaks a named invariant as soon as a guard is missing', async () => {
    using factory = mutantFactory();
    const sample = fc.sample(histories, { numRuns: FULL ? 20_000 : 4_000, seed: SEED });
    const whole = await factory.build();
    expect(await firstBroken(sample.slice(0, 300), whole)).toEqual(new Set());
    const rows: string[] = [];
    for (const mutant of MUTANTS) {
      const mutated = await factory.build(mutant);
      const broken = await firstBroken(sample, mutated, mutant.breaks);
      rows.push(`${mutant.guard.padEnd(45)} ${[...broken].join(', ')}`);
      expect({ guard: mutant.guard, broken: [...broken] }).toEqual({
        guard: mutant.guard,
        broken: expect.arrayContaining([mutant.breaks]),
      });
    }
    console.log(`${'guard'.padEnd(45)} what breaks without it\n${rows.join('\n')}`);
    figure('state', 'ticks: guards left out, each noticed', rows.length, 'mutants');
  });
});

/** What breaks in the histories, up to the first time that it is `wanted`. */
async function firstBroken(
  sample: readonly Action[][],
  deciders: Deciders,
  wanted?: Invariant,
): Promise<Set<Invariant>> {
  const broken = new Set<Invariant>();
  for (const actions of sample) {
    try {
      await play(actions, deciders);
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      broken.add(error.invariant);
      if (error.invariant === wanted) break;
    }
  }
  return broken;
}
