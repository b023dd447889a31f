import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PREDICATE_TYPE, predicateSchema } from '../../src/proof/attestation.ts';
import { openWorkshop, runJson } from '../once/workshop.ts';
import { SHA, WORKFLOW } from '../targets/github.ts';
import { claimsOf } from '../targets/github-oidc.ts';
import { type Sigstore, serveSigstore } from '../targets/sigstore.ts';
import { openScene, proofOf, type Scene, type SceneOptions, told } from './evidence.ts';
import { expectHarmless } from './prove.ts';
import type { ActionRun } from './run-dist.ts';

const REPOSITORY = 'octo-org/octo-repo';
const MAIN = { repository: REPOSITORY, workflow: WORKFLOW, ref: 'refs/heads/main', sha: SHA };
const SIGNER = `${REPOSITORY}/${WORKFLOW}`;

let sigstore: Sigstore;
let scene: Scene;
let folder: string;
/** One run that passed, signed at the public instance: what most readers are given. */
let signed: string;
beforeAll(async () => {
  sigstore = await serveSigstore();
  signed = mkdtempSync(join(tmpdir(), 'ship-proof-signed-'));
  scene = await openScene();
  await using run = await prove();
  keep(run, 'public', signed);
  await scene[Symbol.asyncDispose]();
});
afterAll(async () => {
  rmSync(signed, { recursive: true, force: true });
  await sigstore[Symbol.asyncDispose]();
});
beforeEach(async () => {
  scene = await openScene();
  sigstore.requests.length = 0;
  sigstore.fault = () => undefined;
  folder = mkdtempSync(join(tmpdir(), 'ship-proof-attest-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await scene[Symbol.asyncDispose]();
});

const PUBLIC = { repository: { visibility: 'public' } };

/** `verify-live`, signed. */
const prove = (inputs: Readonly<Record<string, string>> = {}, { env, ...options }: SceneOptions = {}) =>
  scene.verify(
    { attest: 'true', 'check-run': 'false', confirmations: '1', ...inputs },
    { idToken: true, event: PUBLIC, ...options, env: { ...sigstore.environment, ...env } },
  );

/** Keeps the run's evidence where it outlives the run. */
function keep(run: ActionRun, instance: 'public' | 'github' = 'public', to = folder): void {
  const from = dirname(run.outputs.proof ?? '');
  for (const name of ['proof.json', 'proof.sigstore.json']) cpSync(join(from, name), join(to, name));
  trust(instance, to);
}

const trust = (instance: 'public' | 'github', to = folder): void =>
  writeFileSync(join(to, 'root.json'), JSON.stringify(sigstore.trustedRoots[instance]));

const keepSigned = (): void => cpSync(signed, folder, { recursive: true });

const audit = (flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  runJson(
    [
      ...['audit', '--proof', 'proof.json', '--attested', '--trusted-root', 'root.json'],
      ...(flags.some((text) => text.startsWith('--signer-workflow')) ? [] : [`--signer-workflow=${SIGNER}`]),
      ...flags,
    ],
    { cwd: folder, env },
  );
type Audit = Awaited<ReturnType<typeof audit>>;
const failing = ({ proof }: Audit) =>
  proof.checks.filter(({ status }) => status !== 'pass').map(({ id }) => id.replace('attested:', ''));

describe('a signed proof', () => {
  it.each(['public', 'github'] as const)(
    'is made at the %s instance, and passes the audit',
    async (instance) => {
      await using run = await prove({}, { event: instance === 'public' ? PUBLIC : {} });
      expect(run.code).toBe(0);
      expectHarmless('action', run);
      const [line] = told(run, 'attestation');
      const command = `gh attestation verify proof.json -R ${REPOSITORY} --predicate-type ${PREDICATE_TYPE} --signer-workflow ${SIGNER}`;
      expect(line).toMatchObject({
        attestation: expect.stringContaining('proof.sigstore.json'),
        verify: command,
      });
      expect(run.summary).toContain(command);
      expect(new Set(sigstore.requests.map((text) => text.split(' ')[0]))).toEqual(
        new Set(
          instance === 'public'
            ? ['fulcio.sigstore.dev', 'rekor.sigstore.dev']
            : ['fulcio.githubapp.com', 'timestamp.githubapp.com'],
        ),
      );
      keep(run, instance);
      const [stored] = scene.hub.api.attestations;
      expect(stored?.bundle).toEqual(JSON.parse(readFileSync(join(folder, 'proof.sigstore.json'), 'utf8')));
      const envelope = stored?.bundle.dsseEnvelope as { payload: string } | undefined;
      const payload = envelope?.payload ?? '';
      const { predicate } = JSON.parse(Buffer.from(payload, 'base64').toString());
      const proof = await proofOf(run);
      expect(predicateSchema.parse(predicate)).toMatchObject({ outcome: 'passed', proofId: proof.id });
      const audited = await audit();
      expect(audited.proof.checks.filter(({ status }) => status !== 'pass')).toEqual([]);
      expect(audited.code).toBe(0);
      expect(audited.proof.checks).toHaveLength(11);
    },
  );

  it('names the workflow that signed, where one called another', async () => {
    const called = 'other-org/deploys/.github/workflows/called.yml';
    const identity = `https://github.com/${called}@refs/tags/v1`;
    scene.hub.oidc.claims = {
      ...claimsOf(MAIN),
      job_workflow_ref: `${called}@refs/tags/v1`,
      signer_uri: identity,
    };
    await using run = await prove();
    const [line] = told(run, 'attestation');
    expect(line?.verify).toMatch(` --signer-workflow ${called}`);
    keep(run);
    const audited = await audit([`--signer-workflow=${called}`, `--source-repository=${REPOSITORY}`]);
    expect([audited.code, failing(audited)]).toEqual([0, []]);
  });

  it('is written in place of a link that stands there, and not through it', async () => {
    const [precious, bundle] = [join(folder, 'precious'), join(folder, 'proof.sigstore.json')] as const;
    writeFileSync(precious, 'mine');
    symlinkSync(precious, bundle);
    await using run = await prove({ out: folder });
    expect(run.code).toBe(0);
    expect(readFileSync(precious, 'utf8')).toBe('mine');
    expect(JSON.parse(readFileSync(bundle, 'utf8'))).toHaveProperty('dsseEnvelope');
  });

  it('is found at GitHub where no bundle is at hand', async () => {
    keepSigned();
    const bundle = JSON.parse(readFileSync(join(folder, 'proof.sigstore.json'), 'utf8'));
    const digest = createHash('sha256')
      .update(readFileSync(join(folder, 'proof.json')))
      .digest('hex');
    scene.hub.api.attestations.push({ id: 1, bundle, digest: `sha256:${digest}` });
    rmSync(join(folder, 'proof.sigstore.json'));
    const env = {
      GITHUB_API_URL: `${scene.hub.url}/api`,
      SHIP_PROOF_INPUT_TOKEN: scene.hub.token({ attestations: 'read' }),
    };
    expect((await audit([], env)).code).toBe(0);
    scene.hub.api.attestations.length = 0;
    expect((await audit([], env)).code).toBe(3);
    expect((await audit()).code).toBe(3);
  });

  it('is nothing without somebody to believe', async () => {
    keepSigned();
    const answer = await runJson(['audit', '--proof', 'proof.json', '--attested'], { cwd: folder });
    expect([answer.code, answer.proof.checks[0]?.id]).toEqual([2, 'error:input-missing']);
  });

  describe('is not believed when', () => {
    it.each<[string, readonly string[], string[]]>([
      [
        'another workflow signed',
        [`--signer-workflow=${REPOSITORY}/.github/workflows/other.yml`],
        ['signer'],
      ],
      ['the workflow stood at another ref', [`--signer-workflow=${SIGNER}@refs/tags/v1`], ['signer']],
      ['it ran elsewhere', ['--source-repository=octo-org/another'], ['source-repository', 'run']],
      ['it ran on another branch', ['--source-ref=refs/heads/next'], ['source-ref']],
    ])('%s', async (_, flags, wrong) => {
      keepSigned();
      const audited = await audit(flags);
      expect([audited.code, failing(audited)]).toEqual([1, wrong]);
    });

    it('the file was changed', async () => {
      keepSigned();
      const proof = readFileSync(join(folder, 'proof.json'), 'utf8');
      writeFileSync(join(folder, 'proof.json'), proof.replace('"polls"', '"polls" '));
      const audited = await audit();
      expect([audited.code, failing(audited)]).toEqual([1, ['subject-digest']]);
    });

    it('the run failed, however well it is signed', async () => {
      await using run = await prove({ 'build-id': 'build-1795190000-0ld', within: '60s', 'max-polls': '1' });
      expect(run.code).toBe(1);
      keep(run);
      const audited = await audit();
      expect([audited.code, failing(audited)]).toEqual([1, ['signed-outcome', 'outcome']]);
    });

    it('the workflow ran at another commit, or is another run', async () => {
      scene.hub.oidc.claims = claimsOf({ ...MAIN, sha: 'f'.repeat(40), run: '2' });
      await using run = await prove();
      keep(run);
      const audited = await audit();
      expect([audited.code, failing(audited)]).toEqual([1, ['commit', 'run']]);
    });

    it('a branch of the same repository signed', async () => {
      scene.hub.oidc.claims = claimsOf({ ...MAIN, ref: 'refs/heads/evil' });
      await using run = await prove();
      keep(run);
      const audited = await audit();
      expect([audited.code, failing(audited)]).toEqual([1, ['source-ref']]);
    });

    it('keys that nobody trusts signed, or a byte of it changed', async () => {
      keepSigned();
      trust('github');
      expect(failing(await audit())).toEqual(['signature']);
      trust('public');
      const bundle = JSON.parse(readFileSync(join(folder, 'proof.sigstore.json'), 'utf8'));
      const statement = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString();
      bundle.dsseEnvelope.payload = Buffer.from(statement.replace('passed', 'Passed')).toString('base64');
      writeFileSync(join(folder, 'proof.sigstore.json'), JSON.stringify(bundle));
      expect(failing(await audit())).toEqual(['signature']);
    });
  });
});

describe('a proof that can’t be signed', () => {
  it.each<[string, SceneOptions, string]>([
    ['without the workflow’s identity', { idToken: false }, 'id-token: write'],
    ['without the permission to keep it', { grants: { checks: 'write' } }, 'attestations: write'],
  ])('is one line %s, and no other verdict', async (_, options, line) => {
    await using run = await prove({}, options);
    expect(run.code).toBe(0);
    expect(told(run, 'attestation')).toEqual([
      { attestation: 'none', problem: expect.stringContaining(line) },
    ]);
    expectHarmless('action', run);
  });

  it('is refused where the mode runs a command, before anything runs', async () => {
    using shop = openWorkshop();
    await using run = await scene.act(
      { mode: 'once', key: 'a', run: 'touch ran', store: shop.store, attest: 'true' },
      { cwd: shop.path, idToken: true, env: sigstore.environment },
    );
    expect([run.code, told(run, 'check')[0]?.check]).toEqual([4, 'error:attest-after-command']);
    expect(() => readFileSync(join(shop.path, 'ran'))).toThrow();
  });

  it('is refused after an earlier step of the job ran one', async () => {
    using shop = openWorkshop();
    const env = { RUNNER_TEMP: folder };
    const inputs = { mode: 'once', key: 'a', run: 'true', store: shop.store };
    await using first = await scene.act(inputs, { cwd: shop.path, env });
    expect(first.code).toBe(0);
    await using second = await prove({}, { env });
    expect([second.code, sigstore.requests]).toEqual([4, []]);
    expect(second.outputs['proof-outcome']).toBe('refused');
  });
});
