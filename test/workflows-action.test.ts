// biome-ignore-all lint/suspicious/noTemplateCurlyInString: workflows are full of them
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { push } from './actions-runner/events.ts';
import { ownAction } from './actions-runner/own-action.ts';
import { makeRepository, type Repository } from './actions-runner/repository.ts';
import { runWorkflow, type WorkflowRun } from './actions-runner/run-workflow.ts';
import { type Services, startServices } from './actions-runner/services.ts';
import type { ApiFault } from './targets/github-api.ts';
import { origin, type Site } from './targets/origin.ts';

const BUILD = 'build-1795000000-abc1234';

let site: Site;
let repository: Repository;
beforeAll(async () => {
  site = await origin();
  site.deploy(BUILD);
  repository = makeRepository({ 'a.txt': 'x' }, { action: ownAction().folder });
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  repository[Symbol.dispose]();
});

// The harness can't cancel anything on Windows.
const onRunner = describe.skipIf(process.platform === 'win32');

const step = (uses: string, inputs: string) => `
      - id: it
        uses: ${uses}
        with: { ${inputs}, url: "${site.url}/", build-id: ${BUILD}, confirmations: 1 }`;
const workflow = (permissions: string, steps: string) => `
on: push
permissions: ${permissions}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7${steps}
`;
const run = (services: Services, text: string): Promise<WorkflowRun> =>
  runWorkflow({ services, event: push(repository), workflow: text });

/** Lines of the log that say that something was not written down. */
const misses = (ran: WorkflowRun): string[] =>
  ran.logs.match(/^.*(?:check-run=none|recorded=no) .*$/gm) ?? [];

onRunner('the action of a checkout', () => {
  it('runs by `./`, and by a version of its repository', async () => {
    await using services = await startServices(repository);
    const own = step('./', 'mode: verify-live');
    const released = step('org/ship-proof@v1', 'mode: verify-live').replace('id: it', 'id: other');
    const ran = await run(services, workflow('{ contents: read, checks: write }', own + released));
    expect(ran.result, ran.logs).toBe('success');
    // A repository's runs share a thousand requests an hour.
    expect(services.hub.api.requests.length).toBeLessThanOrEqual(2 * 4);
    expect(ran.checks.filter(({ from }) => from === 'api')).toEqual([
      ...Array.from({ length: 2 }, () => ({
        name: 'ship-proof / verify-live',
        conclusion: 'success',
        from: 'api',
      })),
    ]);
  });
});

onRunner('a permission that is missing', () => {
  const prove = () =>
    step('org/ship-proof@v1', 'mode: prove, page: /, skip: "idempotency-check: static", ledger: auto');

  it.each([
    ['none', '{ contents: write, checks: write }', []],
    ['checks: write', '{ contents: write, checks: read }', [/check-run=none .*checks: write/]],
    ['contents: write', '{ contents: read, checks: write }', [/recorded=no/]],
    ['both', '{ contents: read }', [/recorded=no/, /check-run=none/]],
  ])('changes no verdict, and is one line: %s', async (_, permissions, expected) => {
    await using services = await startServices(repository);
    const ran = await run(services, workflow(permissions, prove()));
    expect(ran.result, ran.logs).toBe('success');
    expect(ran.logs).toContain(`DEPLOYED ${BUILD}`);
    expect(misses(ran).map((line, index) => expected[index]?.test(line) ?? line)).toEqual(
      expected.map(() => true),
    );
    expect(ran.logs).not.toMatch(/ghs_\w/);
  });
});

onRunner('an API that does not answer as it should', () => {
  const answer = (status: number, headers = {}): ApiFault => ({ status, body: { message: 'no' }, headers });

  const FAULTS: readonly (readonly [string, ApiFault])[] = [
    ['403', answer(403)],
    ['404', answer(404)],
    ['422', answer(422)],
    ['429 with Retry-After', answer(429, { 'retry-after': '3600' })],
    ['500', answer(500)],
    ['a connection that breaks', 'reset'],
    // It takes as long as the action is patient, in the step and in its post step.
    ...(process.env.SHIP_PROOF_RELIABILITY ? ([['no answer at all', 'hang']] as const) : []),
  ];

  it.each(FAULTS)('changes no verdict, and is one line: %s', async (_, fault) => {
    await using services = await startServices(repository);
    services.hub.api.fault = () => fault;
    const look = (id: string) =>
      step('org/ship-proof@v1', 'mode: verify-live, max-polls: 1').replace(BUILD, id);
    const text = (id: string) => workflow('{ contents: read, checks: write }', look(id));
    const [right, wrong] = await Promise.all([run(services, text(BUILD)), run(services, text('another'))]);
    expect([right.result, wrong.result], right.logs).toEqual(['success', 'failure']);
    expect(right.jobs.a?.steps[1]?.outputs).toMatchObject({ live: 'true', 'proof-outcome': 'passed' });
    expect(wrong.jobs.a?.steps[1]?.exitCode, wrong.logs).toBe(1);
    for (const ran of [right, wrong]) expect(misses(ran), ran.logs).toHaveLength(1);
  });
});
