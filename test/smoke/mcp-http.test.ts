import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hangingServer } from '../targets/faults.ts';
import {
  answers,
  authWall,
  circlingCursors,
  emptyCursor,
  endlessCursors,
  oddList,
  paginated,
  repeatedCursor,
  wrongVersion,
} from '../targets/mcp-broken.ts';
import { type McpOptions, mcpServer, tool } from '../targets/mcp-server.ts';
import { closedPort } from '../targets/ports.ts';
import { type Asked, check, told } from './mcp-checking.ts';

const ECHO = { tools: ['echo'], exact: true, call: [{ tool: 'echo', arguments: { text: 'hi' } }] };

/** Checks a target at its `mcp`, and lets go of it. */
async function ask(
  target: Promise<AsyncDisposable & { readonly mcp: string }>,
  asked: Asked = {},
  context: Parameters<typeof check>[1] = {},
) {
  await using server = await target;
  return await check({ mcp: server.mcp, ...asked }, context);
}

describe('a server that is right', () => {
  it.each<[string, McpOptions, string]>([
    ['both eras in JSON', {}, '2026-07-28 (modern)'],
    ['both eras in events', { answers: 'sse' }, '2026-07-28 (modern)'],
    ['the modern era only', { era: 'modern' }, '2026-07-28 (modern)'],
    ['the legacy era in JSON', { era: 'legacy' }, '2025-11-25 (legacy)'],
    ['the legacy era in events', { era: 'legacy', answers: 'sse' }, '2025-11-25 (legacy)'],
  ])('passes: %s', async (_, options, protocol) => {
    const tried = await ask(mcpServer(options), ECHO);
    expect(tried).toMatchObject({
      status: 'pass',
      findings: [],
      judged: 6,
      observed: { protocol, tools: 1 },
    });
  });

  it('is spoken to as of old where that is asked for, without a question for the modern era', async () => {
    await using server = await mcpServer();
    expect((await check({ mcp: server.mcp, era: 'legacy' })).observed.protocol).toBe('2025-11-25 (legacy)');
    expect(server.methods).toEqual(['initialize', 'notifications/initialized', 'tools/list']);
    expect(server.requests.every(({ method }) => method === 'POST')).toBe(true);
  });

  it('passes with its tools on several pages', async () => {
    for (const answers of ['json', 'sse'] as const) {
      const tried = await ask(paginated({ answers }), { tools: ['three', 'one', 'two'], exact: true });
      expect(tried).toMatchObject({ status: 'pass', observed: { tools: 3, pages: 3 } });
    }
  });

  it('passes with a warning when its last page has an empty cursor', async () => {
    const tried = await ask(emptyCursor(), { tools: ['echo'], exact: true });
    expect(tried).toMatchObject({ status: 'warn', findings: [{ status: 'warn', title: 'end of the list' }] });
  });

  it('gets the headers of the check, and not those of the protocol in their place', async () => {
    const wants = {
      authorization: 'Bearer t-1',
      'content-type': 'application/json',
      'user-agent': 'ship-proof/test',
    };
    const headers = { authorization: 'Bearer t-1', 'content-type': 'text/plain' };
    expect(await ask(mcpServer({ wants }), { ...ECHO, headers })).toMatchObject({ status: 'pass' });
  });
});

