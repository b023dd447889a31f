// biome-ignore-all lint/suspicious/noTemplateCurlyInString: workflows are full of them
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploymentStatus, type Event, pullRequest, push, schedule } from './actions-runner/events.ts';
import { makeRepository, type Repository } from './actions-runner/repository.ts';
import { type RunOptions, runWorkflow, type WorkflowRun } from './actions-runner/run-workflow.ts';
import { type Services, startServices } from './actions-runner/services.ts';
import { origin, type Site } from './targets/origin.ts';

const BUILD = 'build-1795000000-abc1234';

let site: Site;
let repository: Repository;
let services: Services;
beforeAll(async () => {
  site = await origin();
  site.deploy(BUILD);
  repository = makeRepository({ 'ship-proof.yml': `version: 1\nlive:\n  url: [${site.url}/]\n` });
  services = await startServices(repository, { presentAs: 'github.com' });
});
afterAll(async () => {
  await services[Symbol.asyncDispose]();
  await site[Symbol.asyncDispose]();
  repository[Symbol.dispose]();
});

/** A caller as docs/workflows.md shows it; `with` in YAML's flow form. */
const caller = (given: string, permissions = '{ contents: read, checks: write }', secrets = '{}') => `
on: { push: , pull_request: , deployment_status: , workflow_dispatch: , schedule: [{ cron: '0 4 * * *' }] }
permissions: {}
jobs:
  live:
    permissions: ${permissions}
    uses: org/ship-proof/.github/workflows/prove.yml@v1
    with: { skip: "idempotency-check: static", page: /, contains: Hello, runs-on: ubuntu-latest, ${given} }
    secrets: ${secrets}
`;
const run = (text: string, options: Partial<RunOptions> = {}): Promise<WorkflowRun> =>
  runWorkflow({ services, event: push(repository), workflow: text, ...options });

const JOB = 'live / prove';
const job = (ran: WorkflowRun) => ran.checks.find(({ name }) => name === JOB)?.conclusion;

