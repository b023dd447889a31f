// biome-ignore-all lint/suspicious/noTemplateCurlyInString: workflows are full of them
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pullRequest, push, workflowDispatch } from './events.ts';
import { makeRepository, type Repository } from './repository.ts';
import { type RunOptions, runWorkflow } from './run-workflow.ts';
import { type Services, startServices } from './services.ts';

/** An action that says what it was given, and leaves something for its post step. */
const PROBE = `
import { appendFileSync } from 'node:fs';
const { env } = process;
const post = env.STATE_from !== undefined;
console.log((post ? 'post ' : 'main ') + env.INPUT_WORD + ' ' + (env.STATE_from ?? ''));
console.log('runtime ' + (env.ACTIONS_RUNTIME_TOKEN ? 'yes' : 'no'));
if (!post) {
  appendFileSync(env.GITHUB_STATE, 'from=main\\n');
  appendFileSync(env.GITHUB_OUTPUT, 'word<<E\\n' + env.INPUT_WORD + '\\nE\\n');
  if (env.INPUT_WAIT === 'true') {
    process.on('SIGINT', () => { console.log('told to stop'); process.exit(3); });
    console.log('waiting');
    setInterval(() => {}, 1000);
  }
}
`;
const MANIFEST = `
inputs:
  word: { default: '\${{ github.event_name }}' }
  wait: {}
runs: { using: node24, main: dist/index.mjs, post: dist/index.mjs }
`;

let repository: Repository;
let services: Services;

const run = (jobs: string, options: Partial<RunOptions> = {}) =>
  runWorkflow({
    services,
    event: push(repository),
    workflow: `on: [push, pull_request, workflow_dispatch]\n${jobs}`,
    ...options,
  });

const steps = (text: string) =>
  `jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n${text.replaceAll(/^/gm, '      ')}`;

const CALLED = `
on:
  workflow_call:
    inputs:
      count: { type: number, required: true }
      flag: { type: boolean, default: true }
    secrets: { key: { required: true } }
    outputs: { sum: { value: "\${{ jobs.inner.outputs.sum }}" } }
permissions: { contents: read }
jobs:
  inner:
    runs-on: ubuntu-latest
    outputs: { sum: "\${{ steps.add.outputs.sum }}" }
    steps:
      - id: add
        env: { COUNT: "\${{ inputs.count }}", FLAG: "\${{ inputs.flag }}", KEY: "\${{ secrets.key }}" }
        run: |
          echo "sum=$((COUNT + 1))-$FLAG" >> "$GITHUB_OUTPUT"
          echo "the key is $KEY"
`;

