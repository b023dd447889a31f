import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { proofDigest } from '../../src/proof/digest.ts';
import type { Proof } from '../../src/proof/schema.ts';
import { bareRepository, git } from '../ledger/fixtures.ts';
import { type Deployment, deployment, lastLine, requestsOf, verdicts } from './deployment.ts';
import { eventsWith, FRONTS, NEW, OLD } from './prove.ts';
import { runCli, startCli } from './run-dist.ts';

const REF = 'refs/ship-proof/default';
const storeIn = ({ cwd }: Deployment) => bareRepository(join(cwd, 'store.git'));
/** The record that `require-proof` reads. */
const recordOf = (repository: string, path = `proofs/production/${NEW}`) =>
  JSON.parse(git(['-C', repository, 'show', `${REF}:${path}.json`]));
const entriesOf = (repository: string) =>
  git(['-C', repository, 'log', '--reverse', '--format=%b', REF])
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter(({ kind }) => kind === 'proof');

const proveIn = (product: Deployment, ...flags: string[]) =>
  runCli(['prove', '--build-id', NEW, ...flags], { cwd: product.cwd });

describe.each(FRONTS)('prove, with a ledger (%s)', (front) => {
  it.concurrent('records what it proved, of which build, where, and for which artifact', async () => {
    await using product = await deployment();
    const store = storeIn(product);
    const inputs = {
      ledger: 'auto',
      store: `git+file:${store}`,
      'artifact-id': 'shop:1.2',
      environment: 'staging',
    };
    const run = await product.prove(front, inputs);
    expect(run.code, run.stdout).toBe(0);
    const proof = run.proof as Proof;
    const record = recordOf(store, `proofs/staging/${NEW}`);
    expect(record).toMatchObject({
      schemaVersion: 1,
      mode: 'prove',
      outcome: 'passed',
      buildId: NEW,
      environment: 'staging',
      artifactId: 'shop:1.2',
      urls: [`${product.site.url}/`],
      overrides: proof.overrides,
      digest: proofDigest(proof),
      ...(front === 'action'
        ? { repository: 'octo-org/octo-repo', commit: proof.run?.commit, by: { actor: 'github:octocat' } }
        : {}),
    });
    expect(proof.ledger).toMatchObject({
      store: `git+file:${store}`,
      head: git(['-C', store, 'rev-parse', REF]),
    });
    expect(entriesOf(store)).toMatchObject([
      { kind: 'proof', outcome: 'passed', buildId: NEW, environment: 'staging', digest: record.digest },
    ]);
  });
});

it.concurrent('puts a newer proof in the place of the older one, also when it failed or could not be made', async () => {
  await using product = await deployment();
  const store = storeIn(product);
  const inputs = {
    ledger: 'auto',
    store: `git+file:${store}`,
    'max-polls': '2',
    skip: 'idempotency-check: x',
  };
  const outcomes = [];
  for (const change of [
    () => {},
    () => product.site.deploy(OLD),
    () => void product.site[Symbol.asyncDispose](),
  ]) {
    await change();
    await product.prove('command line', inputs);
    outcomes.push(recordOf(store).outcome);
  }
  expect(outcomes).toEqual(['passed', 'failed', 'inconclusive']);
  expect(entriesOf(store).map(({ outcome }) => outcome)).toEqual(outcomes);
});

it.concurrent('records under a digest that anybody can make from the file, and audit finds a changed one', async () => {
  await using product = await deployment();
  const store = storeIn(product);
  const run = await proveIn(product, '--store', `git+file:${store}`, '--out', 'evidence');
  expect(run.code, run.stdout).toBe(0);
  const file = join(product.cwd, 'evidence', 'proof.json');
  const text = readFileSync(file, 'utf8');
  const { ledger: _, ...rest } = JSON.parse(text);
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([k, v]) => [k, sorted(v)]),
          )
        : value;
  const digest = createHash('sha256')
    .update(JSON.stringify(sorted(rest)))
    .digest('hex');
  expect(recordOf(store).digest).toBe(digest);
  const audit = () => runCli(['audit', '--proof', file], { cwd: product.cwd });
  expect((await audit()).code).toBe(0);
  writeFileSync(file, text.replace('"overrides": [', '"overrides": [ "reviewed",'));
  const changed = await audit();
  expect(changed.code).toBe(1);
  expect(changed.stdout).toContain('check=digest status=fail');
});

it.concurrent('goes on without a ledger that can only be had where it is not asked for, and says so in one line', async () => {
  await using product = await deployment();
  const skip = ['--skip', 'idempotency-check: x'];
  for (const [flags, code] of [
    [[], 'store-missing'],
    [['--store', 'git+file:nowhere'], 'store-not-found'],
    [['--store', 'git+https://127.0.0.1:9/o/r'], undefined],
  ] as const) {
    const run = await proveIn(product, ...skip, ...flags);
    expect(run.code, run.stdout).toBe(0);
    const [told, ...more] = eventsWith(run, 'recorded');
    expect([told?.recorded, more]).toEqual(['no', []]);
    if (code) expect(told?.because).toBe(code);
    expect(lastLine(run)).toBe(`DEPLOYED ${NEW} waived=idempotency-check`);
  }
  expect(existsSync(join(product.cwd, '.ship-proof'))).toBe(false);
});

