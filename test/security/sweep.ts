// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { git } from '../ledger/fixtures.ts';
import { missingChrome } from '../smoke/render-checking.ts';
import { startRedis } from '../targets/redis-server.ts';
import { startServer } from '../targets/server.ts';
import { filesUnder, foundIn, type Sightings, watchChildren } from './canary.ts';
import { runHere } from './here.ts';
import { openScene } from './scene.ts';

export const PLANTED = {
  token: 'ghs_canaryTokenCanaryToken0123456789ab',
  header: 'canary header secret: "quoted" & spaced',
  key: 'key-secret-canary-of-this-repository',
  runtime: 'runtime-canary-token-9876543210',
  idToken: 'id-canary-token-request-567890',
  recipient: 'ann.canary@example.org',
  redis: 'redis-canary-password-0246813579',
};

/** What a runner, and a workflow that is generous, leave in the environment of a step. */
export const RUNNER = {
  ACTIONS_RUNTIME_TOKEN: PLANTED.runtime,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: PLANTED.idToken,
  SHIP_PROOF_KEY_SECRET: PLANTED.key,
  GITHUB_TOKEN: PLANTED.token,
  GH_TOKEN: PLANTED.token,
};

export interface SweptLedger extends AsyncDisposable {
  readonly engine: 'git' | 'redis';
  readonly store: string;
  /** All that a reader of the store finds, each byte a character. */
  everything(): Promise<string>;
}

export async function gitLedger(): Promise<SweptLedger> {
  const scene = openScene();
  const inStore = { cwd: scene.repository };
  return {
    engine: 'git',
    store: scene.store,
    everything: async () => {
      const ids = git(['cat-file', '--batch-all-objects', '--batch-check=%(objectname)'], inStore);
      const options = { ...inStore, input: `${ids}\n`, encoding: 'latin1' } as const;
      return execFileSync('git', ['cat-file', '--batch'], options) + filesUnder(scene.repository);
    },
    [Symbol.asyncDispose]: async () => scene[Symbol.dispose](),
  };
}

