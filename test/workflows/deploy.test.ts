// biome-ignore-all lint/suspicious/noTemplateCurlyInString: scripts of a shell
import { afterEach, describe, expect, it } from 'vitest';
import { pullRequest, push, workflowDispatch } from '../actions-runner/events.ts';
import type { RunOptions, WorkflowRun } from '../actions-runner/run-workflow.ts';
import { type Cut, cutAt, holdDeploys, letGo } from './deploy-cuts.ts';
import { buildOf, DEPLOY_PERMISSIONS, deployCaller, makePlace, PAGE, type Place } from './deploy-place.ts';

let place: Place;
afterEach(() => place[Symbol.asyncDispose]());

const results = (ran: WorkflowRun) =>
  Object.fromEntries(
    Object.values(ran.jobs).map(({ name, result }) => [name.replace(/^deploy \/ /, ''), result]),
  );
const ALL_GREEN = {
  build: 'success',
  publish: 'success',
  promote: 'success',
  'prove / prove': 'success',
  rollback: 'skipped',
};

// The harness can't cancel anything on Windows.
describe.skipIf(process.platform === 'win32')('deploy.yml', { timeout: 240_000 }, () => {
  it('builds, publishes, promotes and proves; once more does nothing twice', async () => {
    place = await makePlace();
    const build = buildOf(place, push(place.repository));
    const first = await place.run(deployCaller(place));
    expect(results(first), first.logs).toEqual(ALL_GREEN);
    expect(first.outputs.deploy).toMatchObject({
      'build-id': build,
      'artifact-id': `art-${build}`,
      deployed: 'true',
      verdict: 'passed',
      'rolled-back-to': '',
    });
    const effects = [`publish dist`, `promote art-${build}`];
    expect(place.platform.did()).toEqual(effects);
    expect(first.logs).not.toMatch(/hunter22|npm-secret|ghs_\w/);
    // As the place's own page says it; nobody has to grant more for it.
    expect(place.services.hub.api.deployments.map(({ fields }) => fields.environment)).toEqual([
      'production',
    ]);

    // A second attempt of the same run; in the long list also another run for the same commit.
    const others: Partial<RunOptions>[] = [{ runId: first.id, attempt: 2 }];
    if (process.env.SHIP_PROOF_RELIABILITY) others.push({ event: workflowDispatch(place.repository) });
    for (const options of others) {
      const ran = await place.run(deployCaller(place), options);
      expect(results(ran), ran.logs).toEqual(ALL_GREEN);
      expect(ran.outputs.deploy).toMatchObject({ deployed: 'true', 'artifact-id': `art-${build}` });
    }
    expect(place.platform.did()).toEqual(effects);
  });

  it('deploys two things of one repository in one run, each in its namespace', async () => {
    place = await makePlace();
    const one = (name: string) => deployCaller(place, { namespace: name, url: `${place.platform.url}/` });
    const [, second = ''] = one('api').split('jobs:\n');
    const ran = await place.run(one('web') + second.replace('  deploy:', '  second:\n    needs: deploy'));
    expect(ran.result, ran.logs).toBe('success');
    expect([ran.outputs.deploy, ran.outputs.second]).toMatchObject([
      { deployed: 'true', proof: '' },
      { deployed: 'true', proof: '' },
    ]);
    expect([...place.services.artifacts.keys()]).toEqual(
      ['web', 'api'].map((name) => `${ran.id}/ship-proof-build-production-${name}-1`),
    );
  });

  const CUTS: readonly Cut[] = ['building', 'built', 'publishing', 'published', 'promoting', 'promoted'];
  const sampled = process.env.SHIP_PROOF_RELIABILITY ? CUTS : (['promoting'] as const);

  it.each(sampled)('goes on where a run was cancelled: %s', async (cut) => {
    place = await makePlace();
    const build = buildOf(place, push(place.repository));
    const cancelled = await cutAt(place, cut);
    expect(Object.values(results(cancelled)), cancelled.logs).toContain('cancelled');
    expect(cancelled.outputs.deploy?.deployed, cancelled.logs).toBe('false');
    const before = place.platform.did();
    // Another run, which finds what the first one kept, and not only a further attempt of it.
    const ran = await place.run(deployCaller(place));
    expect(results(ran), ran.logs).toEqual(ALL_GREEN);
    expect(place.platform.live()).toBe(`art-${build}`);
    // What was done before the cut is not done again.
    const done = {
      building: [],
      built: [],
      publishing: [],
      published: ['publish dist'],
      promoting: ['publish dist'],
    };
    const whole = ['publish dist', `promote art-${build}`];
    expect(before).toEqual(cut === 'promoted' ? whole : done[cut]);
    expect(place.platform.did()).toEqual(whole);
    const built = place.ledger().filter((subject) => subject === `build of ${build} done`);
    expect(built).toHaveLength(1);
  });

  const seconds = process.env.SHIP_PROOF_RELIABILITY ? ['promote'] : [];
  it.each(seconds)(
    'a deploy that comes second while the first is in %s waits, and both go live in their order',
    async () => {
      place = await makePlace();
      const first = push(place.repository);
      place.platform.breakNext('promote', 'waits');
      let began = () => {};
      const waiting = new Promise<void>((resolve) => {
        began = resolve;
      });
      const running = place.run(deployCaller(place), {
        event: first,
        onLine: (line) => line.includes('waiting in promote') && began(),
      });
      await waiting;
      place.repository.commit({ 'page.html': PAGE.replace('Hello', 'Hello again') });
      const second = push(place.repository);
      const next = place.run(deployCaller(place), { event: second });
      place.platform.go();
      const ended = await Promise.all([running, next]);
      for (const ran of ended) expect(ran.result, ran.logs).toBe('success');
      expect(place.platform.did().filter((line) => line.startsWith('promote'))).toEqual(
        [first, second].map((event) => `promote art-${buildOf(place, event)}`),
      );
    },
  );

  it('a hold stops what comes after it, and a run after the hold goes on', async () => {
    place = await makePlace();
    const held = await place.run(
      deployCaller(place, { publish: `${holdDeploys(place)}platform publish dist` }),
    );
    expect(results(held), held.logs).toMatchObject({
      build: 'success',
      promote: 'failure',
      rollback: 'skipped',
    });
    // The required check is red, not skipped.
    expect(results(held)['prove / prove']).toBe('failure');
    expect(held.outputs.deploy).toMatchObject({ deployed: 'false', verdict: 'nothing-to-prove' });
    expect(held.logs).toContain('held');
    expect(place.platform.live()).toBeUndefined();
    await letGo(place);
    const ran = await place.run(
      deployCaller(place, { promote: 'platform promote "art-$SHIP_PROOF_BUILD_ID"' }),
      {
        runId: held.id,
        attempt: 2,
      },
    );
    expect(results(ran), ran.logs).toEqual(ALL_GREEN);
  });

  it('a disproved build is rolled back, and a repeated run takes back nothing else', async () => {
    place = await makePlace();
    const rollback = { rollback: 'platform promote "$SHIP_PROOF_ARTIFACT_ID"', within: '2s' };
    const good = push(place.repository);
    expect((await place.run(deployCaller(place, rollback))).result).toBe('success');
    place.repository.commit({ 'page.html': PAGE.replace('Hello', 'Hello again') });
    const bad = push(place.repository);
    place.platform.pin('<!doctype html><head></head><h1>an old page</h1>');
    const failed = await place.run(deployCaller(place, rollback), { event: bad });
    expect(results(failed), failed.logs).toMatchObject({ 'prove / prove': 'failure', rollback: 'success' });
    expect(failed.outputs.deploy).toMatchObject({ deployed: 'false', verdict: 'failed' });
    expect(place.platform.live()).toBe(`art-${buildOf(place, good)}`);

    place.platform.pin(undefined);
    place.repository.commit({ 'page.html': PAGE.replace('Hello', 'Hello, once more') });
    const newer = push(place.repository);
    expect((await place.run(deployCaller(place, rollback), { event: newer })).result).toBe('success');
    // "Re-run all jobs" of the run before: its build is over, and what went live since stays.
    const again = await place.run(deployCaller(place, rollback), { event: good });
    expect(results(again), again.logs).toMatchObject({ 'prove / prove': 'failure', rollback: 'failure' });
    expect(again.logs).toContain('not-live');
    expect(place.platform.live()).toBe(`art-${buildOf(place, newer)}`);
  });

  const phases = process.env.SHIP_PROOF_RELIABILITY ? (['publish', 'promote'] as const) : [];
  it.each(phases)(
    'a platform that fails to %s makes the deploy red, and the next attempt begins that phase anew',
    async (phase) => {
      place = await makePlace();
      place.platform.breakNext(phase, 'after');
      const failed = await place.run(deployCaller(place));
      expect(results(failed), failed.logs).toMatchObject({ [phase]: 'failure', 'prove / prove': 'failure' });
      const ran = await place.run(deployCaller(place), { runId: failed.id, attempt: 2 });
      expect(results(ran), ran.logs).toEqual(ALL_GREEN);
      expect(place.platform.did()).toHaveLength(3);
    },
  );

  it('does nothing for a pull request from a fork', async () => {
    place = await makePlace();
    const pull = place.repository.openPullRequest({ 'page.html': 'theirs' }, { fromFork: true });
    const ran = await place.run(deployCaller(place), { event: pullRequest(place.repository, pull) });
    expect(results(ran), ran.logs).toMatchObject({
      build: 'failure',
      publish: 'skipped',
      'prove / prove': 'failure',
    });
    expect(ran.logs).toContain('a pull request from a fork has neither secrets nor a ledger');
    expect(place.platform.did()).toEqual([]);
    expect(place.ledger()).toEqual([]);
  });

  it('does not start where a permission is missing', async () => {
    place = await makePlace();
    for (const [name, level] of Object.entries(DEPLOY_PERMISSIONS)) {
      const less = { ...DEPLOY_PERMISSIONS, [name]: level === 'write' ? 'read' : 'none' };
      const ran = await place.run(deployCaller(place, {}, less));
      expect(ran.result).toBe('startup_failure');
      expect(ran.problems.join()).toContain(`'${name}: ${level}'`);
    }
  });
});
