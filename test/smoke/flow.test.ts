import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeClock } from '../ledger/fixtures.ts';
import { hangingServer, retryAfter503 } from '../targets/faults.ts';
import { closedPort } from '../targets/ports.ts';
import { startServer } from '../targets/server.ts';
import { type SmokeApp, smokeApp } from '../targets/smoke-app.ts';
import { smoke } from './run.ts';

let app: SmokeApp;
beforeEach(async () => {
  app = await smokeApp();
});
afterEach(() => app[Symbol.asyncDispose]());

const run = (checks: unknown, more: Record<string, unknown> = {}, options = {}) =>
  smoke(
    { 'base-url': app.url, checks: typeof checks === 'string' ? checks : JSON.stringify(checks), ...more },
    options,
  );

const SIGN_IN = {
  name: 'sign-in',
  steps: [
    {
      post: '/api/session',
      json: { user: 'probe' },
      expect: { status: 201, cookie: { sid: { 'http-only': true } } },
      capture: { token: { json: '$.token' }, next: { header: 'location' } },
    },
    {
      get: '{{next}}',
      headers: { authorization: 'Bearer {{token}}' },
      expect: { json: { '$.name': 'probe', '$.by': 'Bearer {{token}}' } },
    },
  ],
};

describe('a flow', () => {
  it('keeps cookies and captures from step to step', async () => {
    const { proof } = await run([SIGN_IN]);
    expect(proof.outcome).toBe('passed');
    expect(proof.checks[0]).toMatchObject({
      id: 'smoke:sign-in',
      status: 'pass',
      observed: '5 expectations hold',
    });
    expect(proof.result).toEqual({ passed: 1, failed: 0 });
  });

  it('masks what it captured and what was set as a cookie', async () => {
    const { proof } = await run([
      {
        ...SIGN_IN,
        steps: [
          SIGN_IN.steps[0],
          {
            get: '/echo',
            headers: { x: 'Bearer {{token}}' },
            expect: { json: { '$.headers.x': 'other', '$.headers.cookie': 'other' } },
          },
        ],
      },
    ]);
    const text = JSON.stringify(proof);
    expect(proof.outcome).toBe('failed');
    expect(text).toContain('***');
    expect(text).not.toContain('token-probe-1234');
    expect(text).not.toContain('session-of-probe');
  });

  it('shares nothing with another flow', async () => {
    const { red } = await run([SIGN_IN, { name: 'stranger', get: '/api/me' }], { parallel: '1' });
    expect(Object.keys(red)).toEqual(['smoke:stranger']);
    expect(red['smoke:stranger']).toMatchObject({ expected: '2xx', observed: 'status 401' });
  });

  it('ends at the first step that is not right, and says all that is wrong with it', async () => {
    const checks = `
- name: shop
  steps:
    - get: /
    - get: /api/items
      expect:
        status: 404
        json:
          $.total: 3
          $.items: { count: 2 }
        contains: nothing
    - get: /never
`;
    const { red } = await run(checks);
    expect(Object.keys(red)).toEqual(['smoke:shop', 'smoke:shop:2', 'smoke:shop:3']);
    expect(red['smoke:shop']).toMatchObject({
      title: 'shop: step 2, GET /api/items, status',
      observed: 'status 200',
    });
    expect(red['smoke:shop:2']).toMatchObject({
      title: 'shop: step 2, GET /api/items, json $.total',
      expected: '3',
      observed: '2',
    });
    expect(app.requests.map(({ url }) => url)).toEqual(['/', '/api/items']);
  });

  it('sends every kind of body', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'ship-proof-body-'));
    await writeFile(join(cwd, 'body.bin'), 'from a file');
    const steps = [
      { post: '/echo', json: { a: ['{{build-id}}', 1, null], b: { c: true } } },
      { put: '/echo', form: { 'a b': 'c&d', n: 1, yes: true } },
      { patch: '/echo', text: 'plain {{build-id}}' },
      { post: '/echo', file: 'body.bin', headers: { 'content-type': 'image/png' } },
      { delete: '/echo' },
    ];
    const { proof } = await run([{ name: 'bodies', steps }], { 'build-id': 'b-1' }, { cwd });
    await rm(cwd, { recursive: true });
    expect(proof.outcome).toBe('passed');
    expect(app.bodies).toEqual([
      { method: 'POST', url: '/echo', type: 'application/json', body: '{"a":["b-1",1,null],"b":{"c":true}}' },
      {
        method: 'PUT',
        url: '/echo',
        type: 'application/x-www-form-urlencoded',
        body: 'a+b=c%26d&n=1&yes=true',
      },
      { method: 'PATCH', url: '/echo', type: 'text/plain; charset=utf-8', body: 'plain b-1' },
      { method: 'POST', url: '/echo', type: 'image/png', body: 'from a file' },
    ]);
    expect(app.requests.at(-1)?.method).toBe('DELETE');
  });

  it('takes captures from wherever they stand, as what they are', async () => {
    const steps = [
      {
        get: '/',
        capture: {
          title: { html: 'title' },
          href: { html: 'a.next', attribute: 'href', secret: false },
          second: { regex: 'item">(T\\w+)' },
          cookie: { cookie: 'seen' },
          by: { header: 'x-powered-by' },
        },
      },
      { get: '/api/items', capture: { item: { json: '$.items[1]' }, ids: { json: '$.items[*].id' } } },
      {
        post: '/echo',
        headers: { 'x-all': '{{title}} {{second}} {{cookie}} {{by}}' },
        json: { item: '{{item}}', ids: '{{ids}}', text: 'ids: {{ids}}', href: '{{href}}' },
        expect: { json: { '$.headers["x-all"]': 'Shop Two yes-it-is shop' } },
      },
    ];
    const { proof } = await run([{ name: 'captures', steps }]);
    expect(proof.outcome, JSON.stringify(proof.checks, null, 1)).toBe('passed');
    expect(JSON.parse(app.bodies[0]?.body ?? '')).toMatchObject({
      item: { id: 2, price: 20 },
      ids: [1, 2],
      text: 'ids: [1,2]',
      href: '/items/2',
    });
  });

  it.for([
    ['json', { json: '$.nothing' }],
    ['header', { header: 'x-nothing' }],
    ['cookie', { cookie: 'nothing' }],
    ['regex', { regex: 'nothing' }],
    ['html', { html: 'h6' }],
    ['attribute', { html: 'h1', attribute: 'href' }],
  ] as const)('fails where a capture by %s finds nothing', async ([, from]) => {
    const { red } = await run([
      {
        name: 'a',
        steps: [{ get: 'json' in from ? '/api/items' : '/', capture: { x: from } }, { get: '/{{x}}' }],
      },
    ]);
    expect(red['smoke:a']).toMatchObject({ status: 'fail', title: expect.stringContaining('capture x') });
    expect(app.requests).toHaveLength(1);
  });

  it('shows a redirect where it is not to be followed', async () => {
    const { proof } = await run([
      { name: 'shown', get: '/moved', follow: false, expect: { status: 302, header: { location: '/done' } } },
      {
        name: 'followed',
        post: '/form',
        text: 'x',
        expect: { 'final-url': '/done', cookie: { flash: 'saved-it' }, contains: 'Done' },
      },
    ]);
    expect(proof.outcome).toBe('passed');
    expect(proof.checks[1]?.attempts?.[0]?.observed).toMatchObject({ redirects: [`${app.url}/done`] });
    expect(app.requests.at(-1)).toMatchObject({ method: 'GET', headers: { cookie: 'flash=saved-it' } });
    expect(app.requests.at(-1)?.headers['content-type']).toBeUndefined();
  });

  it('finds the error page behind a 200', async () => {
    const { red } = await run([
      {
        name: 'error',
        get: '/error-with-200',
        expect: { status: 200, not: { contains: 'Application error' } },
      },
    ]);
    expect(Object.keys(red)).toEqual(['smoke:error']);
  });
});

