import { describe, expect, it } from 'vitest';
import { deployment, lastLine, verdicts } from './deployment.ts';
import { FRONTS, NEW, OLD } from './prove.ts';

describe.each(FRONTS)('prove (%s)', (front) => {
  it.concurrent('says DEPLOYED once and last, when all three parts passed', async () => {
    await using product = await deployment();
    const run = await product.prove(front);
    expect(run.code, run.stdout).toBe(0);
    expect(verdicts(run)).toEqual([`DEPLOYED ${NEW}`]);
    expect(lastLine(run)).toBe(`DEPLOYED ${NEW}`);
    expect(run.outputs).toMatchObject({ deployed: 'true', waived: '' });
    const parts = run.proof?.result.parts as Record<string, { outcome: string }>;
    expect(Object.entries(parts).map(([name, { outcome }]) => [name, outcome])).toEqual([
      ['verify-live', 'passed'],
      ['smoke', 'passed'],
      ['idempotency-check', 'passed'],
      ['again', 'passed'],
    ]);
    expect(run.proof?.subject).toMatchObject({ buildId: NEW, environment: 'production' });
  });

  it.concurrent('asks nobody else while the build is not live', async () => {
    await using product = await deployment();
    product.site.deploy(OLD);
    const run = await product.prove(front, { 'max-polls': '2' });
    expect(run.code).toBe(1);
    expect(lastLine(run)).toMatch(/^NOT DEPLOYED verify-live: live:\S+: old-build/);
    expect([product.app.requests, product.api.requests]).toEqual([[], []]);
    expect(run.proof?.checks.filter(({ status }) => status === 'skipped').map(({ id }) => id)).toEqual([
      'part:smoke',
      'part:idempotency-check',
    ]);
  });

  it.concurrent('writes nothing while the build is live and wrong', async () => {
    await using product = await deployment({ page: 'Application error' });
    const run = await product.prove(front);
    expect(run.code).toBe(1);
    expect(lastLine(run)).toMatch(/^NOT DEPLOYED smoke: smoke:home: /);
    expect(product.api.requests).toEqual([]);
  });

  it.concurrent('refuses a service that does twice what is asked twice', async () => {
    await using product = await deployment({ careless: true });
    const run = await product.prove(front);
    expect(run.code).toBe(1);
    expect(lastLine(run)).toMatch(/^NOT DEPLOYED idempotency-check: idempotency:note:repeat: /);
    expect(verdicts(run)).toHaveLength(1);
  });
});

it.concurrent('pins smoke to the build that was verified', async () => {
  await using product = await deployment({ appBuild: OLD });
  const run = await product.prove('command line');
  expect(run.code).toBe(1);
  expect(lastLine(run)).toMatch(/^NOT DEPLOYED smoke: smoke:home: /);
  expect(run.stdout).toContain(`build ${OLD}`);
});

it.concurrent.each(['smoke', 'write'] as const)(
  'finds a build that flips back with the first %s request',
  async (event) => {
    await using product = await deployment({
      on: (now, { site }) => {
        if (now === event) site.deploy(OLD);
      },
    });
    const run = await product.prove('command line');
    expect(run.code).toBe(1);
    expect(lastLine(run)).toMatch(
      /^NOT DEPLOYED again: again:live:\S+: (stale-edge|old-build): build-\S+-0ld/,
    );
    expect(product.api.requests.length).toBeGreaterThan(0);
  },
);

it.concurrent('finds a site that went away meanwhile, and calls an unreachable one unproved', async () => {
  await using failing = await deployment({ on: (_, { site }) => site.failWith(500) });
  expect((await failing.prove('command line')).code).toBe(1);
  await using gone = await deployment({ on: (_, { site }) => void site[Symbol.asyncDispose]() });
  const run = await gone.prove('command line');
  expect([run.code, run.outputs.deployed]).toEqual([3, 'false']);
  expect(lastLine(run)).toMatch(/^NOT DEPLOYED again: again:live:\S+: unreachable/);
});

it.concurrent('looks at the end as visitors do: in every encoding', async () => {
  await using product = await deployment();
  const run = await product.prove('command line');
  const again = run.proof?.checks.find(({ id }) => id.startsWith('again:live:'));
  expect(again?.attempts?.map(({ observed }) => observed.encoding).sort()).toEqual([
    'br',
    'gzip',
    'identity',
  ]);
  const asked = product.site.requests.map(({ headers }) => headers['accept-encoding']);
  expect(asked).toHaveLength(9);
});

it.concurrent('goes to the first URL with paths that name no other place', async () => {
  await using product = await deployment();
  product.site.serve('/about', { body: '<p>About us</p>' });
  const run = await product.prove('command line', {
    config: '/dev/null',
    url: `${product.site.url}/`,
    page: '/about',
    contains: 'About us',
    skip: 'idempotency-check: no writes',
  });
  expect(run.code, run.stdout).toBe(0);
  expect(lastLine(run)).toBe(`DEPLOYED ${NEW} waived=idempotency-check`);
  expect(run.outputs.waived).toBe('idempotency-check');
});
