// biome-ignore-all lint/suspicious/noTemplateCurlyInString: scripts of a shell
import { afterEach, describe, expect, it } from 'vitest';
import { pullRequest, schedule, workflowDispatch } from '../actions-runner/events.ts';
import type { RunOptions } from '../actions-runner/run-workflow.ts';
import { runCli } from '../e2e/run-dist.ts';
import { makePlace, type Place } from './deploy-place.ts';

let place: Place;
afterEach(() => place[Symbol.asyncDispose]());

const CONFIG = `
version: 1
runners:
  digest: { spend-cap: 5.00, estimate: 0.40, cadence: "*/5 * * * *", grace: 0s }
`;
const PERMISSIONS = { contents: 'write', checks: 'write', issues: 'write' } as const;
const REPORT = 'echo \'{"usd_in":0.25,"units":1}\' >>"$SHIP_PROOF_REPORT"; echo "key ${#MODEL_KEY}"; ';
const caller = (given: object = {}, permissions: object = PERMISSIONS) => `
on: { pull_request: , workflow_dispatch: , schedule: [{ cron: '*/5 * * * *' }, { cron: '30 6 * * *' }] }
permissions: {}
jobs:
  digest:
    permissions: ${JSON.stringify(permissions)}
    uses: org/ship-proof/.github/workflows/unattended.yml@v1
    with: ${JSON.stringify({ runner: 'digest', run: REPORT, ...given })}
    secrets: { variables: 'MODEL_KEY=sk-secret' }
`;
const cron = () => schedule(place.repository, '*/5 * * * *');
const run = (given: object = {}, options: Partial<RunOptions> = {}) =>
  place.run(caller(given), { event: cron(), ...options });

/** What the books say of who asked for the ticks. */
function triggers(): unknown[] {
  const entries = place.repository.git('log', '--reverse', '--format=%B', 'refs/ship-proof/default');
  return [...new Set([...entries.matchAll(/"trigger": ?"(\w+)"/g)].map(([, trigger]) => trigger))];
}

describe.skipIf(process.platform === 'win32')('unattended.yml', { timeout: 240_000 }, () => {
  it('runs a tick for each slot: of two crons at once, one', async () => {
    place = await makePlace({ 'ship-proof.yml': CONFIG });
    const both = await Promise.all([run(), run()]);
    for (const ran of both) expect(ran.result, ran.logs).toBe('success');
    const states = both.map((ran) => ran.outputs.digest?.state).sort();
    // Unless a new slot began in between.
    expect([
      ['passed', 'slot-done'],
      ['passed', 'passed'],
    ]).toContainEqual(states);
    expect(both.map((ran) => ran.outputs.digest?.['usd-in'])).toContain('0.25');
    expect(both.map(({ logs }) => logs).join()).not.toContain('sk-secret');
    expect(both.map(({ logs }) => logs).join()).toContain('key 9');
  });

  it('tells a tick by hand, and a second attempt, from one on schedule', async () => {
    place = await makePlace({ 'ship-proof.yml': CONFIG });
    const first = await run({}, { event: workflowDispatch(place.repository) });
    expect(first.result, first.logs).toBe('success');
    await run({}, { runId: first.id, attempt: 2 });
    expect(triggers()).toEqual(['manual', 'rerun']);
  });

  it('is halted by a kill flag, also in the middle, and is green then', async () => {
    place = await makePlace({ 'ship-proof.yml': CONFIG });
    const killed = await run({ kill: '1' });
    expect(killed.result, killed.logs).toBe('success');
    expect(killed.outputs.digest).toMatchObject({ state: 'halted', 'halted-by': 'kill-environment' });

    const store = `git+file:${place.repository.path}`;
    let flag: Promise<unknown> | undefined;
    const halted = await run(
      { run: `${REPORT}echo working; sleep 60` },
      {
        event: workflowDispatch(place.repository),
        onLine: (line) => {
          if (line.includes('working')) flag ??= runCli(['kill', '--scope', 'ticks', '--store', store]);
        },
      },
    );
    await flag;
    expect(halted.outputs.digest, halted.logs).toMatchObject({ state: 'halted', 'halted-by': 'kill-flag' });
  });

  it('drills the controls, and its watchdog has a task of its own', async () => {
    place = await makePlace({ 'ship-proof.yml': CONFIG });
    const drilled = await run({ task: 'drill' }, { event: workflowDispatch(place.repository) });
    expect(drilled.result, drilled.logs).toBe('success');
    expect(drilled.outputs.digest?.drilled).toContain('kill-process');
    expect([...place.services.artifacts.keys()]).toEqual([`${drilled.id}/ship-proof-drill-digest-1`]);
    const watched = await run({ task: 'watchdog' });
    expect(Object.entries(watched.jobs).map(([name, { result }]) => [name, result])).toContainEqual([
      'digest / tick',
      'skipped',
    ]);
    expect(watched.outputs.digest?.state, watched.logs).toBe('unknown');
  });

  it('is red for a task that nobody knows, and for a pull request from a fork', async () => {
    place = await makePlace({ 'ship-proof.yml': CONFIG });
    const unknown = await run({ task: 'tock' });
    expect(unknown.result).toBe('failure');
    expect(unknown.logs).toContain('none of tick, drill and watchdog');
    const pull = place.repository.openPullRequest({ 'a.txt': 'theirs' }, { fromFork: true });
    const theirs = await run({}, { event: pullRequest(place.repository, pull) });
    expect(theirs.result).toBe('failure');
    expect(place.ledger()).toEqual([]);
    for (const name of Object.keys(PERMISSIONS)) {
      const less = await place.run(caller({}, { ...PERMISSIONS, [name]: 'read' }), { event: cron() });
      expect(less.problems.join()).toContain(`'${name}: write'`);
    }
  });
});
