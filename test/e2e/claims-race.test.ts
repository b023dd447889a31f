import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkshop, type Workshop } from '../once/workshop.ts';
import { figure } from '../targets/figures.ts';

const PROCESSES = 16;
const ROUNDS = process.env.SHIP_PROOF_RELIABILITY === '1' ? 100 : 2;

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
});
afterEach(() => shop[Symbol.dispose]());

describe('sixteen processes on one key', () => {
  it.each([
    ['that share the folder of locks', true],
    ['that know nothing of each other', false],
  ])(
    '%s: exactly one wins, and the effect happens once',
    async (who, shared) => {
      const home = join(shop.path, 'home');
      mkdirSync(home);
      let attempts = 0;
      for (let round = 1; round <= ROUNDS; round += 1) {
        const key = `round-${round}`;
        const env = { ...(shared ? { HOME: home } : {}) };
        const answers = await Promise.all(
          Array.from({ length: PROCESSES }, () =>
            shop.run(['once', '--key', key, '--', ...shop.effect(key)], { env, timeoutMs: 120_000 }),
          ),
        );
        const told = answers.map(({ proof, result }) => `${proof.outcome} ${result.state}`);
        expect(told.filter((one) => one === 'passed recorded')).toHaveLength(1);
        expect(
          told.filter((one) => !['passed recorded', 'skipped recorded', 'refused busy'].includes(one)),
        ).toEqual([]);
        expect(shop.effects().filter((line) => line === key)).toHaveLength(1);
        attempts += answers.length;
      }
      const kinds = shop.entries().map(({ kind }) => kind);
      expect(kinds).toEqual(['genesis', ...Array(ROUNDS).fill(['claim-granted', 'claim-recorded']).flat()]);
      const detail = `${ROUNDS} rounds, ${shop.effects().length} effects`;
      figure('race', `claims: processes ${who}, on one key`, attempts, 'processes', detail);
    },
    3_600_000,
  );
});

describe('sixteen processes on sixteen keys', () => {
  it('all win, each once', async () => {
    const keys = Array.from({ length: PROCESSES }, (_, index) => `k${index}`);
    const answers = await Promise.all(
      keys.map((key) => shop.run(['once', '--key', key, '--', ...shop.effect(key)], { timeoutMs: 120_000 })),
    );
    expect(answers.map(({ code }) => code)).toEqual(keys.map(() => 0));
    expect(shop.effects().sort()).toEqual(keys.sort());
  }, 300_000);
});