describe('retry', () => {
  it('tries again until it passes, and keeps every attempt', async () => {
    await using flaky = await retryAfter503('build-1-abc', { times: 2, form: 'none' });
    const { proof } = await run([{ name: 'a', get: `${flaky.url}/`, retry: { for: '10s', every: '10ms' } }], {
      'allow-private': true,
    });
    expect(proof.outcome).toBe('passed');
    expect(proof.checks[0]?.attempts?.map(({ status }) => status)).toEqual(['fail', 'fail', 'pass']);
    expect(proof.checks[0]?.observed).toBe('1 expectation holds, at attempt 3');
  });

  it('gives up when its time is up', async () => {
    const clock = fakeClock(0);
    const checks = [{ name: 'a', get: '/nowhere', retry: { for: '100ms', every: '30ms' } }];
    const { red } = await run(checks, {}, { clock });
    expect(red['smoke:a']).toMatchObject({ status: 'fail', observed: 'status 404' });
    expect(red['smoke:a']?.attempts).toHaveLength(4);
    expect(clock.slept).toEqual([30, 30, 30]);
  });

  it('repeats what is not safe only when told', async () => {
    const checks = [{ name: 'a', post: '/nowhere', retry: { for: '50ms', every: '20ms' } }];
    await expect(run(checks)).rejects.toMatchObject({ code: 'checks-invalid' });
    expect(app.requests).toHaveLength(0);
    const unsafe = [{ ...checks[0], retry: { for: '50ms', every: '20ms', unsafe: true } }];
    await run(unsafe, {}, { clock: fakeClock(0) });
    expect(app.requests).toHaveLength(3);
  });
});

