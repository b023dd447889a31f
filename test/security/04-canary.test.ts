// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runAction } from '../e2e/run-dist.ts';
import { startServer } from '../targets/server.ts';
import { filesUnder, foundIn, watchChildren } from './canary.ts';
import { runHere } from './here.ts';
import { openScene, type Scene } from './scene.ts';

// Secrets are planted wherever a run may hold some; then children write down their environment and arguments, and everything
// that came out is searched, in every form in which a value tends to leak.

let scene: Scene;
beforeEach(() => {
  scene = openScene();
});
afterEach(() => scene[Symbol.dispose]());

const PLANTED = {
  token: 'ghs_canaryTokenCanaryToken0123456789ab',
  header: 'canary header secret: "quoted" & spaced',
  key: 'canary-key-secret-of-this-repository',
  runtime: 'canary-runtime-token-0123456789',
  idToken: 'canary-id-token-request-0123456789',
  recipient: 'ann.canary@example.org',
};
const DUMP = 'env; tr "\\0" "\\n" < /proc/self/environ; tr "\\0" " " < /proc/self/cmdline; echo done';

const RUNNER = {
  ACTIONS_RUNTIME_TOKEN: PLANTED.runtime,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: PLANTED.idToken,
  SHIP_PROOF_KEY_SECRET: PLANTED.key,
  GITHUB_TOKEN: PLANTED.token,
  GH_TOKEN: PLANTED.token,
};

describe('a search for what was planted', () => {
  it.each([
    ['plain', (text: string) => text],
    ['base64', (text: string) => Buffer.from(`x${text}`).toString('base64')],
    ['base64url', (text: string) => Buffer.from(`xy${text}`).toString('base64url')],
    ['URL-encoded', encodeURIComponent],
    ['JSON', JSON.stringify],
    ['hex', (text: string) => Buffer.from(text).toString('hex')],
  ])('finds it %s', (_, encode) => {
    expect(foundIn(`… ${encode(PLANTED.header)} …`, PLANTED)).toEqual(['header']);
  });
});

describe('a child', () => {
  const childOf = async (inputs: Readonly<Record<string, string>>) => {
    const dump = join(scene.path, 'dump');
    const script = `{ ${DUMP}; } > ${dump}`;
    await using run = await runAction(
      { store: scene.store, ...inputs, run: script },
      { cwd: scene.path, token: PLANTED.token, env: RUNNER },
    );
    return { run, dump: readFileSync(dump, 'latin1') };
  };

  it('of `once` has none of them', async () => {
    const { run, dump } = await childOf({ mode: 'once', key: 'k' });
    expect([run.stdout, run.code]).toEqual([run.stdout, 0]);
    expect(dump).toContain('done');
    expect(foundIn(dump, PLANTED)).toEqual([]);
  });

  it('of `tick` has none of them', async () => {
    const { run, dump } = await childOf({ mode: 'tick', runner: 'r', 'spend-cap': '1', estimate: '0.5' });
    expect([run.stdout, run.code]).toEqual([run.stdout, 0]);
    expect(foundIn(dump, PLANTED)).toEqual([]);
  });

  it('that speaks MCP has none of them', async () => {
    const dump = join(scene.path, 'dump');
    const command = JSON.stringify(['sh', '-c', `{ ${DUMP}; } > ${dump}`]);
    const checks = `[{ name: a, command: ${command}, expect: { tools: [x] } }]`;
    await using run = await runAction(
      { mode: 'smoke', checks, within: '5s' },
      { cwd: scene.path, token: PLANTED.token, env: RUNNER },
    );
    expect(run.code).not.toBe(0);
    const text = readFileSync(dump, 'latin1');
    expect(text).toContain('done');
    expect(foundIn(text, PLANTED)).toEqual([]);
  });

  it('gets what `pass-env` names, and no more', async () => {
    const { dump } = await childOf({ mode: 'once', key: 'k', 'pass-env': 'SHIP_PROOF_KEY_SECRET' });
    expect(foundIn(dump, PLANTED)).toEqual(['key']);
  });

  it('of the same job can still read what its parent was started with: one job is one trust domain', async () => {
    // Not a promise but its limit. What must not be read by a step's command does not belong into its job.
    const dump = join(scene.path, 'dump');
    const climb = `p=$$; while [ "$p" -gt 1 ]; do cat /proc/$p/environ 2>/dev/null; p=$(awk '/^PPid/{print $2}' /proc/$p/status 2>/dev/null || echo 0); [ -n "$p" ] || p=0; done; cat /proc/[0-9]*/environ 2>/dev/null`;
    await using run = await runAction(
      {
        mode: 'idempotency-check',
        'allow-writes-to': 'commands',
        write: `{ ${climb}; } > ${dump}; true`,
        observe: 'echo 1',
        within: '5s',
      },
      { cwd: scene.path, token: PLANTED.token, env: RUNNER },
    );
    expect(run.code).not.toBe(null);
    // Where a process namespace of its own hides the parent, not even that is there.
    const seen = foundIn(readFileSync(dump, 'latin1'), PLANTED);
    expect([[], seen]).toContainEqual(seen.includes('token') ? seen : []);
  });
});

