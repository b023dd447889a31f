import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAction, runCli } from '../e2e/run-dist.ts';
import { certificateAuthority } from '../targets/certificates.ts';
import { requireOrSkip } from '../targets/requirements.ts';
import { type SmokeApp, smokeApp } from '../targets/smoke-app.ts';
import { hostileBodies } from '../targets/smoke-hostile.ts';

let app: SmokeApp;
let cwd: string;
beforeAll(async () => {
  app = await smokeApp();
  cwd = await mkdtemp(join(tmpdir(), 'ship-proof-smoke-'));
  await writeFile(join(cwd, 'ship-proof.yml'), CONFIG.replaceAll('BASE', app.url));
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await rm(cwd, { recursive: true });
});

const CONFIG = `version: 1
smoke:
  base-url: BASE
  checks:
    - name: home
      get: /
      expect: { contains: Welcome, html: { h1: Welcome back } }
    - name: sign-in
      steps:
        - post: /api/session
          json: { user: "\${secret:PROBE_USER}" }
          expect: { status: 201, json-schema: { required: [token] } }
          capture: { token: { json: $.token } }
        - get: /api/me
          headers: { authorization: "Bearer {{token}}" }
          expect: { json: { $.name: "\${secret:PROBE_USER}" }, matches: "by" }
    - name: api
      get: /api/items
      expect:
        json:
          $.total: 2
`;
const env = { PROBE_USER: 'probe-hunter-22' };

