import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deployment, lastLine, requestsOf, verdicts } from './deployment.ts';
import { FRONTS, type Inputs, NEW, prove } from './prove.ts';

interface Wrong {
  readonly name: string;
  readonly inputs: Inputs;
  /** Texts that the message has to have: the part, the input, what to do. */
  readonly says: readonly string[];
}

/** Each beside a config that is whole. */
const WRONG: readonly Wrong[] = [
  { name: 'a typo in a name', inputs: { onyl: 'home' }, says: ['onyl', 'did you mean `only`'] },
  {
    name: 'a value that no part takes',
    inputs: { within: 'soon' },
    says: [
      'check=verify-live:input:within',
      'check=smoke:input:within',
      'check=idempotency-check:input:within',
    ],
  },
  { name: 'a value of one part', inputs: { parallel: '0' }, says: ['check=smoke:input:parallel'] },
  {
    name: 'a path that is no JSONPath',
    inputs: { where: 'json:$[' },
    says: ['check=verify-live:', 'JSONPath'],
  },
  {
    name: 'a check that there is not',
    inputs: { only: 'hmoe' },
    says: ['check=smoke:', 'did you mean `home`'],
  },
  {
    name: 'a header field that sends the build id, which a page may repeat',
    inputs: { headers: `x-build: ${NEW}` },
    says: ['check=verify-live:', 'x-build', 'never sent'],
  },
  {
    name: 'a list of checks with a mistake',
    inputs: { checks: '[{ name: a, gett: / }]' },
    says: ['check=smoke:', 'gett'],
  },
  {
    name: 'a list of writes with a mistake',
    inputs: { idempotency: '[{ name: a, writ: {} }]' },
    says: ['check=idempotency-check:', 'writ'],
  },
  {
    name: 'what would spoil what it is held against',
    inputs: { 'update-tools-lock': 'true' },
    says: ['update-tools-lock', '`prove` has no input'],
  },
  {
    name: 'a waiver of the first part',
    inputs: { skip: 'verify-live: fine' },
    says: ["verify-live can't be waived"],
  },
  {
    name: 'a waiver of no part',
    inputs: { skip: 'smok: x' },
    says: ['names no part', 'smoke, idempotency-check'],
  },
  { name: 'a waiver without a reason', inputs: { skip: 'smoke' }, says: ['gives no reason'] },
  { name: 'an environment that is no name', inputs: { environment: '../x' }, says: ['environment', '../x'] },
  { name: 'a store that is none', inputs: { ledger: 'auto', store: 'ftp://x/' }, says: ['ftp', 'git+https'] },
  {
    name: 'a build id that is none',
    inputs: { 'build-id': '-x' },
    says: ['check=verify-live:input:build-id', '-x'],
  },
];

describe('prove, with an input that is wrong', () => {
  it.concurrent.each(WRONG)(
    '$name: exit 2, the part is named, and nothing was sent',
    async ({ inputs, says }) => {
      await using product = await deployment();
      const run = await product.prove('command line', inputs);
      expect(run.code, run.stdout).toBe(2);
      for (const words of says) expect(run.stdout).toContain(words);
      expect(requestsOf(product)).toBe(0);
      expect(verdicts(run)).toHaveLength(1);
      expect(lastLine(run)).toMatch(/^NOT DEPLOYED /);
    },
  );
});

it.concurrent.each(FRONTS)(
  'says what to write for each part that is neither given nor waived (%s)',
  async (front) => {
    await using product = await deployment();
    const inputs = { url: `${product.site.url}/`, 'build-id': NEW, ledger: 'off' };
    const run = await prove(front, 'prove', inputs);
    expect(run.code).toBe(2);
    for (const part of ['smoke', 'idempotency-check']) {
      expect(run.stdout).toContain(`check=${part}:error:input-missing`);
      expect(run.stdout).toContain(`${part}: <reason>`);
    }
    expect(product.site.requests).toEqual([]);
  },
);