// The harness can't cancel anything on Windows.
describe.skipIf(process.platform === 'win32')('prove.yml', () => {
  it('proves a deploy on a push to main, and shows it', async () => {
    const ran = await run(caller(`build-id: ${BUILD}`));
    expect(ran.result, ran.logs).toBe('success');
    expect(ran.outputs.live).toMatchObject({ deployed: 'true', verdict: 'passed' });
    expect(ran.checks).toEqual([
      { name: JOB, conclusion: 'success', from: 'job' },
      { name: 'ship-proof / prove', conclusion: 'success', from: 'api' },
    ]);
    expect(ran.logs).toContain(`DEPLOYED ${BUILD} waived=idempotency-check`);
    expect(ran.summary).toContain('passed');
    expect(ran.outputs.live?.proof).toBe(`ship-proof-prove-${ran.id}-1-prove`);
    expect(services.hub.results.artifacts.map(({ name }) => name)).toContain(ran.outputs.live?.proof);
  });

  it('tells of each proof of a run where it is kept', async () => {
    const [, jobs = ''] = caller(`build-id: ${BUILD}`).split('jobs:\n');
    const text = caller(`build-id: ${BUILD}`) + jobs.replace('  live:', '  again:\n    needs: live');
    const ran = await run(text);
    expect(ran.result, ran.logs).toBe('success');
    const name = `ship-proof-prove-${ran.id}-1-prove`;
    expect([ran.outputs.live?.proof, ran.outputs.again?.proof]).toEqual([name, `${name}-2`]);
    const kept = services.hub.results.artifacts.map((artifact) => artifact.name);
    expect(kept.filter((own) => own.startsWith(name))).toEqual([name, `${name}-2`]);
  });

  it('tells of no artifact where none could be kept', async () => {
    services.hub.results.fault = () => ({ status: 403 });
    try {
      const ran = await run(caller(`build-id: ${BUILD}`));
      expect(ran.outputs.live).toMatchObject({ deployed: 'true', proof: '' });
    } finally {
      services.hub.results.fault = () => undefined;
    }
  });

  it('is red where another build is live', async () => {
    const ran = await run(caller('build-id: another, within: 1s'));
    expect(ran.outputs.live).toMatchObject({ deployed: 'false', verdict: 'failed' });
    expect(ran.checks.map(({ conclusion }) => conclusion)).toEqual(['failure', 'failure']);
    expect(ran.logs).toContain('NOT DEPLOYED');
  });

  const hostile = (theirs: Site) => ({ 'ship-proof.yml': `version: 1\nlive:\n  url: [${theirs.url}/]\n` });

  it('takes the default branch’s config on a pull request from a fork, which can only read', async () => {
    await using theirs = await origin();
    const pull = repository.openPullRequest(hostile(theirs), { fromFork: true });
    const ran = await run(caller(`build-id: ${BUILD}, base-url: "${site.url}"`), {
      event: pullRequest(repository, pull),
    });
    expect(ran.result, ran.logs).toBe('success');
    expect(ran.outputs.live).toMatchObject({ deployed: 'true' });
    expect(theirs.requests).toEqual([]);
    expect(ran.checks).toEqual([{ name: JOB, conclusion: 'success', from: 'job' }]);
    expect(ran.logs.match(/^.*check-run=none.*$/gm)).toHaveLength(1);
    expect(ran.logs).toContain('from a fork the token can only read');
  });

  it.each<[string, (own: Repository) => Event]>([
    ['a push to another branch', (own) => push(own, 'feature')],
    ['a schedule', (own) => schedule(own, '0 4 * * *')],
  ])('takes the default branch’s config on %s', async (_, event) => {
    await using theirs = await origin();
    repository.commit(hostile(theirs), 'feature');
    const ran = await run(caller(`build-id: ${BUILD}`), { event: event(repository) });
    expect(ran.result, ran.logs).toBe('success');
    expect(theirs.requests).toEqual([]);
  });

  describe('with nothing to prove', () => {
    const without = caller('environment: ""');

    it('is red, also where a pull request waives it for itself', async () => {
      const ran = await run(without);
      // The job's check, and the one with the details: whichever is required is there.
      expect(ran.checks.map(({ conclusion }) => conclusion)).toEqual(['failure', 'failure']);
      expect(ran.outputs.live).toEqual({
        deployed: 'false',
        verdict: 'nothing-to-prove',
        proof: `ship-proof-prove-${ran.id}-1-prove`,
      });
      expect(ran.summary).toContain('no build id was given');
      expect(ran.logs).toContain('NOT DEPLOYED nothing-to-prove: no build id was given');
      expect(ran.jobs[JOB]?.annotations).toMatchObject([
        { command: 'error', message: expect.stringContaining('no build id') },
      ]);
      const pull = repository.openPullRequest({
        'ship-proof.yml': 'policy: { waivers: [nothing-to-prove] }\n',
      });
      expect(job(await run(without, { event: pullRequest(repository, pull) }))).toBe('failure');
    });

    it.each([
      ['a list', 'policy:\n  waivers: [smoke, nothing-to-prove]\n', 'success'],
      ['lines', "policy:\n  waivers:\n    - 'nothing-to-prove' # docs only\n", 'success'],
      ['a list over lines', 'policy:\n  waivers: [\n    smoke,\n    nothing-to-prove,\n  ]\n', 'success'],
      ['another list', 'policy: { waivers: [] }\nsmoke:\n  checks:\n    - nothing-to-prove\n', 'failure'],
      [
        'a comment',
        '# waivers: [nothing-to-prove]\npolicy:\n  waivers: [] # nothing-to-prove\n  # - nothing-to-prove\n',
        'failure',
      ],
      ['another word', 'policy:\n  waivers: [not-nothing-to-prove]\n', 'failure'],
    ])('is as the default branch says: %s', async (_, config, expected) => {
      using own = makeRepository({ '.github/ship-proof.yml': config });
      await using hub = await startServices(own);
      const ran = await run(without, { services: hub, event: push(own) });
      expect(job(ran), ran.logs).toBe(expected);
      if (expected === 'success') {
        expect(ran.outputs.live).toMatchObject({ deployed: 'false', verdict: 'waived' });
        expect(ran.checks.at(-1)).toMatchObject({ name: 'ship-proof / prove', conclusion: 'neutral' });
        expect(ran.summary).toContain('waived: nothing-to-prove: no build id was given');
      }
    });
  });

  describe('on deployment_status', () => {
    const sha = () => repository.git('rev-parse', 'main');
    const deployed = (state: string, url: string): Event =>
      deploymentStatus(repository, { sha: sha(), state, url });
    const preview = (allowed: string) => caller(`build-id: ${BUILD}, allowed-origins: "${allowed}"`);

    it('proves the URL that the platform names, where its origin is allowed', async () => {
      const ran = await run(preview(`https://*.example.com\\n${site.url}`), {
        event: deployed('success', `${site.url}/`),
      });
      expect(ran.result, ran.logs).toBe('success');
      expect(ran.outputs.live).toMatchObject({ deployed: 'true' });
    });

    it.each(['in_progress', 'failure'])('is red while the deployment is %s', async (state) => {
      const ran = await run(preview(site.url), { event: deployed(state, `${site.url}/`) });
      expect(job(ran)).toBe('failure');
      expect(ran.outputs.live).toMatchObject({ verdict: 'nothing-to-prove' });
    });

    it.each([
      ['none is', 'https://a.example.com/', ''],
      ['a star would have to be a dot', 'https://a.b.example.com/', 'https://*.example.com'],
      ['a star would have to be a slash', 'https://evil.example/x.example.com', 'https://*.example.com'],
      ['it has a user', 'https://x.example.com@evil.example/', 'https://*.example.com'],
      ['a dot would have to be a letter', 'https://axexample.com/', 'https://a.example.com'],
      ['it only begins like one', 'https://a.example.com.evil.example/', 'https://a.example.com'],
      ['the scheme differs', 'http://a.example.com/', 'https://a.example.com'],
      ['it has a backslash', 'https://a.example.com\\@evil.example/', 'https://*.example.com'],
    ])('refuses another origin than those allowed: %s', async (_, url, allowed) => {
      const ran = await run(preview(allowed), { event: deployed('success', url) });
      expect(job(ran)).toBe('failure');
      expect(ran.jobs[JOB]?.annotations).toMatchObject([{ properties: { title: 'URL refused' } }]);
      expect(ran.jobs[JOB]?.steps.at(-1)).toMatchObject({ outcome: 'skipped' });
    });
  });

  it('does not start where the caller grants less than it declares', async () => {
    const less = ['{ contents: read }', '{ checks: write }', '{ contents: read, checks: read }'];
    const runs = await Promise.all(less.map((permissions) => run(caller(`build-id: ${BUILD}`, permissions))));
    expect(runs.map(({ result, problems }) => [result, problems.join()])).toEqual([
      [
        'startup_failure',
        "The nested job 'prove' is requesting 'checks: write', but is only allowed 'checks: none'.",
      ],
      [
        'startup_failure',
        "The nested job 'prove' is requesting 'contents: read', but is only allowed 'contents: none'.",
      ],
      [
        'startup_failure',
        "The nested job 'prove' is requesting 'checks: write', but is only allowed 'checks: read'.",
      ],
    ]);
  });

  it('hands over the secrets that the config names, masked, and to nobody on a fork', async () => {
    site.serve('/guarded', { body: 'Hello', status: 200 });
    using own = makeRepository({
      'ship-proof.yml': `version: 1
live: { url: "${site.url}/" }
smoke:
  base-url: ${site.url}
  checks: [{ name: guarded, get: /guarded, headers: { authorization: "Bearer \${secret:PROBE}" }, expect: { contains: Hello } }]
`,
    });
    await using hub = await startServices(own, { presentAs: 'github.com' });
    const text = caller(`build-id: ${BUILD}`, undefined, '{ variables: "${{ secrets.VARIABLES }}" }').replace(
      'page: /, contains: Hello, ',
      '',
    );
    const secrets = { VARIABLES: 'OTHER=x y\nPROBE=correct horse%battery' };
    const ran = await run(text, { services: hub, event: push(own), secrets });
    expect(ran.result, ran.logs).toBe('success');
    expect(site.requests.find(({ url }) => url === '/guarded')?.headers.authorization).toBe(
      'Bearer correct horse%battery',
    );
    expect(ran.logs).not.toContain('horse');
    const masked = ran.jobs[JOB]?.steps.find(({ name }) => name.startsWith('Hand over'))?.commands;
    expect(masked?.map(({ command, message }) => [command, message])).toEqual([
      ['add-mask', 'x y'],
      ['add-mask', 'correct horse%battery'],
    ]);
    const fork = own.openPullRequest({ 'b.txt': 'x' }, { fromFork: true });
    const asked = site.requests.length;
    const forked = await run(text, { services: hub, event: pullRequest(own, fork), secrets });
    expect(forked.outputs.live).toMatchObject({ deployed: 'false' });
    expect(site.requests.slice(asked).filter(({ url }) => url === '/guarded')).toEqual([]);
    for (const bad of ['PATH=/tmp', 'GITHUB_TOKEN=x', 'no name', 'NODE_OPTIONS=--require x', 'a=b']) {
      const refused = await run(text, { services: hub, event: push(own), secrets: { VARIABLES: bad } });
      expect(refused.jobs[JOB]?.steps.at(-1)).toMatchObject({ name: 'Prove', outcome: 'skipped' });
      expect(refused.jobs[JOB]?.annotations[0]?.message).toContain('line 1 of the secret variables');
    }
  });

  it('hands over what it was given also where the environment has a secret for its scripts', async () => {
    const guarded =
      'smoke: { checks: [{ name: a, get: /, headers: { x-probe: "${secret:PROBE}", x-other: "${secret:OTHER}" }, expect: { contains: Hello } }] }';
    using own = makeRepository({ 'ship-proof.yml': `live: { url: "${site.url}/" }\n${guarded}\n` });
    await using hub = await startServices(own, { presentAs: 'github.com' });
    const text = caller(
      `build-id: ${BUILD}, environment: production`,
      undefined,
      '{ variables: "OTHER=from the caller", prove-variables: "PROBE=correct horse" }',
    ).replace('page: /, contains: Hello, ', '');
    const environments = { production: { secrets: { VARIABLES: 'OTHER=from the environment' } } };
    const ran = await run(text, { services: hub, event: push(own), environments });
    expect(ran.result, ran.logs).toBe('success');
    const { headers } = site.requests.findLast((request) => 'x-probe' in request.headers) ?? {};
    expect(headers).toMatchObject({ 'x-probe': 'correct horse', 'x-other': 'from the environment' });
  });

  it('settles when it is cancelled in the middle: the check is cancelled, not left in progress', async () => {
    const cancel = new AbortController();
    const ran = await run(caller('build-id: another, within: 1m'), {
      signal: cancel.signal,
      onLine: (line) => /verify-live .*poll/.test(line) && cancel.abort(),
    });
    expect(ran.result).toBe('cancelled');
    expect(ran.checks.map(({ conclusion }) => conclusion)).toEqual(['cancelled', 'cancelled']);
    expect(ran.jobs[JOB]?.steps.at(-1)).toMatchObject({ name: 'Post Prove', outcome: 'success' });
    expect(ran.outputs.live).toMatchObject({ deployed: 'false' });
  });

  it('keeps apart what a second attempt of the same run writes', async () => {
    const text = caller(`build-id: ${BUILD}`);
    const first = await run(text);
    const second = await run(text, { runId: first.id, attempt: 2, triggeringActor: 'hubot' });
    expect([first.result, second.result]).toEqual(['success', 'success']);
    expect(second.outputs.live?.proof).toBe(`ship-proof-prove-${first.id}-2-prove`);
    expect(second.outputs.live?.proof).not.toBe(first.outputs.live?.proof);
  });
});
