import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideProof, type ProofRecord } from '../../src/deploy/proof-record.ts';
import { transact } from '../../src/ledger/transact.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { proofDigest } from '../../src/proof/digest.ts';
import type { Proof } from '../../src/proof/schema.ts';
import { openYard, type Yard } from '../deploy/yard.ts';
import { git, openAt } from '../ledger/fixtures.ts';
import { WORKFLOW } from '../targets/github.ts';
import { type Sigstore, serveSigstore } from '../targets/sigstore.ts';
import { type Deployment, deployment } from './deployment.ts';
import { openScene, proofOf, type Scene } from './evidence.ts';
import { NEW } from './prove.ts';

const SIGNER = `octo-org/octo-repo/${WORKFLOW}`;

const stack = new AsyncDisposableStack();
let sigstore: Sigstore;
let scene: Scene;
let yard: Yard;
let product: Deployment;
let folder: string;
let proof: Proof;
let bundle: string;
/** What the ledger says of the proof. */
let record: ProofRecord;

/** One build that is published, and proved by a run that signed its proof: only the promotion is missing. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ship-proof-attested-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  [sigstore, scene, yard, product] = await Promise.all([
    serveSigstore(),
    openScene(),
    openYard(),
    deployment(),
  ]);
  for (const one of [sigstore, scene, yard, product]) stack.use(one);
  await yard.published(NEW);
  // Writing twice takes its time, the site is on loopback, and the build has no commit: the policy lets that be.
  writeFileSync(
    join(yard.shop.path, 'ship-proof.yml'),
    'policy:\n  waivers: [idempotency-check, private-url, allow-unknown-commit]\n',
  );
  await using run = await scene.act(
    {
      ...{ mode: 'prove', 'build-id': NEW, 'artifact-id': `art-${NEW}`, store: yard.shop.store },
      ...{ ledger: 'required', attest: 'true', 'check-run': 'false' },
      skip: 'idempotency-check: it writes nothing',
    },
    {
      ...{ cwd: product.cwd, idToken: true, env: sigstore.environment },
      event: { repository: { visibility: 'public' } },
    },
  );
  expect(run.code, run.stdout).toBe(0);
  proof = await proofOf(run);
  const from = dirname(run.outputs.proof ?? '');
  for (const name of ['proof.json', 'proof.sigstore.json'])
    copyFileSync(join(from, name), join(folder, name));
  writeFileSync(join(folder, 'root.json'), JSON.stringify(sigstore.trustedRoots.public));
  bundle = readFileSync(join(folder, 'proof.sigstore.json'), 'utf8');
  record = JSON.parse(
    git(['-C', storePath(), 'show', `refs/ship-proof/default:proofs/production/${NEW}.json`]),
  );
  scene.hub.api.attestations.length = 0;
});
afterAll(() => stack.disposeAsync());

const storePath = () => yard.shop.store.slice('git+file:'.length);

/** The promotion, in a run of the same commit; inputs that are undefined are left out. */
async function promote(changes: Readonly<Record<string, string | undefined>> = {}) {
  const inputs = {
    ...{ mode: 'phase', phase: 'promote', 'build-id': NEW, store: yard.shop.store },
    ...{ urls: `${product.site.url}/`, 'allow-unknown-commit': 'true', run: 'true', 'check-run': 'false' },
    ...{ 'require-proof': 'attested', proof: join(folder, 'proof.json'), 'signer-workflow': SIGNER },
    ...{ 'trusted-root': join(folder, 'root.json'), ...changes },
  };
  const given = Object.entries(inputs).filter((pair): pair is [string, string] => pair[1] !== undefined);
  await using run = await scene.act(Object.fromEntries(given), { cwd: yard.shop.path });
  return { code: run.code, state: run.outputs.state, text: run.stdout };
}

