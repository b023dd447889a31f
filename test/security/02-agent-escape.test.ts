import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../e2e/run-dist.ts';
import { bareRepository } from '../ledger/fixtures.ts';
import { startServer, type Target } from '../targets/server.ts';
import { forgetRequests, type HereRun, runHere, untilSeen } from './here.ts';
import { openScene, type Scene } from './scene.ts';

// An agent gives a run every flag, variable and config that it can think of. What the policy locks, and what a hold, a kill
// flag or a cap stops, stays stopped: the effect never happens.

let scene: Scene;
let server: Target;
beforeAll(async () => {
  server = await startServer((_request, response) => void response.writeHead(200).end('build-1'));
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  scene = openScene();
  await forgetRequests(server);
});
afterEach(() => scene[Symbol.dispose]());

type Way = (argv: readonly string[], name: string, value: string) => Promise<HereRun>;

const withMore = (argv: readonly string[], ...more: string[]): string[] => {
  const end = argv.indexOf('--');
  return end < 0 ? [...argv, ...more] : [...argv.slice(0, end), ...more, ...argv.slice(end)];
};
const variable = (name: string) => `SHIP_PROOF_INPUT_${name.toUpperCase().replaceAll('-', '_')}`;

/** How an agent may give an input to a run. */
const WAYS: Readonly<Record<string, Way>> = {
  'a flag': (argv, name, value) => runHere(withMore(argv, `--${name}=${value}`), { cwd: scene.path }),
  'the environment': (argv, name, value) =>
    runHere(argv, { cwd: scene.path, env: { [variable(name)]: value } }),
  'a flag, with another config': (argv, name, value) => {
    scene.write('other.yml', 'version: 1\n');
    return runHere(withMore(argv, `--${name}=${value}`, '--config=other.yml'), { cwd: scene.path });
  },
  'a flag, with another config in the environment': (argv, name, value) => {
    scene.write('.github/other.yml', 'version: 1\n');
    return runHere(withMore(argv, `--${name}=${value}`), {
      cwd: scene.path,
      env: { SHIP_PROOF_INPUT_CONFIG: '.github/other.yml' },
    });
  },
};

const ID = '00000000-0000-4000-8000-000000000000';
const once = () => ['once', '--key=k', '--', 'sh', '-c', scene.effect];

interface Attempt {
  readonly what: string;
  /** The lines below `policy:`. */
  readonly policy: () => string;
  readonly argv: () => readonly string[];
  readonly name: string;
  readonly value: () => string;
  readonly code: string;
}

const tick = () => [
  'tick',
  '--runner=digest',
  '--estimate=0.5',
  `--run=${scene.effect}`,
  `--store=${scene.store}`,
];
const without = (name: string) => tick().filter((arg) => !arg.startsWith(`--${name}=`));
const DIGEST = 'runners: { digest: { spend-cap: 1.00 } }';
/** A whole config: the policy caps the runner, and beside it stands what it is controlled by. */
const capped = (controls = '') => `${DIGEST}\nrunners: { digest: { estimate: 0.50, ${controls} } }`;
const writes = () => [
  'idempotency-check',
  `--base-url=${server.url}`,
  '--checks=[{ name: a, write: { post: "/{{key}}" }, observe: { get: /, count: "$" } }]',
];

