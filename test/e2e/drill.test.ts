import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openWorkshop, type Workshop } from '../once/workshop.ts';
import { runAction } from './run-dist.ts';

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
  writeFileSync(
    join(shop.path, 'ship-proof.yml'),
    'version: 1\nrunners:\n  digest: { spend-cap: 5.00, estimate: 0.40, cadence: "0 */4 * * *", grace: 200ms, run: "true" }\n',
  );
});
afterEach(() => shop[Symbol.dispose]());

it('drills the very config that the runner’s ticks have', async () => {
  expect((await shop.run(['tick', '--runner', 'digest'])).code).toBe(0);
  const drilled = await shop.run(['drill', '--runner', 'digest']);
  expect(drilled).toMatchObject({
    code: 0,
    result: {
      passed: ['spend-cap', 'kill-flag', 'kill-process'],
      files: ['cap-test.md', 'kill-test-1.md', 'kill-test-2.md'],
    },
  });
  const entries = shop.entries();
  const [config] = entries.filter(({ kind }) => kind === 'tick-started').map((entry) => entry.config);
  const drills = entries.filter(({ kind }) => kind === 'drill');
  expect(drills.map((entry) => [entry.outcome, entry.config])).toEqual(Array(3).fill(['passed', config]));
  expect(readFileSync(join(shop.path, 'runs', 'kill-test-2.md'), 'utf8')).toContain('| alive | `0` |');
  // What it wrote into the runner's own ledger stands in the proof, and nothing of the stage's.
  expect(drilled.proof.ledger?.written?.map(({ kind }) => kind)).toEqual(['drill', 'drill', 'drill']);
});

it('is run under a lock on the very ledger, too, whose id and states its stage can’t have', async () => {
  const { proof } = await shop.run(['tick', '--runner', 'digest']);
  const { id, head } = proof.ledger ?? {};
  const locks = ['--ledger-id', String(id), '--ledger-anchor', String(head)];
  const drilled = await shop.run(['drill', '--runner', 'digest', '--control', 'kill-flag', ...locks]);
  expect(drilled).toMatchObject({ code: 0, result: { passed: 'kill-flag' } });
});

it('leaves nothing for the action’s post step, and can’t pass while a kill switch is on', async () => {
  const inputs = { mode: 'drill', runner: 'digest', control: 'kill-flag', store: shop.store };
  await using passed = await runAction(inputs, { cwd: shop.path });
  expect(passed).toMatchObject({ code: 0, outputs: { passed: 'kill-flag', failed: '' } });
  await using after = await runAction(inputs, { cwd: shop.path, state: passed.state });
  expect(after).toMatchObject({ code: 0, annotations: [] });
  await using killed = await runAction(inputs, { cwd: shop.path, env: { SHIP_PROOF_KILL: 'true' } });
  expect(killed).toMatchObject({ code: 3, outputs: { passed: '', failed: 'kill-flag' } });
});

it('is invalid with a control that there is not, and writes nothing', async () => {
  const run = await shop.run(['drill', '--runner', 'digest', '--control', 'kill-switch']);
  expect(run.code).toBe(2);
  expect(run.proof.checks[0]?.expected).toContain('spend-cap, kill-flag, kill-process, all');
});
