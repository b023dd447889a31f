import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decideProof, type ProofFacts } from '../../src/deploy/proof-record.ts';
import { commitOfBuildId } from '../../src/deploy/version.ts';
import { transact } from '../../src/ledger/transact.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { openYard, type Yard } from '../deploy/yard.ts';
import { openAt } from '../ledger/fixtures.ts';
import { runHere } from './here.ts';

// A promotion that asks for a proof believes only the one of just this build, in just this place. Each cell is the right proof
// with one field wrong; the decision alone, and ages, have their table in deploy/require-proof.

const URLS = ['https://app.example.com/', 'https://app.example.com/build-id.txt'];
let yard: Yard;
let build: string;
beforeAll(async () => {
  yard = await openYard();
  build = yard.builds[0];
  await yard.published(build);
});
afterAll(() => yard[Symbol.asyncDispose]());

const right = (): ProofFacts => ({
  outcome: 'passed',
  buildId: build,
  digest: 'a'.repeat(64),
  urls: URLS,
  environment: 'production',
  artifactId: `art-${build}`,
  commit: commitOfBuildId(build),
  overrides: [],
  by: { actor: 'test' },
});

const record = async (facts: ProofFacts): Promise<void> => {
  await using ledger = await openAt(yard.shop.store, join(yard.shop.path, '..', 'cache'));
  await transact(ledger, { clock: systemClock, actor: 'test' }, (_, { now }) => decideProof(facts, now));
};

const promote = (...more: string[]) =>
  runHere(
    [
      'phase',
      '--phase=promote',
      `--build-id=${build}`,
      '--require-proof=true',
      ...URLS.map((url) => `--urls=${url}`),
      `--run=touch promoted`,
      `--store=${yard.shop.store}`,
      ...more,
    ],
    { cwd: yard.shop.path },
  );

it('without any proof it is refused', async () => {
  expect((await promote()).code).toBe(4);
});

it.each<[string, Partial<ProofFacts>]>([
  ['outcome: failed', { outcome: 'failed' }],
  ['outcome: inconclusive', { outcome: 'inconclusive' }],
  ['outcome: skipped', { outcome: 'skipped' }],
  ['outcome: halted', { outcome: 'halted' }],
  ['outcome: refused', { outcome: 'refused' }],
  ['another artifact', { artifactId: 'art-other' }],
  ['no artifact', { artifactId: undefined }],
  ['another commit', { commit: 'f'.repeat(40) }],
  ['another repository', { repository: 'octo-org/fork' }],
  ['one URL less', { urls: URLS.slice(0, 1) }],
  ['one URL more', { urls: [...URLS, 'https://preview.example.com/'] }],
  ['another scheme', { urls: URLS.map((url) => url.replace('https', 'http')) }],
  ['a waiver', { overrides: ['waived: smoke: not today'] }],
  ['only some checks', { overrides: ['only: home'] }],
  ['one edge of many', { overrides: ['edges: one'] }],
  ['another environment', { environment: 'staging' }],
  ['another build', { buildId: 'build-1767225600-0000000' }],
])('refused with %s', async (_, wrong) => {
  // The last proof of a build counts: each wrong one takes the place of the right one, or stands elsewhere.
  await record({ ...right(), outcome: 'failed' });
  const facts = { ...right(), ...wrong };
  for (const [name, value] of Object.entries(facts))
    if (value === undefined) delete (facts as Record<string, unknown>)[name];
  await record(facts);
  const run = await promote();
  expect([run.log, run.code]).toEqual([run.log, 4]);
});

it('and the right one is believed', async () => {
  await record(right());
  const run = await promote();
  expect([run.log, run.code]).toEqual([run.log, 0]);
});
