import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareRepository, temporaryFolder } from '../ledger/fixtures.ts';
import { SHA } from '../targets/github.ts';
import type { ApiAnswer, ApiFault } from '../targets/github-api.ts';
import { openScene, proofOf, type Scene, signalOn, told } from './evidence.ts';
import { NEW, OLD } from './prove.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene[Symbol.asyncDispose]());

const counts = new Map<string, number>();
afterAll(() => {
  for (const [name, count] of counts) process.stdout.write(`REST calls of ${name}: ${count}\n`);
});

const onlyCheck = () => {
  expect(scene.hub.api.checkRuns).toHaveLength(1);
  const [run] = scene.hub.api.checkRuns;
  if (!run) throw new Error('no check run');
  return run;
};

describe('the check run', () => {
  it('is begun, then concluded from the proof, in no more than four requests', async () => {
    await using run = await scene.verify();
    const proof = await proofOf(run);
    const { fields, changes } = onlyCheck();
    expect(changes.map(({ status }) => status)).toEqual(['in_progress', 'completed']);
    expect(fields).toMatchObject({
      name: 'ship-proof / verify-live',
      head_sha: SHA,
      external_id: proof.id,
      details_url: 'https://github.com/octo-org/octo-repo/actions/runs/1/attempts/1',
      conclusion: 'success',
      output: { title: 'passed: 1 of 1 checks', text: expect.stringContaining('| pass |') },
    });
    expect(told(run, 'check-run')).toEqual([
      expect.objectContaining({ 'check-run': 'https://github.com/octo-org/octo-repo/runs/1000' }),
    ]);
    expect(run.state['ship-proof-check']).toBe('');
    counts.set('verify-live', scene.hub.api.requests.length);
    expect(scene.hub.api.requests.length).toBeLessThanOrEqual(4);
    await using after = await scene.after(run, { mode: 'verify-live' });
    expect(after).toMatchObject({ code: 0, stdout: '' });
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['stamp', { dir: '.' }],
    ['smoke', { page: '/', contains: 'Hello' }],
    ['once', { key: 'a', run: 'true', store: 'git+file:store' }],
  ])('takes two requests in %s too', async (mode, inputs) => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'index.html'), '<html><head></head></html>');
    bareRepository(join(folder.path, 'store'));
    await using run = await scene.act(
      { mode, ...inputs, ...(mode === 'smoke' ? { 'base-url': scene.site.url } : {}) },
      { cwd: folder.path },
    );
    expect([run.code, onlyCheck().fields.conclusion]).toEqual([0, 'success']);
    counts.set(mode, scene.hub.api.requests.length);
    expect(counts.get(mode)).toBe(2);
  });

  it.each([
    ['failed', { 'build-id': OLD, within: '60s', 'max-polls': '2' }, 1, 'failure', 'failed: '],
    ['inconclusive', { url: 'http://127.0.0.1:9/', within: '2s' }, 3, 'failure', 'inconclusive: '],
    ['invalid', { wthin: '1s' }, 2, 'failure', 'invalid: '],
    ['timed out', { within: '60s', 'build-id': OLD, timeout: '1500ms' }, 3, 'timed_out', 'inconclusive: '],
  ])('says of a run that %s what it is', async (_, inputs, code, conclusion, title) => {
    await using run = await scene.verify(inputs);
    expect(run.code).toBe(code);
    const { fields } = onlyCheck();
    expect(fields).toMatchObject({ status: 'completed', conclusion });
    expect((fields.output as { title: string }).title).toContain(title);
  });

  it('is not there when it is not wanted, and has the name that was given', async () => {
    await using without = await scene.verify({ 'check-run': 'false' });
    expect([without.code, scene.hub.api.requests]).toEqual([0, []]);
    await using named = await scene.verify({ 'check-name': 'preview' });
    expect([named.code, onlyCheck().fields.name]).toEqual([0, 'preview']);
  });

  const head = { sha: 'a'.repeat(40), repo: { full_name: 'octo-org/octo-repo' } };
  const base = { repo: { full_name: 'octo-org/octo-repo' } };
  it.each([
    ['pull_request', { pull_request: { head, base } }, 'a'.repeat(40)],
    ['deployment_status', { deployment: { sha: 'b'.repeat(40) } }, 'b'.repeat(40)],
    ['workflow_run', { workflow_run: { head_sha: 'c'.repeat(40) } }, 'c'.repeat(40)],
    ['schedule', { schedule: '0 * * * *' }, SHA],
  ])('stands on the commit that people look at: %s', async (eventName, event, sha) => {
    await using run = await scene.verify({ confirmations: '1' }, { eventName, event });
    expect([run.code, onlyCheck().fields.head_sha]).toEqual([0, sha]);
  });

  it('shows an input that is wrong at its line of the config', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'ship-proof-check-'));
    try {
      writeFileSync(join(cwd, 'ship-proof.yml'), 'live:\n  wthin: 3s\n');
      await using run = await scene.verify({}, { cwd });
      expect(run.code).toBe(2);
      expect(onlyCheck().annotations).toEqual([
        expect.objectContaining({ path: 'ship-proof.yml', start_line: 2, annotation_level: 'failure' }),
      ]);
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
  });
});

