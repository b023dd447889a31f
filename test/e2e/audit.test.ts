import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { git } from '../ledger/fixtures.ts';
import { openWorkshop, runJson, type Workshop } from '../once/workshop.ts';
import { runAction } from './run-dist.ts';

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
});
afterEach(() => shop[Symbol.dispose]());

const REF = 'refs/ship-proof/default';
const inStore = (...args: string[]) => git(['-C', shop.store.slice('git+file:'.length), ...args]);
const claim = (key: string, ...flags: string[]) => shop.run(['claim', '--key', key, ...flags]);

/** A proof of now, kept as a file; the history goes on afterwards. */
async function keepProof(): Promise<string> {
  await claim('a');
  const { proof } = await claim('b', '--out', 'evidence');
  expect(proof.ledger).toMatchObject({ head: shop.head(), entries: 3 });
  return join('evidence', 'proof.json');
}

const audit = (proof: string) => shop.run(['audit', '--proof', proof]);
const statuses = ({ proof }: Awaited<ReturnType<typeof audit>>) =>
  Object.fromEntries(proof.checks.map(({ id, status }) => [id, status]));

describe('audit', () => {
  it('finds a history intact that only grew, and takes the store from the proof', async () => {
    const proof = await keepProof();
    await claim('c');
    const answer = await runJson(['audit', '--proof', proof], { cwd: shop.path });
    expect(answer).toMatchObject({ code: 0, result: { intact: true }, proof: { ledger: { entries: 4 } } });
    expect(statuses(answer)).toEqual({ 'ledger-id': 'pass', ancestor: 'pass', count: 'pass' });
  });

  it('finds one that was cut off', async () => {
    const proof = await keepProof();
    inStore('update-ref', REF, `${REF}~1`);
    const answer = await audit(proof);
    expect(answer).toMatchObject({ code: 1, result: { intact: false } });
    expect(statuses(answer)).toEqual({ 'ledger-id': 'pass', ancestor: 'fail', count: 'fail' });
    expect(answer.proof.checks[1]?.detail).toContain('truncated');
  });

  it('finds one that was rewritten and grew since', async () => {
    const proof = await keepProof();
    inStore('update-ref', REF, `${REF}~1`);
    await claim('x');
    await claim('y');
    const answer = await audit(proof);
    expect(answer).toMatchObject({ code: 1, result: { intact: false } });
    expect(statuses(answer)).toEqual({ 'ledger-id': 'pass', ancestor: 'fail', count: 'pass' });
    expect(answer.proof.checks[1]?.detail).toContain('rewritten');
  });

  it('finds another ledger in its place', async () => {
    const proof = await keepProof();
    inStore('update-ref', '-d', REF);
    for (const key of ['a', 'b', 'c']) await claim(key);
    const answer = await audit(proof);
    expect(answer).toMatchObject({ code: 1, result: { intact: false } });
    expect(statuses(answer)).toEqual({ 'ledger-id': 'fail', ancestor: 'fail', count: 'pass' });
    expect(answer.proof.checks[0]?.detail).toContain('Another ledger');
  });

  it('finds it deleted', async () => {
    const proof = await keepProof();
    inStore('update-ref', '-d', REF);
    const answer = await audit(proof);
    expect(answer).toMatchObject({ code: 1, result: { intact: false } });
    expect(answer.proof.checks[0]?.detail).toContain('deleted');
  });

  it.each([
    [
      'an edited entry',
      (id: string) => inStore('commit-tree', '-m', 'claim k\n\n{"kind":"edited"}', `${id}^{tree}`),
    ],
    [
      'a commit of somebody else’s',
      (id: string) => inStore('commit-tree', '-m', 'hello', '-p', id, `${id}^{tree}`),
    ],
  ])('does not pass over %s', async (_, forge) => {
    const proof = await keepProof();
    for (const name of ['user.name', 'user.email']) inStore('config', name, 'x@example.org');
    inStore('update-ref', REF, forge(shop.head()));
    const answer = await audit(proof);
    expect([1, 3]).toContain(answer.code);
    expect(answer.result.intact).not.toBe(true);
  });

  it('can’t tell where the store is gone', async () => {
    const proof = await keepProof();
    rmSync(shop.store.slice('git+file:'.length), { recursive: true });
    expect((await audit(proof)).code).toBe(3);
  });

  it.each([
    ['there is none', undefined],
    ['it is no JSON', 'no json'],
    ['it is no proof', '{"schemaVersion":1}'],
  ])('is invalid when, for a proof, %s', async (_, content) => {
    if (content !== undefined) writeFileSync(join(shop.path, 'proof.json'), content);
    expect((await audit('proof.json')).code).toBe(2);
  });

  it('does not send a token where a file says', async () => {
    const proof = await keepProof();
    const answer = await runJson(['audit', '--proof', proof], {
      cwd: shop.path,
      env: { SHIP_PROOF_INPUT_TOKEN: 'ghs_abcdefgh' },
    });
    expect(answer).toMatchObject({ code: 2, proof: { checks: [{ id: 'error:input-missing' }] } });
  });

  it('is an output and a summary in the action', async () => {
    const proof = await keepProof();
    await using run = await runAction({ mode: 'audit', proof }, { cwd: shop.path });
    expect(run).toMatchObject({ code: 0, outputs: { intact: 'true' } });
  });
});