/** A Redis that asks for a password. */
export async function redisLedger(): Promise<SweptLedger> {
  const redis = await startRedis(['--maxmemory-policy', 'noeviction']);
  // Said to the server itself, so that no argument list of the test's own holds it.
  const socket = connect(redis.port, '127.0.0.1');
  socket.end(`CONFIG SET requirepass ${PLANTED.redis}\r\n`);
  if (!(await text(socket)).startsWith('+OK')) throw new Error('the password was not set');
  const env = { PATH: process.env.PATH ?? '', REDISCLI_AUTH: PLANTED.redis };
  const cli = (...args: string[]) =>
    execFileSync('redis-cli', ['-p', String(redis.port), ...args], { encoding: 'latin1', env });
  const READERS = [['hgetall'], ['xrange', '-', '+'], ['zrange', '0', '-1'], ['smembers'], ['get']] as const;
  return {
    engine: 'redis',
    store: `redis://:${PLANTED.redis}@127.0.0.1:${redis.port}/0`,
    everything: async () =>
      cli('--scan')
        .split('\n')
        .filter(Boolean)
        .flatMap((key) => [key, ...READERS.map(([command, ...range]) => cli(command, key, ...range))])
        .join('\n'),
    [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
  };
}

export interface Swept {
  /** Which of the planted texts each mode printed or proved. */
  readonly ran: readonly {
    readonly mode: string;
    readonly found: readonly string[];
    readonly code: number;
  }[];
  readonly files: string;
  readonly children: Sightings;
  readonly rendered: boolean;
  /** What the site was sent: addresses and bodies, and the header fields. */
  readonly bodies: string;
  readonly heads: string;
  /** What another site was sent, to which the first one leads. */
  readonly elsewhere: string;
}

type Runs = readonly (readonly string[])[];

/** Runs every mode with a secret wherever it may hold one. */
export async function sweep({ store, engine }: SweptLedger): Promise<Swept> {
  using scene = openScene();
  const bodies: string[] = [];
  let count = 0;
  await using other = await startServer((_request, response) => void response.end('elsewhere'));
  await using site = await startServer(async (request, response) => {
    bodies.push(`${request.url} ${await text(request)}`);
    if (request.method === 'POST') count += 1;
    // A server that repeats what it is sent, and leads away.
    if (request.url === '/away') return void response.writeHead(302, { location: other.url }).end();
    const echo = String(request.headers['x-secret']);
    response.writeHead(200, { 'content-type': 'application/json', 'x-echo': echo });
    response.end(JSON.stringify({ build: 'build-1', echo, count }));
  });
  // A browser knows nothing of ledgers: it is looked at once.
  const rendered = engine === 'git' && missingChrome() === undefined;
  const secret = 'headers: { x-secret: "${secret:PROBE}" }';
  const page = rendered ? `, { name: c, render: true, get: /, ${secret}, expect: { contains: never } }` : '';
  scene.write(
    'ship-proof.yml',
    `live: { url: "${site.url}/", ${secret}, where: "json:$.build" }
smoke: { base-url: "${site.url}", checks: [{ name: a, get: /, ${secret}, expect: { status: 201, json: { $.echo: nothing } } }, { name: b, get: /away, ${secret} }${page}] }
idempotency: { base-url: "${site.url}", allow-writes-to: "${site.url}", writes: [{ name: w, write: { post: "/{{key}}", ${secret} }, observe: { get: /, json: $.count } }] }
`,
  );
  scene.write('dist/index.html', '<html><head></head></html>');
  const env = {
    ...RUNNER,
    PROBE: PLANTED.header,
    SHIP_PROOF_INPUT_TOKEN: PLANTED.token,
    SHIP_PROOF_INPUT_STORE: store,
    SHIP_PROOF_INPUT_RECIPIENT: PLANTED.recipient,
  };
  const live = ['--build-id=build-1', '--within=3s', '--max-polls=1', '--confirmations=1'];
  const runner = ['--runner=r', '--spend-cap=5', '--estimate=0.1'];
  const deploy = ['--build-id=b1', '--version=1', '--require-proof=false', '--allow-unknown-commit'];
  const promoted = ['build', 'publish', 'promote'].map((phase) => [
    ...['phase', `--phase=${phase}`, ...deploy, '--run=env -u PROBE'],
  ]);
  /** What is done in its order; the lists go side by side, since most of them wait for something of their own. */
  const FIRST: Runs = [
    ['claim', '--action=invite'],
    ['record', '--action=invite', '--fence=1'],
    ['release', '--action=invite', '--confirm-destructive'],
  ];
  const THEN: readonly Runs[] = [
    [['demo']],
    [
      ['stamp', '--dir=dist'],
      ['verify-live', ...live],
      ['smoke', '--within=15s'],
    ],
    [['idempotency-check', '--within=5s']],
    [
      ['prove', ...live, '--ledger=required'],
      ['audit', '--proof=out-prove/proof.json'],
      ['report', '--proof=out-prove/proof.json'],
    ],
    [
      ['once', '--action=mail', '--', 'sh', '-c', 'env -u PROBE; echo "$0"'],
      ...promoted,
      ['rollback', '--to=b1', '--confirm-destructive', '--run=env -u PROBE'],
      ['tick', ...runner, '--run=env -u PROBE'],
      ['drill', ...runner, '--control=kill-flag'],
      ['kill'],
      ['rearm', '--confirm-destructive'],
      ['incident', '--runner=r', '--title=it broke', '--trace=x'],
      ['status', '--runner=r'],
      ['retrospective', '--runner=r', '--out=retrospective'],
    ],
  ];
  const ran: { mode: string; found: string[]; code: number }[] = [];
  const one = async ([mode = '', ...args]: readonly string[]): Promise<void> => {
    const out = args.some((arg) => arg.startsWith('--out')) ? [] : [`--out=out-${mode}`];
    const end = args.indexOf('--');
    const argv = end < 0 ? [...args, ...out] : [...args.slice(0, end), ...out, ...args.slice(end)];
    const { log, proof, code } = await runHere([mode, ...argv], { cwd: scene.path, env });
    ran.push({ mode, found: foundIn(log + JSON.stringify(proof), PLANTED), code });
  };
  const all = async (runs: Runs): Promise<void> => {
    for (const run of runs) await one(run);
  };
  const children = watchChildren();
  await all(FIRST);
  await Promise.all(THEN.map(all));
  children.stop();
  return {
    ran,
    files: filesUnder(join(scene.path, '..')),
    children,
    rendered,
    bodies: bodies.join('\n'),
    heads: site.requests.map(({ rawHeaders }) => rawHeaders.join('\n')).join('\n'),
    elsewhere: other.requests.map(({ rawHeaders, url }) => `${url} ${rawHeaders}`).join('\n'),
  };
}