it.concurrent('says everything that is wrong at once', async () => {
  const inputs = { page: '/', parallel: '0', write: 'true', race: '1', ledger: 'off' };
  const run = await prove('command line', 'prove', inputs);
  const wrong = ['verify-live:input:url', 'smoke:input:parallel', 'idempotency-check:input:race'];
  for (const words of [...wrong, 'verify-live:input:build-id'])
    expect(run.stdout).toContain(`check=${words}`);
});

it.concurrent('wants a secret or a variable of a part only when the part is made', async () => {
  await using product = await deployment();
  await writeFile(
    join(product.cwd, 'variables.yml'),
    `live: { url: "${product.site.url}/" }\nidempotency: { base-url: "\${NOT_SET}", writes: [] }\n`,
  );
  const inputs = { config: 'variables.yml', page: '/', 'max-polls': '2' };
  const waived = await product.prove('command line', { ...inputs, skip: 'idempotency-check: elsewhere' });
  expect(waived.code, waived.stdout).toBe(0);
  const missing = await product.prove('command line', inputs);
  expect(missing.code).toBe(2);
  expect(missing.stdout).toContain('NOT_SET');
});

it.concurrent('refuses a part that is about another build', async () => {
  await using product = await deployment();
  const smoke = 'smoke: { build-id: build-other, checks: [{ name: a, get: / }] }';
  await writeFile(
    join(product.cwd, 'other.yml'),
    `live: { url: "${product.site.url}/", build-id: ${NEW} }\n${smoke}\n`,
  );
  const inputs = { config: 'other.yml', skip: 'idempotency-check: x', ledger: 'off' };
  const run = await prove('command line', 'prove', inputs, { cwd: product.cwd });
  expect([run.code, requestsOf(product)]).toEqual([2, 0]);
  expect(run.stdout).toContain('check=smoke:error:input-conflict');
  // Given to the whole, it is that of all parts.
  const given = await product.prove('command line', inputs);
  expect([given.code, lastLine(given)]).toEqual([0, `DEPLOYED ${NEW} waived=idempotency-check`]);
});

describe('prove, with nothing to prove', () => {
  const policy = 'policy: { waivers: [nothing-to-prove] }\n';
  const nothing: Inputs = { 'nothing-to-prove': 'the deploy failed', 'build-id': NEW, ledger: 'off' };

  it.concurrent.each(FRONTS)(
    'proves nothing, and asks nobody, unless the policy waives it (%s)',
    async (front) => {
      await using product = await deployment();
      const run = await prove(front, 'prove', nothing, { cwd: product.cwd });
      expect([run.code, run.outputs.deployed, requestsOf(product)]).toEqual([3, 'false', 0]);
      expect(lastLine(run)).toBe('NOT DEPLOYED nothing-to-prove: the deploy failed');
      await writeFile(join(product.cwd, 'ship-proof.yml'), policy);
      const waived = await prove(front, 'prove', nothing, { cwd: product.cwd });
      expect([waived.code, waived.outputs.deployed, waived.outputs.waived]).toEqual([
        0,
        'false',
        'nothing-to-prove',
      ]);
      expect(waived.proof).toMatchObject({
        outcome: 'skipped',
        overrides: ['waived: nothing-to-prove: the deploy failed'],
      });
      expect(lastLine(waived)).toBe('NOT DEPLOYED waived: nothing-to-prove: the deploy failed');
    },
  );

  it.concurrent("believes no contributor's policy", async () => {
    await using product = await deployment();
    await writeFile(join(product.cwd, 'ship-proof.yml'), policy);
    const env = { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'pull_request' };
    const run = await prove('command line', 'prove', nothing, { cwd: product.cwd, env });
    expect(run.code, run.stdout).toBe(3);
  });
});

it.concurrent("lets no contributor's config say where the workflow's header fields go", async () => {
  await using product = await deployment();
  const env = { SHIP_PROOF_INPUT_HEADERS: 'x-token: hunter22-hunter22', GITHUB_EVENT_NAME: 'pull_request' };
  const run = await prove('action', 'prove', { 'build-id': NEW, ledger: 'off' }, { cwd: product.cwd, env });
  expect([run.code, requestsOf(product)]).toEqual([2, 0]);
  expect(run.stdout).toContain('config-untrusted');
});