describe('build pinning', () => {
  it('wants the build in every answer that carries a stamp', async () => {
    const checks = [
      { name: 'home', get: '/' },
      { name: 'api', get: '/api/items' },
    ];
    expect((await run(checks, { 'build-id': 'build-1-abc' })).proof.outcome).toBe('passed');
    const { red } = await run(checks, { 'build-id': 'build-1-abcd' });
    expect(Object.keys(red)).toEqual(['smoke:home']);
    expect(red['smoke:home']).toMatchObject({
      expected: 'build build-1-abcd',
      observed: 'build build-1-abc',
    });
  });

  it('fails a flow that crosses builds, and names the step', async () => {
    let answers = 0;
    await using crossing = await startServer((_, response) => {
      answers += 1;
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(`<head><meta name="x-build-id" content="build-${answers > 2 ? 2 : 1}">`);
    });
    const steps = [{ get: '/' }, { get: '/a' }, { get: '/b' }, { get: '/c' }];
    const { red } = await smoke({
      'base-url': crossing.url,
      checks: JSON.stringify([{ name: 'walk', steps }]),
    });
    expect(red['smoke:walk']).toMatchObject({
      title: 'walk: step 3, GET /b, build',
      expected: 'build build-1, as in step 1',
      observed: 'build build-2',
      detail: expect.stringContaining('crossed builds'),
    });
    expect(answers).toBe(3);
  });
});