describe('a check run that can’t be written', () => {
  const problemOf = (run: Parameters<typeof told>[0]) => {
    const lines = told(run, 'check-run');
    expect(lines).toHaveLength(1);
    return lines[0]?.problem;
  };

  it('names the permission that is missing, and what a fork never has', async () => {
    await using run = await scene.verify({}, { grants: { contents: 'read' } });
    expect([run.code, problemOf(run)]).toEqual([0, expect.stringContaining('permissions: checks: write')]);
    expect(scene.hub.api.requests).toHaveLength(1);
    const event = { pull_request: { head: { sha: SHA, repo: { full_name: 'ada/fork' } } } };
    const grants = { contents: 'read', checks: 'read' } as const;
    await using fork = await scene.verify({}, { grants, eventName: 'pull_request', event });
    expect([fork.code, problemOf(fork)]).toEqual([0, expect.stringContaining('fork')]);
  });

  const say = (status: number, headers = {}): ApiAnswer => ({ status, body: { message: 'no' }, headers });
  it.each<[string, ApiFault, string]>([
    ['404', say(404), '404'],
    ['422', say(422), '422'],
    ['429 for an hour', say(429, { 'retry-after': '3600' }), '3600 s'],
    ['500', say(500), '500'],
    ['hangs', 'hang', 'no answer within'],
    ['breaks', 'reset', 'closed the connection'],
  ])('changes no verdict and is one line: %s', async (_, fault, line) => {
    scene.hub.api.fault = () => fault;
    await using run = await scene.verify();
    expect([run.code, run.outputs['proof-outcome']]).toEqual([0, 'passed']);
    expect(problemOf(run)).toContain(line);
    expect(run.events.at(-1)?.fields.outcome).toBe('passed');
  });

  it('waits as long as a busy server says', async () => {
    let refused = 0;
    scene.hub.api.fault = () => {
      refused += 1;
      return refused <= 2 ? say(429, { 'retry-after': '1' }) : undefined;
    };
    await using run = await scene.verify();
    expect([run.code, onlyCheck().fields.conclusion]).toEqual([0, 'success']);
  });

  it('is found again when only the answer was lost', async () => {
    let asked = 0;
    scene.hub.api.fault = () => {
      asked += 1;
      return asked === 1 ? { late: say(502) } : undefined;
    };
    await using run = await scene.verify();
    expect([run.code, onlyCheck().fields.conclusion]).toEqual([0, 'success']);
    expect(told(run, 'check-run')[0]?.problem).toBeUndefined();
  });

  const limit = { status: 403, body: { message: 'You have exceeded a secondary rate limit.' } };
  it.each<[string, ApiAnswer]>([
    ['is broken', say(500)],
    ['limits requests', { ...limit, headers: { 'retry-after': '60' } }],
    ['limits requests, and says so in words', limit],
  ])('is concluded by the post step when the server %s', async (_, answer) => {
    scene.hub.api.fault = ({ method }) => (method === 'PATCH' ? answer : undefined);
    await using run = await scene.verify();
    expect([run.code, onlyCheck().fields.status]).toEqual([0, 'in_progress']);
    scene.hub.api.fault = () => undefined;
    await using after = await scene.after(run, { mode: 'verify-live' });
    expect([after.code, onlyCheck().fields.conclusion]).toEqual([0, 'success']);
  });
});

describe('a run that is stopped', () => {
  const WAITING = { 'build-id': 'build-1795192222-n0t', within: '60s' };

  it('is cancelled in its check run when the job is cancelled', async () => {
    await using run = await scene.verify(WAITING, { onStart: signalOn(' poll=', 'SIGINT') });
    expect([run.code, onlyCheck().fields.conclusion]).toEqual([3, 'cancelled']);
    await using after = await scene.after(run, { mode: 'verify-live' });
    expect(after.stdout).toBe('');
  });

  it('is cancelled by the post step when it was killed', async () => {
    // Killed by the hub itself, when the check run is there for certain and its number may be on its way.
    let child: { kill(signal: 'SIGKILL'): boolean } | undefined;
    scene.hub.api.fault = () => {
      setTimeout(() => child?.kill('SIGKILL'), 300);
      return undefined;
    };
    await using run = await scene.verify(WAITING, {
      onStart: (started) => {
        child = started;
      },
    });
    expect([run.code, run.signal, onlyCheck().fields.status]).toEqual([null, 'SIGKILL', 'in_progress']);
    scene.hub.api.fault = () => undefined;
    await using after = await scene.after(run, { mode: 'verify-live', url: NEW });
    expect([after.code, onlyCheck().fields.conclusion]).toEqual([0, 'cancelled']);
  });

  it('is found by the post step when its number never arrived', async () => {
    let child: { kill(signal: 'SIGKILL'): boolean } | undefined;
    scene.hub.api.fault = () => {
      child?.kill('SIGKILL');
      return undefined;
    };
    await using run = await scene.verify(WAITING, {
      onStart: (started) => {
        child = started;
      },
    });
    expect(run.signal).toBe('SIGKILL');
    expect(JSON.parse(run.state['ship-proof-check'] ?? '')).not.toHaveProperty('id');
    scene.hub.api.fault = () => undefined;
    await using after = await scene.after(run, { mode: 'verify-live' });
    expect([after.code, onlyCheck().fields.conclusion]).toEqual([0, 'cancelled']);
  });
});
