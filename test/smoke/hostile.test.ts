import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttp, type Http } from '../../src/ports/http.ts';
import { badContentLength, bomb, encodingChain, endlessBody } from '../targets/bodies.ts';
import { resettingServer } from '../targets/faults.ts';
import { redirectLoop } from '../targets/redirects.ts';
import { startServer, type Target } from '../targets/server.ts';
import { hostileBodies, redirector } from '../targets/smoke-hostile.ts';
import { type SmokeRun, smoke } from './run.ts';

const run = (
  url: string,
  checks: unknown,
  more: Record<string, unknown> = {},
  options = {},
): Promise<SmokeRun> => smoke({ 'base-url': url, checks: JSON.stringify(checks), ...more }, options);

describe('a hostile body', () => {
  let server: Target;
  beforeEach(async () => {
    server = await hostileBodies();
  });
  afterEach(() => server[Symbol.asyncDispose]());

  it.for([
    [
      'a regular expression that explodes',
      'redos',
      { matches: '^(a+)+$' },
      /the pattern .* ended after 2000 ms/,
    ],
    [
      'one inside an operator',
      'redos-in-json',
      { json: { '$.name': { matches: '^(a+)+$' } } },
      /ended after 2000 ms/,
    ],
    ['one that is negated', 'redos', { not: { matches: '^(a+)+$' } }, /ended after 2000 ms/],
    [
      'one inside a schema',
      'redos-in-json',
      { 'json-schema': { properties: { name: { pattern: '^(a+)+$' } } } },
      /ended after 2000 ms/,
    ],
    [
      'one inside a JSONPath',
      'redos-in-json',
      { json: { "$[?search(@, '(a+)+$')]": { count: 0 } } },
      /ended after 2000 ms|0 entries/,
    ],
    [
      'a schema that turns in circles',
      'redos-in-json',
      { 'json-schema': { $ref: '#' } },
      /can't be used|ended/,
    ],
    ['JSON of 80 levels', 'deep-json', { json: { $: { exists: true } } }, /nests deeper than 64/],
    ['JSON of two million levels', 'deepest-json', { json: { $: { exists: true } } }, /nests deeper than 64/],
    [
      'half of a JSON, negated',
      'half-json',
      { not: { json: { '$.error': { exists: true } } } },
      /is no JSON/,
    ],
    [
      'HTML that grows by its square',
      'quadratic-html',
      { html: { h1: { exists: true } } },
      /ended|0 elements|nothing there/,
    ],
  ] as const)('%s: fails at its line, in time', async ([, path, expected, observed]) => {
    const started = performance.now();
    const { red, proof } = await run(server.url, [
      { name: 'sound', get: '/', expect: { contains: 'nothing hostile' } },
      { name: 'hostile', get: `/${path}`, expect: expected },
    ]);
    expect(performance.now() - started).toBeLessThan(8_000);
    expect(proof.outcome).toBe('failed');
    expect(Object.keys(red)).toEqual(['smoke:hostile']);
    expect(red['smoke:hostile']).toMatchObject({ status: 'fail', observed: expect.stringMatching(observed) });
  });

  it('goes on with other checks after it ended the thread', async () => {
    const checks = ['a', 'b', 'c'].flatMap((name) => [
      { name: `${name} explodes`, get: '/redos', expect: { matches: '^(a+)+$' } },
      { name: `${name} is sound`, get: '/', expect: { matches: 'hostile$' } },
    ]);
    const { red } = await run(server.url, checks);
    expect(Object.keys(red)).toEqual(['smoke:a explodes', 'smoke:b explodes', 'smoke:c explodes']);
  });

  it('is shown as text and never as a command', async () => {
    const { red } = await run(server.url, [{ name: 'a', get: '/commands', expect: { html: { h1: 'x' } } }]);
    const observed = red['smoke:a']?.observed ?? '';
    expect(observed).toContain('owned');
    expect(observed).not.toMatch(/##\[|\u001b|\u2028/);
  });
});

describe('a body that can not be read', () => {
  it.for([
    [
      'gzip bomb',
      () => bomb({ encoding: 'gzip', unpackedBytes: 64 * 1024 * 1024 }),
      /more than 100 times|larger than/,
    ],
    ['brotli bomb', () => bomb({ encoding: 'br' }), /more than 100 times|larger than/],
    ['chain of encodings', () => encodingChain('b-1'), /codings, more than 2/],
    ['endless body', () => endlessBody(), /larger than/],
  ] as const)('%s: is a wrong answer', async ([, start, observed]) => {
    await using server = await start();
    const { red, proof } = await run(server.url, [
      { name: 'a', get: '/' },
      { name: 'b', get: '/', expect: { not: { contains: 'x' }, 'max-bytes': '1MB' } },
    ]);
    expect(proof.outcome).toBe('failed');
    expect(red['smoke:a']).toMatchObject({ status: 'fail', observed: expect.stringMatching(observed) });
    expect(red['smoke:b']).toMatchObject({ status: 'fail', observed: expect.stringMatching(observed) });
  });

  it('one that breaks off is no answer', async () => {
    await using half = await badContentLength('b-1', 'more');
    await using reset = await resettingServer('body');
    for (const { url } of [half, reset]) {
      const { proof } = await run(url, [{ name: 'a', get: '/' }]);
      expect(proof.outcome).toBe('inconclusive');
    }
  });
});

describe('secrets', () => {
  const SECRET = { API_KEY: 'key-hunter-22', PASSWORD: 'pass-hunter-33' };
  const request = (url: string, more = {}) => ({
    name: 'a',
    post: url,
    headers: {
      authorization: 'Basic dXNlcjpwYXNz',
      'x-key': `\${secret:API_KEY}`,
      'x-plain': 'mine',
      cookie: 'own=cookie-of-mine',
      'accept-language': 'de',
    },
    ...more,
  });

  async function redirectCase(status: number, body: boolean) {
    const elsewhere = await startServer((_, response) => void response.end('elsewhere'));
    const first = await redirector(`${elsewhere.url}/there`);
    const check = request(`/${status}`, body ? { json: { password: `\${secret:PASSWORD}` } } : {});
    const result = await run(first.url, [check], { 'allow-private': true }, { env: SECRET });
    return { elsewhere, first, ...result };
  }

  it.for([301, 302, 303, 307, 308])('stay with their origin over a %d', async (status) => {
    const { elsewhere, first, proof } = await redirectCase(status, false);
    expect(first.requests[0]?.headers).toMatchObject({
      'x-key': 'key-hunter-22',
      authorization: 'Basic dXNlcjpwYXNz',
    });
    expect(elsewhere.requests).toHaveLength(1);
    expect(elsewhere.requests[0]?.headers).toMatchObject({ 'accept-language': 'de' });
    expect(JSON.stringify(elsewhere.requests)).not.toMatch(/hunter|dXNlcj|mine/);
    expect(proof.checks[0]?.attempts?.[0]?.observed).toMatchObject({
      withheld: ['authorization', 'x-key', 'x-plain', 'cookie'],
    });
    expect(JSON.stringify(proof)).not.toContain('hunter');
    await Promise.all([elsewhere, first].map((server) => server[Symbol.asyncDispose]()));
  });

  it.for([307, 308])('a body is not carried elsewhere by a %d', async (status) => {
    const { elsewhere, first, red } = await redirectCase(status, true);
    expect(elsewhere.requests).toHaveLength(0);
    expect(red['smoke:a']).toMatchObject({
      status: 'fail',
      observed: `status ${status}`,
      detail: expect.stringContaining('carry the body'),
    });
    await Promise.all([elsewhere, first].map((server) => server[Symbol.asyncDispose]()));
  });

  it('do not come back with a redirect that leads back', async () => {
    const seen: unknown[] = [];
    await using home = await startServer((asked, response) => {
      seen.push(asked.headers['x-key']);
      if (asked.url === '/') response.writeHead(302, { location: elsewhere.url }).end();
      else response.end('back');
    });
    await using elsewhere = await startServer(
      (_, response) => void response.writeHead(302, { location: `${home.url}/back` }).end(),
    );
    await run(
      home.url,
      [{ name: 'a', get: '/', headers: { 'x-key': `\${secret:API_KEY}` } }],
      { 'allow-private': true },
      { env: SECRET },
    );
    expect(seen).toEqual(['key-hunter-22', undefined]);
  });

  it('do not follow a captured URL elsewhere', async () => {
    await using elsewhere = await startServer((_, response) => void response.end('{}'));
    await using home = await startServer((_, response) => {
      response.setHeader('set-cookie', 'sid=cookie-of-home; Path=/');
      response.end(
        JSON.stringify({
          next: elsewhere.url,
          host: `@${new URL(elsewhere.url).host}/`,
          path: `/${elsewhere.url.slice(5)}`,
        }),
      );
    });
    const flow = (name: string, get: string, more = {}) => ({
      name,
      steps: [
        {
          get: '/',
          capture: { next: { json: '$.next' }, host: { json: '$.host' }, path: { json: '$.path' } },
        },
        { get, headers: { 'x-key': `\${secret:API_KEY}` }, ...more },
      ],
    });
    const { red } = await run(
      home.url,
      [
        flow('whole', '{{next}}'),
        flow('relative', '/{{path}}'),
        flow('user', `${home.url}{{host}}`),
        { name: 'body', steps: [flow('', '').steps[0], { post: '{{next}}', text: 'mine' }] },
      ],
      { 'allow-private': true },
      { env: SECRET },
    );
    expect(JSON.stringify(elsewhere.requests)).not.toMatch(/hunter|cookie-of-home/);
    expect(elsewhere.requests.every(({ method }) => method === 'GET')).toBe(true);
    expect(red['smoke:user']).toMatchObject({ status: 'fail', observed: expect.stringMatching(/user name/) });
    expect(red['smoke:body']).toMatchObject({
      status: 'fail',
      observed: expect.stringMatching(/the body was written for/),
    });
  });

  it('cookies stay with their port', async () => {
    await using elsewhere = await startServer((_, response) => void response.end('elsewhere'));
    await using home = await startServer((asked, response) => {
      response.writeHead(asked.url === '/' ? 302 : 200, {
        location: elsewhere.url,
        'set-cookie': ['a=cookie-of-home; Path=/', 'b=cookie-for-all; Domain=127.0.0.1'],
      });
      response.end();
    });
    await run(home.url, [{ name: 'a', steps: [{ get: '/x' }, { get: '/' }, { get: '/x' }] }], {
      'allow-private': true,
    });
    expect(elsewhere.requests[0]?.headers.cookie).toBeUndefined();
    expect(home.requests.at(-1)?.headers.cookie).toContain('a=cookie-of-home');
  });

  it('a captured line break makes no header', async () => {
    await using home = await startServer(
      (_, response) => void response.end(JSON.stringify({ x: 'a\r\nx-evil: 1' })),
    );
    const steps = [
      { get: '/', capture: { x: { json: '$.x' } } },
      { get: '/', headers: { 'x-y': '{{x}}' } },
    ];
    const { red } = await run(home.url, [{ name: 'a', steps }]);
    expect(home.requests).toHaveLength(1);
    expect(red['smoke:a']).toMatchObject({
      status: 'fail',
      observed: expect.stringContaining('no header may carry'),
    });
  });

  it('are masked in what is shown of a body, whole or not at all', async () => {
    const token = 't0ken-'.repeat(40);
    await using home = await startServer(
      (_, response) => void response.end(JSON.stringify({ padding: 'x'.repeat(20), token })),
    );
    const { proof } = await run(home.url, [
      { name: 'a', get: '/', expect: { contains: 'nothing' }, capture: { token: { json: '$.token' } } },
    ]);
    expect(JSON.stringify(proof)).not.toContain('t0ken-t0ken');
  });

  it.each([
    ['as long', 'a token of a megabyte', 't0ken'.repeat(200_000)],
    ['as many', 'tokens without end', Array.from({ length: 5_000 }, (_, index) => `t0ken-${index}`)],
  ])('are not carried on where they are %s as no token is', async (_, name, token) => {
    await using home = await startServer((_, response) => void response.end(JSON.stringify({ token })));
    const { red } = await run(home.url, [
      { name, steps: [{ get: '/', capture: { token: { json: '$.token' } } }, { get: '/next' }] },
    ]);
    expect(home.requests).toHaveLength(1);
    expect(red[`smoke:${name}`]).toMatchObject({
      status: 'fail',
      observed: expect.stringMatching(/^what is to be captured has \d+ characters and \d+ values; at most /),
    });
  });
});

describe('addresses', () => {
  /** Names resolve to what the test says; `::1` and 127.0.0.1 are where the test's servers are. */
  const resolving = (names: Record<string, string[]>): Http & { asked: string[] } => {
    const http = createHttp();
    const asked: string[] = [];
    return {
      asked,
      resolve: async (name, signal) =>
        names[name]?.map((address) => ({ address, family: 4 as const })) ?? http.resolve(name, signal),
      request: (request) => {
        asked.push(`${request.url.host} ${request.address?.address}`);
        return http.request(request);
      },
    };
  };

  it.for([
    'http://169.254.169.254/latest/meta-data',
    'http://[::ffff:169.254.169.254]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
  ])('a redirect to %s is refused, whatever is allowed', async (to) => {
    await using server = await redirector(to);
    const http = resolving({});
    const { red } = await run(server.url, [{ name: 'a', get: '/' }], { 'allow-private': true }, { http });
    expect(red['smoke:a']).toMatchObject({
      status: 'fail',
      observed: expect.stringContaining('never asked'),
    });
    expect(http.asked).toHaveLength(1);
  });

  it('a redirect to a private address needs `allow-private`', async () => {
    await using inner = await startServer((_, response) => void response.end('inside'));
    await using server = await redirector(inner.url);
    const { red } = await run(server.url, [{ name: 'a', get: '/' }]);
    expect(red['smoke:a']).toMatchObject({
      status: 'fail',
      observed: expect.stringContaining('allow-private'),
    });
    expect(inner.requests).toHaveLength(0);
    expect((await run(server.url, [{ name: 'a', get: '/' }], { 'allow-private': true })).proof.outcome).toBe(
      'passed',
    );
  });

  it('a private URL in the list itself could not be asked', async () => {
    await using inner = await startServer((_, response) => void response.end('inside'));
    const { proof, red } = await run('https://app.example.com', [{ name: 'a', get: inner.url }]);
    expect(red['smoke:a']).toMatchObject({
      status: 'untestable',
      observed: expect.stringContaining('allow-private'),
    });
    expect(proof.outcome).toBe('inconclusive');
  });

  it('a name that rebinds is asked where it was checked', async () => {
    await using server = await startServer((_, response) => void response.end('x'));
    const port = new URL(server.url).port;
    let resolved = 0;
    const http = createHttp();
    const asked: (string | undefined)[] = [];
    const rebinding: Http = {
      resolve: async () => {
        resolved += 1;
        return [{ address: resolved === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }];
      },
      request: (request) => {
        asked.push(request.address?.address);
        return http.request(request);
      },
    };
    const { proof } = await run(
      `http://rebind.example:${port}`,
      [{ name: 'a', get: '/' }],
      {},
      { http: rebinding },
    );
    expect(proof.outcome).toBe('passed');
    expect(asked).toEqual(['127.0.0.1']);
    expect(resolved).toBe(1);
  });

  it('a host of two addresses is asked at the one that listens', async () => {
    await using server = await startServer((_, response) => void response.end('x'));
    const port = new URL(server.url).port;
    const http = resolving({ 'two.example': ['127.0.0.2', '127.0.0.1'] });
    const { proof } = await run(`http://two.example:${port}`, [{ name: 'a', get: '/' }], {}, { http });
    expect(proof.outcome).toBe('passed');
    expect(http.asked).toHaveLength(2);
  });

  it('redirects come to an end', async () => {
    await using loop = await redirectLoop('pair');
    const { red } = await run(loop.url, [{ name: 'a', get: '/a' }]);
    expect(red['smoke:a']).toMatchObject({
      observed: 'status 302',
      detail: expect.stringContaining('there were 10 before'),
    });
    expect(loop.requests).toHaveLength(11);
  });
});

describe('many hostile checks at once', () => {
  it('end with the deadline, however many there are', async () => {
    await using server = await hostileBodies();
    const checks = Array.from({ length: 30 }, (_, index) => ({
      name: `n${index}`,
      get: '/redos',
      expect: { matches: '^(a+)+$' },
    }));
    const started = performance.now();
    const { proof } = await run(server.url, checks, { within: '5s' });
    // One after the other they would take a minute.
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(proof.outcome).toBe('failed');
    expect(proof.checks.filter(({ status }) => status === 'untestable').length).toBeGreaterThan(20);
  });
});