describe('every mode, with planted secrets', () => {
  it('prints, writes, passes on and sends none of them where it does not belong', async () => {
    const bodies: string[] = [];
    let count = 0;
    await using other = await startServer((_request, response) => void response.end('elsewhere'));
    await using site = await startServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      bodies.push(`${request.url} ${body}`);
      if (request.method === 'POST') count += 1;
      // A server that repeats what it is sent, and leads away.
      if (request.url === '/away') return void response.writeHead(302, { location: other.url }).end();
      response.writeHead(200, {
        'content-type': 'application/json',
        'x-echo': String(request.headers['x-secret']),
      });
      response.end(JSON.stringify({ build: 'build-1', echo: request.headers['x-secret'] ?? '', count }));
    });
    scene.write(
      'ship-proof.yml',
      `live: { url: "${site.url}/", headers: { x-secret: "\${secret:PROBE}" }, where: "json:$.build" }
smoke: { base-url: "${site.url}", checks: [{ name: a, get: /, headers: { x-secret: "\${secret:PROBE}" }, expect: { status: 201, json: { $.echo: nothing } } }, { name: b, get: /away, headers: { x-secret: "\${secret:PROBE}" } }] }
idempotency: { base-url: "${site.url}", allow-writes-to: "${site.url}", writes: [{ name: w, write: { post: "/{{key}}", headers: { x-secret: "\${secret:PROBE}" } }, observe: { get: /, json: $.count } }] }
`,
    );
    scene.write('dist/index.html', '<html><head></head></html>');
    const env = {
      ...RUNNER,
      PROBE: PLANTED.header,
      SHIP_PROOF_INPUT_TOKEN: PLANTED.token,
      SHIP_PROOF_INPUT_STORE: scene.store,
      SHIP_PROOF_INPUT_RECIPIENT: PLANTED.recipient,
    };
    const live = ['--build-id=build-1', '--within=3s', '--max-polls=1', '--confirmations=1'];
    const runner = ['--runner=r', '--spend-cap=5', '--estimate=0.1'];
    const deploy = ['--build-id=b1', '--version=1', '--require-proof=false', '--allow-unknown-commit'];
    const RUNS: readonly (readonly string[])[] = [
      ['stamp', '--dir=dist'],
      ['verify-live', ...live],
      ['smoke', '--within=3s'],
      ['idempotency-check', '--within=5s'],
      ['prove', ...live, '--ledger=required'],
      ['claim', '--action=invite'],
      ['record', '--action=invite', '--fence=1'],
      ['release', '--action=invite', '--confirm-destructive'],
      ['once', '--action=mail', '--', 'sh', '-c', 'env -u PROBE; echo "$0"'],
      ['phase', '--phase=build', ...deploy, '--run=env -u PROBE'],
      ['phase', '--phase=publish', ...deploy, '--run=env -u PROBE'],
      ['phase', '--phase=promote', ...deploy, '--run=env -u PROBE'],
      ['rollback', '--to=b1', '--confirm-destructive', '--run=env -u PROBE'],
      ['tick', ...runner, '--run=env -u PROBE'],
      ['drill', ...runner, '--control=kill-flag'],
      ['kill'],
      ['rearm', '--confirm-destructive'],
      ['incident', '--runner=r', '--title=it broke', '--trace=x'],
      ['status', '--runner=r'],
      ['retrospective', '--runner=r', '--out=retrospective'],
      ['audit', '--proof=out-prove/proof.json'],
      ['report', '--proof=out-prove/proof.json'],
    ];
    const children = watchChildren();
    const ran: [string, string, number][] = [];
    for (const [mode = '', ...args] of RUNS) {
      const out = args.some((arg) => arg.startsWith('--out')) ? [] : [`--out=out-${mode}`];
      const end = args.indexOf('--');
      const argv = end < 0 ? [...args, ...out] : [...args.slice(0, end), ...out, ...args.slice(end)];
      const run = await runHere([mode, ...argv], { cwd: scene.path, env });
      ran.push([mode, foundIn(run.log + JSON.stringify(run.proof), PLANTED).join(), run.code]);
    }
    children.stop();
    expect(ran.filter(([, found]) => found !== '')).toEqual([]);
    // A run whose input is not understood would prove nothing.
    expect(ran.filter(([, , code]) => code === 2)).toEqual([]);
    // The config names a secret, and holds none.
    expect(foundIn(filesUnder(join(scene.path, '..')), PLANTED)).toEqual([]);
    expect(children.arguments.size).toBeGreaterThan(5);
    expect(foundIn([...children.arguments].join('\n'), PLANTED)).toEqual([]);
    // PROBE and GH_TOKEN are the user's own variables; a child has them unless they hold what is known to be secret.
    const seen = foundIn([...children.environments].join('\n'), PLANTED);
    expect(seen.filter((name) => name !== 'header')).toEqual([]);
    expect(foundIn(bodies.join('\n'), PLANTED)).toEqual([]);
    expect(
      foundIn(other.requests.map(({ rawHeaders, url }) => `${url} ${rawHeaders}`).join('\n'), PLANTED),
    ).toEqual([]);
    expect(foundIn(site.requests.map(({ rawHeaders }) => rawHeaders.join('\n')).join('\n'), PLANTED)).toEqual(
      ['header'],
    );
  });
});
