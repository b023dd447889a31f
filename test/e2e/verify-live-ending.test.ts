import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { proofSchema } from '../../src/proof/schema.ts';
import { slowBody } from '../targets/bodies.ts';
import { hangingServer } from '../targets/faults.ts';
import { origin } from '../targets/origin.ts';
import { eventsWith, FRONTS, NEW, OLD, verifyLive } from './prove.ts';
import { runCli, startCli } from './run-dist.ts';

const folder = async (): Promise<AsyncDisposable & { readonly path: string }> => {
  const path = await mkdtemp(join(tmpdir(), 'ship-proof-end-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
};

const readProof = async (path: string) =>
  proofSchema.parse(JSON.parse(await readFile(join(path, 'proof.json'), 'utf8')));

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s', (signal) => {
  it.concurrent.each([
    ['between two looks', true],
    ['during a look', false],
  ])('%s ends the run in order: inconclusive, with its proof', async (_, answers) => {
    await using site = await origin();
    site.deploy(OLD);
    await using silent = await hangingServer();
    await using out = await folder();
    const url = answers ? site.url : silent.url;
    const { child, done } = await startCli([
      'verify-live',
      '--url',
      url,
      '--build-id',
      NEW,
      '--out',
      out.path,
    ]);
    await expect
      .poll(() => site.requests.length + silent.connections(), { timeout: 20_000 })
      .toBeGreaterThan(0);
    child.kill(signal);
    const run = await done;
    expect([run.code, run.signal, run.stderr]).toEqual([3, null, '']);
    const proof = await readProof(out.path);
    expect(proof.outcome).toBe('inconclusive');
    expect(JSON.stringify(proof.checks)).toContain(signal);
    expect(run.events.at(-1)?.fields).toMatchObject({ outcome: 'inconclusive', exit: '3' });
  });
});

describe('the hard limit `timeout`', () => {
  it.concurrent.each(FRONTS)('ends a run that would go on, as inconclusive (%s)', async (front) => {
    await using site = await origin();
    site.deploy(OLD);
    const run = await verifyLive(front, site.url, { timeout: '1500ms', within: '1h' });
    expect([run.code, run.proof?.outcome]).toEqual([3, 'inconclusive']);
    expect(run.everything).toContain('timeout');
  });

  it.concurrent('does not touch a run that ends before', async () => {
    await using site = await origin();
    site.deploy(NEW);
    expect((await verifyLive('command line', site.url, { timeout: '1h' })).code).toBe(0);
  });
});

describe('the time `within`', () => {
  it.concurrent('cuts a look short that would go beyond it', async () => {
    await using site = await slowBody(NEW, { everyMs: 1000 });
    const run = await verifyLive('command line', site.url, { within: '1500ms' });
    expect([run.code, run.outputs.verdict]).toEqual([3, 'unreachable']);
    expect(run.proof?.checks[0]?.observed).toContain('no complete answer');
  });
});

describe('--json', () => {
  it.concurrent('prints the proof alone on stdout, and the log on stderr', async () => {
    await using site = await origin();
    site.deploy(NEW);
    const run = await runCli(['verify-live', '--url', site.url, '--build-id', NEW, '--json']);
    expect(run.code).toBe(0);
    expect(proofSchema.parse(JSON.parse(run.stdout))).toMatchObject({
      outcome: 'passed',
      result: { verdict: 'live' },
    });
    expect(run.stderr.split('\n')[0]).toMatch(/^verify-live start=/);
  });

  it.concurrent('prints the proof of an invalid input too', async () => {
    const run = await runCli(['verify-live', '--json', '--within', 'x']);
    expect([run.code, proofSchema.parse(JSON.parse(run.stdout)).outcome]).toEqual([2, 'invalid']);
  });
});

describe('the evidence', () => {
  it.concurrent('is written where `out` says, and named in the log', async () => {
    await using site = await origin();
    site.deploy(NEW);
    await using out = await folder();
    const path = join(out.path, 'deep', 'folder');
    const run = await runCli(['verify-live', '--url', site.url, '--build-id', NEW, '--out', path]);
    expect((await readdir(path)).sort()).toEqual(['junit.xml', 'proof.json', 'report.html', 'tests.tap']);
    expect((await readProof(path)).outcome).toBe('passed');
    expect(await readFile(join(path, 'junit.xml'), 'utf8')).toMatch(
      /<testsuites name="ship-proof" tests="1" failures="0" errors="0"/,
    );
    expect(eventsWith(run, 'outcome')[0]?.proof).toBe(join(path, 'proof.json'));
  });

  it.concurrent('is not written on the command line unless asked for', async () => {
    await using site = await origin();
    site.deploy(OLD);
    await using out = await folder();
    await runCli(['verify-live', '--url', site.url, '--build-id', NEW, '--max-polls', '2'], {
      cwd: out.path,
    });
    expect(await readdir(out.path)).toEqual([]);
  });

  it.concurrent('is asked for in a place that can be written, before anything is sent', async () => {
    await using site = await origin();
    const run = await runCli(['verify-live', '--url', site.url, '--build-id', NEW, '--out', '/dev/null/x']);
    expect([run.code, site.requests]).toEqual([2, []]);
    expect(run.stdout).toContain('/dev/null/x');
  });
});