const ATTEMPTS: readonly Attempt[] = [
  {
    what: 'another store',
    policy: () => `store: ${scene.store}`,
    argv: once,
    name: 'store',
    value: () => `git+file:${bareRepository(`${scene.repository}.other`)}`,
    code: 'policy-locked',
  },
  {
    what: 'another namespace',
    policy: () => `store: ${scene.store}\n  namespace: production`,
    argv: once,
    name: 'namespace',
    value: () => 'production2',
    code: 'policy-locked',
  },
  {
    what: 'another ledger',
    policy: () => `store: ${scene.store}\n  ledger-id: ${ID}`,
    argv: once,
    name: 'ledger-id',
    value: () => ID.replace('4', '5'),
    code: 'policy-locked',
  },
  {
    what: 'a site of its own',
    policy: () => 'urls: [https://app.example.com/, "http://*.preview.example.com/"]',
    argv: () => ['verify-live', '--build-id=build-1', '--max-polls=1', '--confirmations=1'],
    name: 'url',
    value: () => server.url,
    code: 'policy-url',
  },
  {
    what: 'one good site and one of its own',
    policy: () => 'urls: [https://app.example.com/]',
    argv: () => ['verify-live', '--build-id=build-1', '--max-polls=1', '--confirmations=1'],
    name: 'url',
    value: () => `https://app.example.com/\n${server.url}`,
    code: 'policy-url',
  },
  {
    what: 'smoke of a site of its own',
    policy: () => 'urls: [https://app.example.com/]',
    argv: () => ['smoke', '--page=/', '--contains=build'],
    name: 'base-url',
    value: () => server.url,
    code: 'policy-url',
  },
  {
    what: 'smoke of a page of its own',
    policy: () => 'urls: [https://app.example.com/]',
    argv: () => ['smoke', '--contains=build'],
    name: 'page',
    value: () => server.url,
    code: 'policy-url',
  },
  {
    what: 'smoke of an MCP server of its own',
    policy: () => 'urls: [https://app.example.com/]',
    argv: () => ['smoke', '--tools=a'],
    name: 'mcp',
    value: () => server.url,
    code: 'policy-url',
  },
  {
    what: 'checks of a site of its own',
    policy: () => 'urls: [https://app.example.com/]',
    argv: () => ['smoke', '--base-url=https://app.example.com/', '--allow-private'],
    name: 'checks',
    value: () => `[{ name: a, get: "${server.url}" }]`,
    code: 'policy-url',
  },
  {
    what: 'a look at a site of its own',
    policy: () => 'urls: [https://app.example.com/]\n  allow-writes-to: [https://staging.example.com]',
    argv: () => [
      'idempotency-check',
      '--base-url=https://app.example.com/',
      '--allow-writes-to=https://staging.example.com',
      '--allow-private',
      '--within=1s',
    ],
    name: 'checks',
    value: () =>
      JSON.stringify([
        {
          name: 'a',
          write: { post: 'https://staging.example.com/', text: '{{key}}' },
          observe: { get: server.url, json: '$' },
        },
      ]),
    code: 'policy-url',
  },
  {
    what: 'writes to another place',
    policy: () => 'allow-writes-to: [https://staging.example.com]',
    argv: writes,
    name: 'allow-writes-to',
    value: () => server.url,
    code: 'policy-writes',
  },
  {
    what: 'commands that write',
    policy: () => 'allow-writes-to: [https://staging.example.com]',
    argv: () => ['idempotency-check', `--write=${scene.effect} {{key}}`, '--observe=echo 1'],
    name: 'allow-writes-to',
    value: () => 'commands',
    code: 'policy-writes',
  },
  {
    what: 'a waiver',
    policy: () => 'waivers: [idempotency-check]',
    argv: () => [
      'smoke',
      `--base-url=${server.url}`,
      '--checks=[{ name: a, get: / }, { name: b, get: /, expect: { status: 500 } }]',
    ],
    name: 'only',
    value: () => 'a',
    code: 'policy:waivers',
  },
  {
    what: 'a runner that nobody knows',
    policy: () => DIGEST,
    argv: () => without('runner'),
    name: 'runner',
    value: () => 'rogue',
    code: 'policy-locked',
  },
  {
    what: 'a higher cap',
    policy: () => DIGEST,
    argv: tick,
    name: 'spend-cap',
    value: () => '1.000001',
    code: 'policy-cap',
  },
  ...(
    [
      ['a reservation of next to nothing', '', 'estimate', '0.000001'],
      ['another meter', 'meter: claude', 'meter', 'report'],
      ['more time', 'max-runtime: 10s', 'max-runtime', '11s'],
      ['more time after a stop', 'grace: 1s', 'grace', '2s'],
      ['a kill file that nobody knows', 'kill-file: ./stop', 'kill-file', './elsewhere'],
      ['other slots', 'cadence: "0 * * * *"', 'cadence', '* * * * *'],
      ['more patience of the breaker', 'breaker-ticks: 2', 'breaker-ticks', '3'],
      ['more patience of the watchdog', 'watchdog-ticks: 2', 'watchdog-ticks', '3'],
      ['a clock that may be wrong by less', 'max-skew: 90s', 'max-skew', '1s'],
    ] as const
  ).map(([what, controls, name, value]) => ({
    what,
    policy: () => capped(controls),
    argv: () => without(name),
    name,
    value: () => value,
    code: 'policy-control',
  })),
];