describe('tools that are not as wanted turn red what asked for them, alone', () => {
  it.each<[string, McpOptions, Asked, string]>([
    ['missing', {}, { tools: ['echo', 'gone'] }, 'fail tools: missing: gone'],
    ['extra', { tools: [tool('echo'), tool('more')] }, ECHO, 'fail exact: extra: more'],
    ['twice', { tools: [tool('echo'), tool('echo')] }, ECHO, 'fail duplicate names: more than once: echo'],
    ['called in vain', {}, { call: [{ tool: 'gone' }] }, 'fail call gone, tool: it offers echo'],
    [
      'failing',
      { call: () => ({ content: [{ type: 'text', text: 'no disk' }], isError: true }) },
      ECHO,
      'fail call echo, error: an error: no disk',
    ],
    ['not failing', {}, { call: [{ tool: 'echo', error: true }] }, 'fail call echo, error: a result'],
    [
      'hostile in their names',
      { tools: [tool('::error::x\n##[y]')] },
      ECHO,
      expect.stringMatching(/^fail tools/),
    ],
  ])('%s', async (_, options, asked, wrong) => {
    const tried = await ask(mcpServer(options), asked);
    expect(tried.status).toBe('fail');
    expect(told(tried)[0]).toEqual(wrong);
  });

  it('and any other tool is no matter without `exact`', async () => {
    const tools = [tool('echo'), tool('more')];
    expect(await ask(mcpServer({ tools }), { tools: ['echo'] })).toMatchObject({ status: 'pass' });
  });

  it('never with a word of a description', async () => {
    const tools = [tool('echo'), tool('echo'), tool('a name, with ##[group] and\nlines')];
    const tried = await ask(mcpServer({ tools }), { tools: ['gone'], exact: true });
    expect(tried.findings).toHaveLength(3);
    expect(JSON.stringify(tried)).not.toMatch(/PROSE|##\[|\\\\nlines"/);
  });
});

describe('a list without an end', () => {
  it.each([
    [
      'repeats its cursor',
      repeatedCursor,
      'fail end of the list: page 2 gives a cursor that was given before',
    ],
    ['goes in circles', circlingCursors, 'fail end of the list: page 3 gives a cursor that was given before'],
    ['has always a new one', endlessCursors, 'fail end of the list: one more page after 100'],
  ])('turns red that alone: it %s', async (_, target, wrong) => {
    // Neither the tools that were not seen nor those that were seen twice say anything.
    const tried = await ask(target(), { tools: ['echo', 'gone'], exact: true });
    expect(told(tried)).toEqual([expect.stringContaining(wrong)]);
  });
});

describe('what does not speak is told apart', () => {
  it.each([401, 403] as const)('an auth wall (%i), and nothing that it names is asked', async (status) => {
    for (const era of ['auto', 'modern', 'legacy'] as const) {
      await using wall = await authWall(status);
      const tried = await check({ mcp: wall.mcp, era, headers: { authorization: 'Bearer wrong' } });
      expect(tried).toMatchObject({ status: 'fail', observed: { failure: 'auth-wall', status } });
      expect(told(tried)).toEqual([expect.stringContaining(`fail connect: HTTP ${status}: it `)]);
      expect(wall.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /mcp']);
    }
  });

  it('a server that is down', async () => {
    const { url } = await closedPort();
    const down = await check({ mcp: `${url}/mcp` });
    expect(down).toMatchObject({ status: 'untestable', observed: { failure: 'unreachable' } });
    expect(told(down)).toEqual(['untestable connect: ECONNREFUSED']);
    await using hanging = await hangingServer();
    const silent = await check({ mcp: `${hanging.url}/mcp`, timeoutMs: 200 });
    expect(told(silent)).toEqual(['untestable connect: no answer in time']);
  });

  it.each<[string, Parameters<typeof answers>, string, string]>([
    ['a page', [200, 'text/html', '<h1>Welcome</h1>'], 'not-mcp', 'HTTP 200 with text/html'],
    ['an empty answer', [204, 'text/plain', ''], 'not-mcp', 'HTTP 204 with text/plain'],
    ['other JSON', [200, 'application/json', '{"ok":true}'], 'not-mcp', 'but no MCP message'],
    ['broken JSON', [200, 'application/json', '{"jsonrpc"'], 'not-mcp', 'but no MCP message'],
    ['a wrong path', [404, 'text/html', 'not here'], 'not-mcp', 'HTTP 404 with text/html'],
    ['a broken server', [502, 'text/html', 'oops'], 'server-error', 'HTTP 502'],
    ['a busy server', [429, 'text/plain', 'later'], 'rate-limit', 'HTTP 429'],
    [
      'a redirect elsewhere',
      [308, 'text/plain', '', { location: 'http://127.0.0.2:9/mcp' }],
      'redirect',
      'HTTP 308 to http://127.0.0.2:9/mcp',
    ],
    [
      'a redirect that changes the method',
      [302, 'text/plain', '', { location: '/login' }],
      'redirect',
      'HTTP 302 to /login',
    ],
  ])('%s', async (_, given, failure, observed) => {
    const tried = await ask(answers(...given));
    expect(tried.observed.failure).toBe(failure);
    expect(told(tried)).toEqual([expect.stringContaining(observed)]);
  });

  it.each(['modern', 'legacy'] as const)('no version in common (%s)', async (era) => {
    const tried = await ask(wrongVersion(era));
    expect(tried.observed.failure).toBe('protocol-version');
    expect(told(tried)[0]).toMatch(/^fail connect: it speaks (2031|1999)-01-01$/);
  });

  it('an era that is not there', async () => {
    const modern = await ask(mcpServer({ era: 'legacy' }), { era: 'modern' });
    expect(told(modern)).toEqual(['fail connect: it does not speak 2026-07-28']);
    const legacy = await ask(mcpServer({ era: 'modern' }), { era: 'legacy' });
    expect(told(legacy)).toEqual(['fail connect: JSON-RPC error -32601: Method not found']);
  });

  it('a list that fails after a good beginning', async () => {
    const json = (body: (id: unknown) => object) =>
      oddList((id, response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body(id))),
      );
    const rpc = await ask(json((id) => ({ jsonrpc: '2.0', id, error: { code: -32603, message: 'boom' } })));
    expect(told(rpc)).toEqual(['fail tools/list: JSON-RPC error -32603: boom']);
    const bad = await ask(json((id) => ({ jsonrpc: '2.0', id, result: { tools: [{ name: 1 }] } })));
    expect(bad.observed.failure).toBe('bad-result');
    const odd = await ask(json(() => ({ jsonrpc: '2.0', id: 'another', result: {} })));
    expect(told(odd)).toEqual(['fail tools/list: an answer without what was asked for']);
  });
});

describe('a redirect', () => {
  const headers = { authorization: 'Bearer t-1' };

  it('within the origin that keeps the method is followed, with the headers of the check', async () => {
    await using server = await mcpServer({ wants: headers });
    const tried = await check({ mcp: `${server.url}/moved`, headers });
    expect(tried).toMatchObject({ status: 'pass', observed: { requests: 4 } });
  });

  it('to another origin gets nothing of them, not even a request', async () => {
    await using server = await mcpServer();
    await using first = await answers(307, 'text/plain', '', { location: server.mcp });
    const tried = await check({ mcp: first.mcp, headers });
    expect(told(tried)).toEqual([`fail connect: HTTP 307 to ${server.mcp}`]);
    expect(server.requests).toEqual([]);
  });
});

describe('a tools lock', () => {
  const inFolder = async (work: (folder: string, lock: string) => Promise<void>) => {
    const folder = await mkdtemp(join(tmpdir(), 'ship-proof-lock-'));
    try {
      await work(folder, join(folder, 'tools-lock.json'));
    } finally {
      await rm(folder, { recursive: true });
    }
  };
  const drifted = { tools: [tool('echo', { text: { type: 'number' } }), tool('new')] };

  it('is written only where that is asked for, and then holds', () =>
    inFolder(async (cwd, lock) => {
      const missing = await ask(mcpServer(), { lock }, { cwd });
      expect(missing.findings).toMatchObject([
        {
          status: 'fail',
          title: 'tools-lock',
          observed: 'no such file',
          detail: expect.stringContaining('update-tools-lock'),
        },
      ]);
      const written = await ask(mcpServer(), { lock }, { cwd, updateLocks: true });
      expect(written).toMatchObject({ status: 'warn', findings: [{ title: 'tools-lock' }] });
      expect(await readFile(lock, 'utf8')).not.toContain('PROSE');
      expect(await ask(mcpServer(), { lock }, { cwd })).toMatchObject({ status: 'pass' });
      expect(await ask(mcpServer(), { lock }, { cwd, updateLocks: true })).toMatchObject({ status: 'pass' });
    }));

  it('turns red, alone, when a schema drifts, and says where', () =>
    inFolder(async (cwd, lock) => {
      await ask(mcpServer(), { lock }, { cwd, updateLocks: true });
      const tried = await ask(mcpServer(drifted), { lock, tools: ['echo'] }, { cwd });
      expect(tried.findings).toMatchObject([
        {
          title: 'tools-lock, echo',
          expected: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
          detail: '/properties/text/type: "string" → "number"',
          place: { line: 3 },
        },
        { title: 'tools-lock, new', observed: 'not in the lock' },
      ]);
    }));

  it('is refused when it is none, and never written outside of the folder or from a list without an end', () =>
    inFolder(async (cwd, lock) => {
      await writeFile(lock, '{"schemaVersion":9}');
      expect(told(await ask(mcpServer(), { lock }, { cwd }))).toEqual(['fail tools-lock: not a lock file']);
      expect(told(await ask(mcpServer(), { lock: cwd }, { cwd }))).toEqual([
        "fail tools-lock: a file that can't be read (EISDIR)",
      ]);
      const outside = ask(mcpServer(), { lock: join(cwd, '../outside.json') }, { cwd, updateLocks: true });
      await expect(outside).rejects.toMatchObject({ code: 'path-outside' });
      await ask(repeatedCursor(), { lock }, { cwd, updateLocks: true });
      expect(await readFile(lock, 'utf8')).toBe('{"schemaVersion":9}');
    }));
});
