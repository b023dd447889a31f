import { describe, expect, it } from 'vitest';
import * as deciders from '../../src/once/decide.ts';
import { figure } from '../targets/figures.ts';
import { explore, SETTINGS } from './explore.ts';
import { INVARIANTS, type Invariant } from './invariants.ts';
import { mutantFactory } from './mutant-factory.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import type { Deciders } from './world.ts';

describe('every history of two processes on one key', { timeout: 600_000 }, () => {
  it('keeps all invariants, at every order, expiry and clock', () => {
    const explored = SETTINGS.map((setting) => ({ name: setting.name, ...explore(setting, deciders) }));
    expect(explored.flatMap(({ name, broken }) => (broken ? [{ name, ...broken }] : []))).toEqual([]);
    for (const { states } of explored) expect(states).toBeGreaterThan(1_000);
    const states = explored.reduce((sum, one) => sum + one.states, 0);
    const steps = explored.reduce((sum, one) => sum + one.steps, 0);
    const detail = `${steps} steps, ${SETTINGS.length} settings, ${Object.keys(INVARIANTS).length} invariants`;
    figure('state', 'claims: two processes on one key', states, 'states', detail);
  });

  it('breaks a named invariant as soon as a guard is missing', async () => {
    using factory = mutantFactory();
    const rows: string[] = [];
    for (const mutant of MUTANTS) {
      const mutated = await factory.build(mutant);
      const breaks = firstBroken(mutant, mutated);
      rows.push(`${mutant.guard.padEnd(60)} ${breaks}`);
      expect({ guard: mutant.guard, breaks }).toEqual({ guard: mutant.guard, breaks: mutant.breaks });
    }
    console.log(`${'guard'.padEnd(60)} what breaks without it\n${rows.join('\n')}`);
    figure('state', 'claims: guards left out, each noticed', rows.length, 'mutants');
  });

  it.each([
    'only a free key is granted',
    'a doubt is not retried',
    'a record is not repeated',
    'another host’s times end later',
    'ends are compared with our own clock',
  ])('has the effect happen twice without the guard: %s', async (guard) => {
    const mutant = MUTANTS.find((one) => one.guard === guard);
    if (!mutant) throw new Error(`no mutant for ${guard}`);
    using factory = mutantFactory();
    const mutated = await factory.build(mutant);
    expect(firstBroken(mutant, mutated, 'one-effect')).toBe('one-effect');
  });
});

/** What breaks first where the mutant's guard matters; undefined when the mutant survives. */
function firstBroken(mutant: Mutant, mutated: Deciders, only?: Invariant): Invariant | undefined {
  for (const setting of SETTINGS.filter(({ name }) => name.startsWith(mutant.where))) {
    const { broken } = explore(setting, mutated, only);
    if (broken) return broken.error.invariant;
  }
  return undefined;
}