describe('what the policy locks stays as it is', () => {
  const cells = ATTEMPTS.flatMap((attempt) => Object.keys(WAYS).map((way) => ({ ...attempt, way })));

  it.each(cells)('against $what by $way', async ({ policy, argv, name, value, code, way }) => {
    scene.write('ship-proof.yml', `version: 1\npolicy:\n  ${policy()}\n`);
    const run = await WAYS[way]?.(argv(), name, value());
    expect(run?.log).toContain(code);
    expect([run?.code, run?.proof.outcome, scene.effects()]).toEqual([4, 'refused', 0]);
    // A waived check is seen only when the rest was looked at.
    if (code !== 'policy:waivers') expect(server.requests).toEqual([]);
  });

  it.each(ATTEMPTS)('and nothing else would have stopped $what', async ({ argv, name, value, what }) => {
    const needs =
      name === 'store' ? [] : ['once'].includes(argv()[0] ?? '') ? [`--store=${scene.store}`] : [];
    // Nothing but the ledger's own id keeps the agent from another ledger.
    if (name === 'ledger-id') return;
    const rest = argv()[0] === 'tick' && name !== 'spend-cap' ? ['--spend-cap=1'] : [];
    const argvs = withMore(argv(), ...needs, ...rest, `--${name}=${value()}`);
    const reached = () => scene.effects() + server.requests.length;
    const run = await untilSeen(
      () => reached() > 0,
      (controller) => runHere(argvs, { cwd: scene.path, controller }),
    );
    expect(reached(), `${what}: ${run.log}`).toBeGreaterThan(0);
  });

  it('by a policy of its own in another config', async () => {
    scene.write('ship-proof.yml', `policy:\n  store: ${scene.store}\n`);
    scene.write('other.yml', `policy: { store: "${scene.store}.other" }\n`);
    const run = await runHere(withMore(once(), '--config=other.yml'), { cwd: scene.path });
    expect([run.code, scene.effects()]).toEqual([2, 0]);
    expect(run.log).toMatch(/config-policy.*the policy is in ship-proof.yml/);
  });

  it('by what a list of writes says for itself', async () => {
    scene.write('ship-proof.yml', 'policy: { allow-writes-to: [https://staging.example.com] }\n');
    const list = `{ allow-writes-to: ["${server.url}"], writes: [{ name: a, write: { post: "/{{key}}" }, observe: { get: /, count: "$" } }] }`;
    const run = await runHere(['idempotency-check', `--base-url=${server.url}`, `--checks=${list}`], {
      cwd: scene.path,
    });
    expect([run.code, server.requests]).toEqual([4, []]);
    expect(run.log).toContain('policy-writes');
  });

  it('also where a part of `prove` is told', async () => {
    scene.write('ship-proof.yml', 'policy: { urls: [https://app.example.com/] }\n');
    const run = await runHere(
      [
        'prove',
        `--url=${server.url}`,
        '--build-id=build-1',
        '--ledger=off',
        '--skip=smoke: x',
        '--skip=idempotency-check: x',
      ],
      { cwd: scene.path },
    );
    expect([run.code, server.requests]).toEqual([4, []]);
    expect(run.log).toMatch(/^NOT DEPLOYED /m);
  });

  it('and a waiver beyond it says NOT DEPLOYED', async () => {
    scene.write('ship-proof.yml', 'policy: { waivers: [smoke] }\n');
    const argv = ['prove', `--url=${server.url}`, '--build-id=build-1', '--ledger=off', '--within=20s'];
    const waived = (...parts: string[]) =>
      runHere([...argv, ...parts.map((part) => `--skip=${part}: none here`)], { cwd: scene.path });
    const run = await waived('smoke', 'idempotency-check');
    expect([run.code, run.proof.result.deployed]).toEqual([4, false]);
    expect(run.log).toMatch(/^NOT DEPLOYED /m);
    expect(run.log).not.toMatch(/^DEPLOYED /m);
    scene.write('ship-proof.yml', 'policy: { waivers: [smoke, idempotency-check, private-url] }\n');
    const allowed = await waived('smoke', 'idempotency-check');
    expect([allowed.log, allowed.code, allowed.proof.result.deployed]).toEqual([allowed.log, 0, true]);
  });
});