/** Writes a record over what stands there, as whoever may write to the ledger can. */
async function forge(changes: Partial<ProofRecord>): Promise<void> {
  await using ledger = await openAt(yard.shop.store, join(folder, 'cache'));
  const { schemaVersion: _v, mode: _m, provedAt: _p, ...facts } = { ...record, ...changes };
  await transact(ledger, { clock: systemClock, actor: 'host:test' }, (_, { now }) => decideProof(facts, now));
}

describe('a promotion that requires a signed proof', () => {
  it.each<[string, Readonly<Record<string, string | undefined>>]>([
    ['the proof’s file', { proof: undefined }],
    ['whose signature counts', { 'signer-workflow': undefined }],
    ['the environment’s urls', { urls: undefined }],
    ['a file that is there', { proof: 'no-such-proof.json' }],
  ])('is invalid without %s', async (_, changes) => {
    expect((await promote(changes)).code).toBe(2);
  });

  it.each<[string, string, Readonly<Record<string, string>>]>([
    [
      'another workflow signed',
      'attested:signer',
      { 'signer-workflow': SIGNER.replace('prove.yml', 'other.yml') },
    ],
    ['it ran on another branch', 'attested:source-ref', { 'source-ref': 'refs/heads/next' }],
    [
      'it ran in another repository',
      'attested:source-repository',
      { 'source-repository': 'octo-org/another' },
    ],
  ])('is refused where %s', async (_, field, changes) => {
    const { code, state, text } = await promote(changes);
    expect([code, state]).toEqual([4, 'proof']);
    expect(text).toContain(field);
  });

  it('is refused for keys that nobody trusts, and for another file than was signed', async () => {
    const other = join(folder, 'other-root.json');
    writeFileSync(other, JSON.stringify(sigstore.trustedRoots.github));
    expect((await promote({ 'trusted-root': other })).text).toContain('attested:signature');
    // The same proof in other bytes has the digest that the ledger names, and no signature.
    const loose = join(folder, 'loose.json');
    writeFileSync(loose, JSON.stringify(proof, null, 3));
    const given = { proof: loose, bundle: join(folder, 'proof.sigstore.json') };
    expect((await promote(given)).text).toContain('attested:subject-digest');
    const { code, text } = await promote({ bundle: join(folder, 'root.json') });
    expect([code, text]).toEqual([4, expect.stringContaining('attested:signature')]);
  });

  it('is refused for a signed proof that the ledger does not name, or not as what was signed', async () => {
    await forge({ digest: 'f'.repeat(64) });
    expect((await promote()).text).toContain('signed-digest');
    // A good proof of other URLs, recorded as one of these.
    const elsewhere = 'https://elsewhere.example.com/';
    await forge({ urls: [elsewhere] });
    expect((await promote({ urls: elsewhere })).text).toContain('signed-urls');
    await forge({ outcome: 'failed' });
    expect(await promote()).toMatchObject({ code: 4, state: 'proof' });
    await forge({});
  });

  it('is inconclusive while the signature can’t be had', async () => {
    rmSync(join(folder, 'proof.sigstore.json'));
    const none = await promote();
    expect([none.code, none.text]).toEqual([3, expect.stringContaining('attestation-missing')]);
    scene.hub.api.fault = () => ({ status: 503, body: {} });
    expect((await promote()).code).toBe(3);
    scene.hub.api.fault = () => undefined;
    expect(yard.shop.entries().some(({ phase }) => phase === 'promote')).toBe(false);
  });

  it('takes the signature that GitHub keeps; done once, it needs no proof any more', async () => {
    expect(proofDigest(proof)).toBe(record.digest);
    const digest = createHash('sha256')
      .update(readFileSync(join(folder, 'proof.json')))
      .digest('hex');
    // The file's bytes hold what the ledger said; the ledger's digest can't.
    expect(digest).not.toBe(record.digest);
    scene.hub.api.attestations.push({ id: 1, bundle: JSON.parse(bundle), digest: `sha256:${digest}` });
    const promoted = await promote();
    expect([promoted.code, promoted.state], promoted.text).toEqual([0, 'done']);
    scene.hub.api.attestations.length = 0;
    expect(await promote()).toMatchObject({ code: 0, state: 'done' });
  });
});