describe('smoke, as it is installed', () => {
  it('passes on the command line, from the config', async () => {
    const run = await runCli(['smoke', '--build-id', 'build-1-abc'], { cwd, env });
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expect(run.events.at(-1)).toMatchObject({ fields: { outcome: 'passed', exit: '0' } });
    expect(run.stdout).not.toContain('hunter');
  });

  it('passes in the action, with its outputs', async () => {
    await using run = await runAction({ mode: 'smoke' }, { cwd, env });
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expect(run.outputs).toMatchObject({ passed: '3', failed: '0', 'proof-outcome': 'passed' });
  });

  it('points its annotations at the lines that failed', async () => {
    const config = (await readFile(join(cwd, 'ship-proof.yml'), 'utf8')).replace(
      '$.total: 2',
      '$.total: 3\n          $.page: { count: 5 }',
    );
    await writeFile(join(cwd, 'wrong.yml'), config);
    await using run = await runAction({ mode: 'smoke', config: 'wrong.yml' }, { cwd, env });
    expect(run.code).toBe(1);
    expect(run.outputs).toMatchObject({ passed: '2', failed: '1', 'proof-outcome': 'failed' });
    const line = (text: string) =>
      String(config.split('\n').findIndex((candidate) => candidate.includes(text)) + 1);
    expect(run.annotations.map(({ properties }) => [properties.file, properties.line])).toEqual([
      ['wrong.yml', line('$.total')],
      ['wrong.yml', line('$.page')],
    ]);
  });

  it('finds another build than the one to prove', async () => {
    const run = await runCli(['smoke', '--build-id', 'build-2-abc', '--only', 'home'], { cwd, env });
    expect(run.code).toBe(1);
    expect(run.stdout).toContain('build build-1-abc');
  });

  it('takes checks from a file and inline, by shortcut and from the environment', async () => {
    await writeFile(
      join(cwd, 'list.yml'),
      '- name: only this\n  get: /text\n  expect: { contains: prove }\n',
    );
    const other = { cwd: tmpdir(), env: { SHIP_PROOF_INPUT_BASE_URL: app.url } };
    expect((await runCli(['smoke', '--checks', join(cwd, 'list.yml')], other)).code).toBe(0);
    expect(
      (await runCli(['smoke', '--checks', '[{ name: a, get: /text, expect: { sha256: x } }]'], other)).code,
    ).toBe(1);
    expect((await runCli(['smoke', '--page', '/', '--contains', 'Welcome'], other)).code).toBe(0);
    expect((await runCli(['smoke', '--page', '/error-with-200', '--contains', 'Welcome'], other)).code).toBe(
      1,
    );
    expect((await runCli(['smoke'], other)).code).toBe(2);
  });

  it('refuses a list with mistakes before anything is sent, each with its line', async () => {
    const before = app.requests.length;
    await writeFile(
      join(cwd, 'bad.yml'),
      '- name: a\n  gett: /\n- name: b\n  get: /\n  expect:\n    statis: 200\n',
    );
    const run = await runCli(['smoke', '--base-url', app.url, '--checks', 'bad.yml', '--json'], { cwd, env });
    expect(run.code).toBe(2);
    const { checks } = JSON.parse(run.stdout);
    expect(checks.map(({ at }: { at: unknown }) => at)).toEqual([
      { file: 'bad.yml', line: 1 },
      { file: 'bad.yml', line: 2 },
      { file: 'bad.yml', line: 6 },
    ]);
    expect(app.requests.length).toBe(before);
  });

  it('says the same in junit.xml, attempts included', async () => {
    const out = join(cwd, 'out');
    await runCli(
      [
        'smoke',
        '--base-url',
        app.url,
        '--checks',
        '[{ name: a, get: /nowhere, retry: { for: 1s, every: 300ms } }]',
        '--out',
        out,
      ],
      { cwd, env },
    );
    const junit = await readFile(join(out, 'junit.xml'), 'utf8');
    expect(junit).toContain('<failure message="status 404">');
    expect(junit.match(/GET http/g)?.length).toBeGreaterThan(1);
  });

  it('is not stopped by a pattern that explodes: other checks go on, and it ends in time', async () => {
    await using hostile = await hostileBodies();
    const checks =
      '[{ name: bad, get: /redos, expect: { matches: "^(a+)+$" } }, { name: good, get: /, expect: { matches: hostile$ } }]';
    const run = await runCli(['smoke', '--base-url', hostile.url, '--checks', checks], { cwd, env });
    expect(run.code).toBe(1);
    expect(run.ms).toBeLessThan(10_000);
    expect(run.stdout).toMatch(/check=good attempt=1 status=pass/);
  });

  it('takes no list out of a text of a contributor’s config', async () => {
    const list = `- name: a\n        get: ${app.url}/echo\n        headers: { x: "\${secret:PROBE_USER}" }\n`;
    await writeFile(join(cwd, 'text.yml'), `smoke:\n  checks: |\n      ${list}`);
    const before = app.requests.length;
    await using run = await runAction(
      { mode: 'smoke', config: 'text.yml' },
      { cwd, env, eventName: 'pull_request' },
    );
    expect(run.code).toBe(2);
    expect(app.requests.length).toBe(before);
  });

  it('reads no variable of a contributor’s config', async () => {
    await using run = await runAction({ mode: 'smoke' }, { cwd, env, eventName: 'pull_request' });
    expect(run.code).toBe(2);
    expect(run.stdout).toContain('config-untrusted');
  });
});

describe('smoke over TLS', () => {
  it('reads how long the certificate is valid', async (test) => {
    const missing = requireOrSkip(['openssl']);
    if (missing) test.skip(missing);
    await using authority = await certificateAuthority();
    await using secure = await smokeApp({
      tls: await authority.issue(['localhost', '127.0.0.1']),
      name: 'localhost',
    });
    const run = (days: number) =>
      runCli(
        [
          'smoke',
          '--base-url',
          secure.url,
          '--checks',
          `[{ name: a, get: /, expect: { tls-days: ${days} } }]`,
        ],
        {
          cwd,
          env: { NODE_EXTRA_CA_CERTS: authority.caFile },
        },
      );
    expect((await run(1)).code).toBe(0);
    const short = await run(30);
    expect(short.code).toBe(1);
    expect(short.stdout).toContain('it is valid for 1 days more');
    const untrusted = await runCli(['smoke', '--page', `${secure.url}/`]);
    expect(untrusted.code).toBe(3);
  });
});