describe('what the policy allows goes on', () => {
  it('with the locked values, given or not, and with a lower cap', async () => {
    const text = `policy:\n  store: ${scene.store}\n  namespace: production\n  ${capped('max-runtime: 10s')}\n`;
    scene.write('ship-proof.yml', text);
    const plain = await runHere(once(), { cwd: scene.path });
    const said = await runHere(
      withMore(['once', '--key=k2', '--', 'sh', '-c', scene.effect], '--namespace=production'),
      {
        cwd: scene.path,
      },
    );
    const lower = await runHere(withMore(tick(), '--spend-cap=0.75', '--max-runtime=9s'), {
      cwd: scene.path,
    });
    const own = await runHere(tick(), { cwd: scene.path });
    expect([plain, said, lower, own].map(({ code, log }) => [code, code && log])).toEqual(
      Array(4).fill([0, 0]),
    );
    // The second tick met the policy's own cap: one of 1.00, of which 0.50 was charged.
    expect(scene.effects()).toBe(4);
    const third = await runHere(tick(), { cwd: scene.path });
    expect([third.proof.result['halted-by'], scene.effects()]).toEqual(['spend-cap', 4]);
  });

  it('with checks of what it names, and of paths', async () => {
    scene.write('ship-proof.yml', `policy: { urls: ["${server.url}"] }\n`);
    const list = `[{ name: a, get: / }, { name: b, get: "${server.url}/b" }, { name: c, get: "https://a.example/", skip: later }]`;
    const run = await runHere(['smoke', `--base-url=${server.url}`, `--checks=${list}`], { cwd: scene.path });
    expect([run.log, run.code, server.requests.length]).toEqual([run.log, 0, 2]);
  });

  it('in the demo, whose sites are its own', async () => {
    scene.write(
      'ship-proof.yml',
      'policy: { urls: [https://a.example/], allow-writes-to: [https://a.example] }\n',
    );
    const run = await runHere(['demo'], { cwd: scene.path });
    expect([run.log, run.code]).toEqual([run.log, 0]);
  });

  it('on a host below a wildcard', async () => {
    scene.write('ship-proof.yml', `policy: { urls: ["http://*.localhost:${server.port}/"] }\n`);
    const look = (url: string) =>
      runHere(['verify-live', `--url=${url}`, '--build-id=build-1', '--max-polls=1', '--confirmations=1'], {
        cwd: scene.path,
      });
    const below = await look(`http://pr-7.localhost:${server.port}/`);
    expect(below.log).not.toContain('policy-url');
    const beside = await look(`http://localhost:${server.port}/`);
    expect([
      beside.code,
      server.requests.filter(({ headers }) => headers.host === `localhost:${server.port}`),
    ]).toEqual([4, []]);
  });
});

it('the password of a store that is refused stands nowhere', async () => {
  scene.write('ship-proof.yml', `policy: { store: "${scene.store}" }\n`);
  const run = await runHere(withMore(once(), '--store=redis://user:hunter22-hunter22@127.0.0.1:1/0'), {
    cwd: scene.path,
  });
  expect(run.code).toBe(4);
  expect(run.log + JSON.stringify(run.proof)).not.toContain('hunter22');
});