// On Windows no process can be sent SIGINT.
describe.skipIf(process.platform === 'win32')('the harness', () => {
  beforeAll(async () => {
    repository = makeRepository({
      'probe/action.yml': MANIFEST,
      'probe/dist/index.mjs': PROBE,
      '.github/workflows/called.yml': CALLED,
    });
    services = await startServices(repository);
  });
  afterAll(async () => {
    await services[Symbol.asyncDispose]();
    repository[Symbol.dispose]();
  });

  it('runs scripts and actions, with files, masks and post steps', async () => {
    const ran = await run(
      steps(`
- uses: actions/checkout@v7
- id: one
  run: |
    echo "A=x y" >> "$GITHUB_ENV"
    echo "v=5" >> "$GITHUB_OUTPUT"
    echo "::add-mask::hush"
    echo "hush now"
    echo "# done" >> "$GITHUB_STEP_SUMMARY"
    echo "::warning file=a.ts,line=3::look"
    echo "token \${ACTIONS_RUNTIME_TOKEN:-none}"
- id: two
  uses: ./probe
  with: { word: "\${{ env.A }} \${{ steps.one.outputs.v }}" }
- uses: ./probe
- run: echo "\${{ steps.two.outputs.word }} and $A"
`),
    );
    expect(ran.logs).toContain('*** now');
    expect(ran.logs).not.toContain('hush');
    expect(ran.logs).toContain('token none');
    expect(ran.logs.match(/^(main|post|runtime).*$/gm)).toEqual([
      ...['main x y 5 ', 'runtime yes', 'main push ', 'runtime yes'],
      ...['post push main', 'runtime yes', 'post x y 5 main', 'runtime yes'],
    ]);
    expect(ran.logs).toContain('x y 5 and x y');
    expect(ran).toMatchObject({ result: 'success', summary: '# done\n' });
    expect(ran.jobs.a?.annotations).toMatchObject([{ command: 'warning', message: 'look' }]);
  });

  it('fails, forgives, and asks for the status as the runner does', async () => {
    const ran = await run(
      steps(`
- id: forgiven
  continue-on-error: true
  run: exit 3
- id: piped
  shell: bash
  run: "false | true"
- run: echo never
- if: failure() && steps.forgiven.outcome == 'failure' && steps.forgiven.conclusion == 'success'
  run: echo afterwards
- if: \${{ always() }}
  run: |
    echo "::stop-commands::abc"
    echo "::error::not heard"
    echo "::abc::"
    echo "::error::heard"
`),
    );
    expect(ran.result).toBe('failure');
    expect(ran.jobs.a?.steps.map(({ outcome }) => outcome)).toEqual([
      ...['failure', 'failure', 'skipped', 'success', 'success'],
    ]);
    expect(ran.jobs.a?.annotations.map(({ message }) => message)).toEqual(['heard']);
  });

  it('orders jobs by their needs, multiplies a matrix, and skips what needs the skipped', async () => {
    const ran = await run(`
jobs:
  first:
    runs-on: ubuntu-latest
    strategy: { matrix: { n: [1, 2], include: [{ n: 2, big: yes }] } }
    steps: [{ run: 'echo "\${{ matrix.n }} \${{ matrix.big }} \${{ strategy.job-total }}"' }]
  never: { needs: first, if: false, runs-on: ubuntu-latest, steps: [{ run: exit 1 }] }
  after: { needs: never, runs-on: ubuntu-latest, steps: [{ run: exit 1 }] }
  last: { needs: [after, first], if: always(), runs-on: ubuntu-latest, steps: [{ run: 'echo "\${{ needs.after.result }}"' }] }
`);
    expect(Object.fromEntries(Object.entries(ran.jobs).map(([name, { result }]) => [name, result]))).toEqual({
      'first (1)': 'success',
      'first (2, yes)': 'success',
      never: 'skipped',
      after: 'skipped',
      last: 'success',
    });
    expect(ran.jobs['first (2, yes)']?.log).toContain('2 yes 2');
    expect(ran.jobs.last?.log).toContain('skipped');
  });

  it('calls workflows with typed inputs and named secrets, and refuses to start what asks for too much', async () => {
    const call = (permissions: string, rest = 'secrets: { key: "${{ secrets.KEY }}" }', count = '4') => `
permissions: ${permissions}
jobs:
  call:
    uses: ./.github/workflows/called.yml
    with: { count: ${count} }
    ${rest}
  use: { needs: call, runs-on: ubuntu-latest, steps: [{ run: 'echo "\${{ needs.call.outputs.sum }}"' }] }
`;
    const ran = await run(call('{ contents: read }'), { secrets: { KEY: 'opensesame' } });
    expect(ran.result, ran.logs).toBe('success');
    expect(ran.outputs.call).toEqual({ sum: '5-true' });
    expect(ran.jobs['call / inner']?.log).toContain('the key is ***');
    expect(ran.jobs['call / inner']?.scopes).toEqual({ contents: 'read', metadata: 'read' });
    expect((await run(call('{}'))).problems).toEqual([
      "The nested job 'inner' is requesting 'contents: read', but is only allowed 'contents: none'.",
    ]);
    expect((await run(call('{ contents: read }', 'secrets: {}'))).problems).toEqual([
      'Secret key is required, but not provided',
    ]);
    await expect(run(call('{ contents: read }', undefined, "'4'"))).rejects.toThrow('takes a number');
  });

  it('signals the entry process alone when it is cancelled, then runs post steps and what asks for always', async () => {
    const cancel = new AbortController();
    const ran = await run(
      steps(`
- uses: actions/checkout@v7
- uses: ./probe
  with: { wait: true }
- run: echo never
- if: always()
  run: echo afterwards
`),
      { signal: cancel.signal, onLine: (line) => line === 'waiting' && cancel.abort() },
    );
    expect(ran.result).toBe('cancelled');
    expect(ran.jobs.a?.steps.map(({ outcome }) => outcome)).toEqual([
      ...['success', 'cancelled', 'skipped', 'success', 'success'],
    ]);
    expect(ran.logs).toMatch(/told to stop[\s\S]*afterwards[\s\S]*post push main/);
  });

  it('kills what does not stop, and whatever a job leaves behind', async () => {
    const cancel = new AbortController();
    const ran = await run(
      steps(`
- run: |
    trap '' INT TERM
    sleep 60 & echo "child begun"
    wait; wait; wait
`),
      { secondMs: 10, signal: cancel.signal, onLine: (line) => line === 'child begun' && cancel.abort() },
    );
    expect(ran.jobs.a?.steps[0]).toMatchObject({ outcome: 'cancelled', exitCode: null });
    if (process.platform === 'linux') expect(ran.logs).toContain('Terminated 1 orphan processes');
  });

  it('gives tokens what the job may do, and a fork nothing but reading', async () => {
    const fork = repository.openPullRequest({ 'a.txt': 'x' }, { fromFork: true });
    const jobs = `
permissions: { contents: write, checks: write }
${steps(`
- uses: actions/checkout@v7
  with: { persist-credentials: true }
- run: |
    echo "secret [\${{ secrets.KEY }}] on $GITHUB_EVENT_NAME $GITHUB_REF"
    git push origin "HEAD:refs/heads/by-\${{ github.run_id }}"
`)}`;
    const secrets = { KEY: 'opensesame' };
    expect((await run(jobs, { secrets })).result).toBe('success');
    const forked = await run(jobs, { secrets, event: pullRequest(repository, fork) });
    expect(forked.result).toBe('failure');
    expect(forked.jobs.a?.log).toContain(`secret [] on pull_request refs/pull/${fork.number}/merge`);
    expect(forked.jobs.a?.log).toContain('403');
    expect(forked.jobs.a?.scopes).toMatchObject({ contents: 'read', checks: 'read' });
  });

  it('lets one run at a time into a concurrency group', async () => {
    const lines: string[] = [];
    const text = `concurrency: { group: g, queue: max }\n${steps('- run: echo begin; sleep 0.1; echo end')}`;
    const ran = await Promise.all(
      Array.from({ length: 3 }, () => run(text, { onLine: (line) => lines.push(line) })),
    );
    expect(ran.map(({ result }) => result)).toEqual(['success', 'success', 'success']);
    expect(lines.filter((line) => /^(begin|end)$/.test(line)).join()).toBe('begin,end,begin,end,begin,end');
  });

  it('cancels a called workflow that would wait for its own caller', async () => {
    const ran = await run(`
jobs:
  a:
    concurrency: Ship-Proof-prove-refs/heads/main
    permissions: { contents: read, checks: write }
    uses: org/ship-proof/.github/workflows/prove.yml@v1
`);
    expect(ran.checks).toEqual([{ name: 'a / prove', conclusion: 'cancelled', from: 'job' }]);
    expect(ran.result).toBe('cancelled');
  });

  it('cancels a run that waits for its turn', async () => {
    const busy = await services.groups.enter({ group: 'busy', cancelInProgress: false, queue: 'single' });
    const cancel = new AbortController();
    const waiting = run(`concurrency: busy\n${steps('- run: echo never')}`, { signal: cancel.signal });
    cancel.abort();
    expect(await waiting).toMatchObject({ result: 'cancelled', jobs: {} });
    busy?.[Symbol.dispose]();
  });

  it('gives a job the secrets of its environment, and hides outputs that hold one', async () => {
    const environments = { production: { secrets: { KEY: 'opensesame' }, vars: { REGION: 'eu' } } };
    const text = `
jobs:
  a:
    runs-on: ubuntu-latest
    environment: { name: "\${{ github.event_name == 'push' && 'production' }}", deployment: false }
    outputs: { told: "\${{ steps.s.outputs.key }}", region: "\${{ vars.REGION }}" }
    steps:
      - id: s
        env: { KEY: "\${{ secrets.KEY }}" }
        run: echo "key=$KEY" >> "$GITHUB_OUTPUT"
`;
    const ran = await run(text, { environments });
    expect(ran.outputs.a).toEqual({ region: 'eu' });
    expect(ran.logs).toContain("Skip output 'told'");
  });

  it('cancels a job when its time is over, and runs its last steps', async () => {
    const text = steps('- run: sleep 60\n- if: always()\n  run: echo afterwards').replace(
      'runs-on',
      'timeout-minutes: 1\n    runs-on',
    );
    const ran = await run(text, { minuteMs: 2_000, secondMs: 10 });
    expect(ran.result).toBe('cancelled');
    expect(ran.logs).toMatch(
      /The operation was canceled[\s\S]*afterwards[\s\S]*exceeded its time of 1 minutes/,
    );
  });

  it('says which run it is', async () => {
    const event = workflowDispatch(repository, { who: 'you' });
    const text = steps(
      '- run: echo "$GITHUB_RUN_ID $GITHUB_RUN_ATTEMPT $GITHUB_ACTOR $GITHUB_TRIGGERING_ACTOR ${{ inputs.who }}"',
    );
    const ran = await run(text, { event, runId: 77, attempt: 2, triggeringActor: 'hubot' });
    expect(ran.logs).toContain('77 2 octocat hubot you');
  });

  it('refuses a workflow that the parser refuses, and an event that it does not run on', async () => {
    await expect(
      run('jobs: { a: { runs-on: x, steps: [{ run: "${{ nothing.there }}" }] } }'),
    ).rejects.toThrow('nothing');
    await expect(
      run(`${steps('- run: true')}\n`, {
        workflow: `on: push\n${steps('- run: true')}`,
        event: workflowDispatch(repository),
      }),
    ).rejects.toThrow('does not run on workflow_dispatch');
  });
});