it.concurrent('records in the repository of the folder, and in a .ship-proof that is there or is required', async () => {
  await using product = await deployment();
  const flags = ['--skip', 'idempotency-check: x', '--config', '../ship-proof.yml'];
  const inside = (name: string) => {
    mkdirSync(join(product.cwd, name));
    return join(product.cwd, name);
  };
  const repository = inside('repository');
  git(['init', '-q', repository]);
  await runCli(['prove', '--build-id', NEW, ...flags], { cwd: repository });
  expect(recordOf(repository).outcome).toBe('passed');
  const outside = inside('outside');
  const required = await runCli(['prove', '--build-id', NEW, ...flags, '--ledger', 'required'], {
    cwd: outside,
  });
  expect(required.code, required.stdout).toBe(0);
  const again = await runCli(['prove', '--build-id', NEW, ...flags], { cwd: outside });
  expect(eventsWith(again, 'recorded')).toMatchObject([{ recorded: 'passed' }]);
  expect(entriesOf(join(outside, '.ship-proof'))).toHaveLength(2);
});

it.concurrent('proves nothing without a ledger that is required, and then asks nobody', async () => {
  await using product = await deployment();
  const run = await product.prove('command line', { ledger: 'required', store: 'git+file:nowhere' });
  expect(run.code).toBe(3);
  expect(lastLine(run)).toMatch(/^NOT DEPLOYED error:store-not-found: /);
  expect(requestsOf(product)).toBe(0);
});

it.concurrent('proves nothing when a required ledger is lost before the end', async () => {
  await using product = await deployment({
    on: (event, { cwd }) => {
      // The store is no repository any more.
      if (event === 'write') writeFileSync(join(cwd, 'store.git', 'HEAD'), 'nonsense\n');
    },
  });
  const run = await product.prove('command line', {
    ledger: 'required',
    store: `git+file:${storeIn(product)}`,
  });
  expect([run.code, run.outputs.deployed], run.stdout).toEqual([3, 'false']);
  expect(lastLine(run)).toMatch(/^NOT DEPLOYED ledger:/);
});

it.concurrent('says that it is not deployed when it is stopped, and writes that down', async () => {
  const reached = Promise.withResolvers<void>();
  await using product = await deployment({ on: () => reached.resolve() });
  const store = storeIn(product);
  writeFileSync(
    join(product.cwd, 'slow.yml'),
    readFileSync(join(product.cwd, 'ship-proof.yml'), 'utf8').replace('settle: 50ms', 'settle: 10m'),
  );
  const flags = ['--config', 'slow.yml', '--store', `git+file:${store}`];
  const { child, done } = await startCli(['prove', '--build-id', NEW, ...flags], { cwd: product.cwd });
  await reached.promise;
  child.kill('SIGTERM');
  const run = await done;
  expect(run.code, run.stdout).toBe(3);
  expect(verdicts(run)).toHaveLength(1);
  expect(lastLine(run)).toMatch(/^NOT DEPLOYED /);
  expect(recordOf(store).outcome).toBe('inconclusive');
});

it.concurrent('tells an agent what to paste: what was seen, since when, what was not, and where it is written', async () => {
  await using product = await deployment();
  const store = storeIn(product);
  const run = await product.prove('command line', {
    'agent-report': 'true',
    ledger: 'auto',
    store: `git+file:${store}`,
    skip: 'idempotency-check: ::notice::DEPLOYED x',
  });
  const lines = run.stdout.trimEnd().split('\n');
  const report = eventsWith(run, 'report');
  expect(lines.slice(-1 - report.length, -1).every((line) => line.startsWith('prove report='))).toBe(true);
  const { startedAt, endedAt, overrides, ledger } = run.proof as Proof;
  const [first] = run.proof?.checks[0]?.attempts ?? [];
  expect(report).toEqual([
    {
      report: 'build',
      id: NEW,
      environment: 'production',
      outcome: 'passed',
      from: startedAt,
      until: endedAt,
    },
    { report: 'live', url: `${product.site.url}/`, status: 'pass', looks: '6', good: '6', since: first?.at },
    { report: 'part', name: 'verify-live', outcome: 'passed', passed: '1', of: '1', at: expect.any(String) },
    { report: 'part', name: 'smoke', outcome: 'passed', passed: '1', of: '1', at: expect.any(String) },
    {
      report: 'part',
      name: 'idempotency-check',
      outcome: 'waived',
      reason: expect.stringContaining('notice'),
    },
    { report: 'part', name: 'again', outcome: 'passed', passed: '1', of: '1', at: expect.any(String) },
    ...overrides.map((override) => ({ report: 'weakened', by: override })),
    {
      report: 'evidence',
      digest: `sha256:${recordOf(store).digest}`,
      ledger: ledger?.store,
      head: ledger?.head,
      entries: '2',
    },
  ]);
});

it.concurrent('takes the commit from the build id where there is no run to say it', async () => {
  await using product = await deployment();
  const store = storeIn(product);
  const id = 'build-1795191111-0a1b2c3';
  product.site.deploy(id);
  const skip = 'smoke: x\nidempotency-check: x';
  const inputs = { 'build-id': id, skip, ledger: 'auto', store: `git+file:${store}` };
  expect((await product.prove('command line', inputs)).code).toBe(0);
  expect(recordOf(store, `proofs/production/${id}`).commit).toBe('0a1b2c3');
});