describe('a hold, a kill flag and a cap', () => {
  const guarded = (...argv: string[]) => runHere([...argv, `--store=${scene.store}`], { cwd: scene.path });

  interface Override {
    readonly argv?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  }
  const flags = (...lists: readonly (readonly string[])[]): Override[] => lists.map((argv) => ({ argv }));
  const VARIABLES: readonly Override[] = [
    { SHIP_PROOF_KILL: '0', SHIP_PROOF_DISABLE: '1', SHIP_PROOF_FORCE: '1' },
    { CI: '', GITHUB_ACTIONS: '', FORCE: '1', NODE_OPTIONS: '' },
    { SHIP_PROOF_INPUT_FORCE: 'true', SHIP_PROOF_INPUT_CONFIRM_DESTRUCTIVE: 'true' },
  ].map((env) => ({ env }));

  /** Everything that an agent may add to a tick, and to a promotion, that was stopped. */
  const OF_TICKS: readonly Override[] = [
    ...flags(
      [],
      ['--grace=0s'],
      ['--trigger=schedule', '--cadence=* * * * *'],
      ['--label=free', '--meter=claude'],
      ['--breaker-ticks=1000', '--watchdog-ticks=1000'],
      ['--unit-value=1000'],
      ['--max-runtime=1d'],
      ['--kill-file='],
      ['--spend-cap=1000000', '--estimate=0.000001'],
      ['--confirm-destructive'],
      ['--config=/dev/null'],
      ['--timeout=1h'],
    ),
    ...VARIABLES,
  ];
  const OF_PROMOTIONS: readonly Override[] = [
    ...flags(
      [],
      ['--verify=false'],
      ['--require-proof=false'],
      ['--stale-after=1s'],
      ['--wait=0s'],
      ['--environment=staging'],
      ['--artifact-id=another'],
      ['--version=1000000'],
      ['--phases=promote'],
      ['--confirm-destructive'],
      ['--config=/dev/null'],
      ['--timeout=1h'],
    ),
    ...VARIABLES,
  ];
  const tickArgv = () => [...tick(), '--spend-cap=1'];
  const promoteArgv = () => [
    'phase',
    '--phase=promote',
    '--deploy-id=d1',
    '--version=1',
    '--allow-unknown-commit',
    '--require-proof=false',
    `--run=${scene.effect}`,
    `--store=${scene.store}`,
  ];

  /** What is given last counts; a list of one is given once. */
  const overridden = (argv: readonly string[], more: readonly string[]): string[] => {
    const names = more.map((arg) => `${arg.split('=')[0]}=`);
    return [...argv.filter((arg) => !names.some((name) => arg.startsWith(name))), ...more];
  };

  const GUARDS: readonly {
    readonly guard: string;
    /** What has to be there before. */
    readonly prepare?: () => Promise<unknown>;
    readonly set: () => Promise<unknown>;
    readonly argv: () => readonly string[];
    readonly overrides: readonly Override[];
    readonly outcomes: readonly string[];
  }[] = [
    {
      guard: 'a kill flag, a tick',
      set: () => guarded('kill', '--scope=ticks', '--reason=stop'),
      argv: tickArgv,
      overrides: OF_TICKS,
      outcomes: ['halted', 'failed'],
    },
    {
      guard: 'a hold, a promotion',
      prepare: async () => {
        for (const phase of ['build', 'publish'])
          await runHere(overridden(promoteArgv(), [`--phase=${phase}`, '--run=true']), { cwd: scene.path });
      },
      set: () => guarded('kill', '--scope=deploys', '--reason=stop'),
      argv: promoteArgv,
      overrides: OF_PROMOTIONS,
      outcomes: ['refused'],
    },
    {
      guard: 'a cap that is spent, a tick',
      set: async () => {
        scene.write('ship-proof.yml', `policy:\n  store: ${scene.store}\n  ${capped()}\n`);
        const spend = `echo '{"usd_in": 1}' >> "$SHIP_PROOF_REPORT"`;
        const first = await runHere(overridden(tickArgv(), [`--run=${spend}`]), { cwd: scene.path });
        expect([first.log, first.proof.result['usd-in']]).toEqual([first.log, '1.00']);
      },
      argv: tickArgv,
      overrides: OF_TICKS,
      outcomes: ['halted', 'failed', 'refused'],
    },
  ];

  describe.each(GUARDS)('$guard', ({ prepare, set, argv, overrides, outcomes }) => {
    it('stays stopped under each of 15 overrides', async () => {
      await prepare?.();
      await set();
      expect(overrides).toHaveLength(15);
      const ran: string[] = [];
      for (const { argv: more = [], env = {} } of overrides) {
        const { proof } = await runHere(overridden(argv(), more), { cwd: scene.path, env });
        const cell = [...more, ...Object.keys(env), proof.outcome].join(' ');
        expect([cell, scene.effects()]).toEqual([cell, 0]);
        expect(['invalid', ...outcomes], cell).toContain(proof.outcome);
        ran.push(proof.outcome);
      }
      // An override that is not understood stops nothing and proves nothing: most of them are.
      expect(ran.filter((outcome) => outcome !== 'invalid').length, ran.join()).toBeGreaterThan(11);
    });

    it('and goes on where nothing stops it', async () => {
      await prepare?.();
      const run = await runHere(argv(), { cwd: scene.path });
      expect([run.log, run.code, scene.effects()]).toEqual([run.log, 0, 1]);
    });
  });

  it('a hold needs a confirmation to go', async () => {
    await guarded('kill', '--scope=deploys', '--reason=stop');
    const rearm = await guarded('rearm', '--scope=deploys', '--reason=go');
    expect(rearm.code).toBe(4);
    const run = await runHere(promoteArgv(), { cwd: scene.path });
    expect([run.code, scene.effects()]).toEqual([4, 0]);
  });

  it('a kill flag stops the built program too, whatever its environment says', async () => {
    await guarded('kill', '--scope=all', '--reason=stop');
    const argv = [
      'tick',
      '--runner=digest',
      '--spend-cap=1',
      '--estimate=0.5',
      '--store',
      scene.store,
      '--',
      'sh',
      '-c',
      scene.effect,
    ];
    const run = await runCli(argv, {
      cwd: scene.path,
      env: { SHIP_PROOF_NOW: '0', FAKETIME: '-1d', TZ: 'Pacific/Kiritimati' },
    });
    expect([run.code, scene.effects()]).toEqual([0, 0]);
    expect(run.stdout).toContain('halted');
  });
});