describe('a run', () => {
  it('cannot check what does not answer', async () => {
    const { url } = await closedPort();
    const { proof, red } = await smoke({ 'base-url': url, checks: '[{ name: a, get: / }]' });
    expect(proof.outcome).toBe('inconclusive');
    expect(red['smoke:a']).toMatchObject({
      status: 'untestable',
      observed: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('proves nothing where nothing is made', async () => {
    const { proof } = await run([{ name: 'a', get: '/', skip: 'not yet' }]);
    expect(proof.outcome).toBe('inconclusive');
    expect(proof.overrides).toEqual(['skip: a: not yet']);
    expect(app.requests).toHaveLength(0);
  });

  it('ends at its deadline, and says which checks were not made', async () => {
    await using hanging = await hangingServer();
    const checks = [
      { name: 'hangs', get: `${hanging.url}/` },
      { name: 'home', get: '/' },
      { name: 'later', get: `${hanging.url}/` },
      { name: 'last', get: '/' },
    ];
    // The deadline comes when both ways hang, however long that takes here.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      const running = run(checks, { within: '400ms', parallel: '2', 'allow-private': true });
      while (hanging.connections() < 2) await new Promise(setImmediate);
      vi.advanceTimersByTime(400);
      const { proof, red } = await running;
      expect(proof.outcome).toBe('inconclusive');
      expect(Object.keys(red)).toEqual(['smoke:hangs', 'smoke:later', 'smoke:last']);
      for (const check of Object.values(red))
        expect(check).toMatchObject({
          status: 'untestable',
          observed: expect.stringContaining('`within`'),
        });
    } finally {
      vi.useRealTimers();
    }
  });

  it('takes an answer that is missing after max-time for a wrong one', async () => {
    await using hanging = await hangingServer();
    const expectation = { 'max-time': '100ms' };
    const { red } = await smoke({
      'base-url': hanging.url,
      checks: JSON.stringify([
        { name: 'slow', get: '/', timeout: '200ms', expect: expectation },
        { name: 'silent', get: '/', timeout: '200ms' },
      ]),
    });
    expect(red['smoke:slow']).toMatchObject({ status: 'fail', expected: 'at most 100 ms' });
    expect(red['smoke:silent']).toMatchObject({ status: 'untestable' });
  });

  it('makes only what `only` names, and says so in the proof', async () => {
    const checks = [
      { name: 'a', get: '/' },
      { name: 'b', get: '/nowhere' },
    ];
    const { proof } = await run(checks, { only: 'a' });
    expect(proof.outcome).toBe('passed');
    expect(proof.overrides).toEqual(['only: a (1 not made)']);
    await expect(run(checks, { only: 'c' })).rejects.toMatchObject({ code: 'input-invalid' });
  });

  it('runs as many at once as it may, and keeps their order', async () => {
    let [open, most] = [0, 0];
    await using counting = await startServer(async (_, response) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setTimeout(resolve, 30));
      open -= 1;
      response.end('x');
    });
    const checks = Array.from({ length: 12 }, (_, index) => ({ name: `n${index}`, get: '/' }));
    const { proof } = await smoke({
      'base-url': counting.url,
      checks: JSON.stringify(checks),
      parallel: '3',
    });
    expect(most).toBe(3);
    expect(proof.checks.map(({ id }) => id)).toEqual(checks.map(({ name }) => `smoke:${name}`));
  });

  it('reads a list from a file, with its lines', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'ship-proof-list-'));
    await writeFile(
      join(cwd, 'checks.yml'),
      'checks:\n  - name: a\n    get: /\n    expect:\n      contains: nothing\n',
    );
    const { red } = await smoke({ 'base-url': app.url, checks: 'checks.yml' }, { cwd });
    await rm(cwd, { recursive: true });
    expect(red['smoke:a']?.at).toEqual({ file: 'checks.yml', line: 5 });
  });

  it('has shortcuts', async () => {
    expect((await smoke({ page: `${app.url}/`, contains: 'Welcome' })).proof.outcome).toBe('passed');
    expect(
      (await smoke({ page: `${app.url}/`, contains: ['Welcome', `\${nothing}`] })).red['smoke:page'],
    ).toMatchObject({ expected: `contains "\${nothing}"` });
    await expect(smoke({ contains: 'x' })).rejects.toMatchObject({ code: 'input-missing' });
    await expect(smoke({})).rejects.toMatchObject({ code: 'input-missing' });
  });
});
