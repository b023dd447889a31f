import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { endlessEvents, endlessResumption, neverClosed, oddList } from '../targets/mcp-broken.ts';
import { mcpServer, send } from '../targets/mcp-server.ts';
import { check, told } from './mcp-checking.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

/** Whatever the server does, it has to be over well before the time for a request is. */
async function bounded(target: Promise<AsyncDisposable & { readonly mcp: string }>, asked: object = {}) {
  await using server = await target;
  const startedAt = performance.now();
  const tried = await check({ mcp: server.mcp, timeoutMs: 20_000, ...asked });
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  return told(tried);
}

describe('a hostile server', () => {
  it('that sends events for ever is over in time', async () => {
    const wrong = 'the answer began and did not end in time';
    const soon = { timeoutMs: 1_500 };
    expect(await bounded(endlessEvents('tools/list'), soon)).toEqual([`fail tools/list: ${wrong}`]);
    expect(await bounded(endlessEvents('server/discover'), soon)).toEqual([`fail connect: ${wrong}`]);
    const legacy = { ...soon, era: 'legacy' };
    expect(await bounded(endlessEvents('initialize'), legacy)).toEqual([`fail connect: ${wrong}`]);
  });

  it('that goes on after its answer is right, and its stream is left', async () => {
    expect(await bounded(neverClosed(), { tools: ['echo'], call: [{ tool: 'echo' }] })).toEqual([]);
  });

  it('that has its streams taken up again for ever is over after so many requests', async () => {
    await using server = await endlessResumption();
    const tried = await check({ mcp: server.mcp, timeoutMs: 5_000 });
    expect(tried.status).toBe('fail');
    expect(server.requests.length).toBeLessThanOrEqual(301);
  });

  it('that gives no answer in its answer is not waited for', async () => {
    const empty = oddList((_, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(),
    );
    expect(await bounded(empty)).toEqual(['fail tools/list: an answer without what was asked for']);
    const gone = oddList((_, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('id: 1\ndata: \n\n'),
    );
    // The target answers 405 to whoever comes to take the stream up again.
    expect(await bounded(gone)).toEqual(['fail tools/list: an answer without what was asked for']);
  });

  it('that gives giant answers is read no further than the bound', async () => {
    const giant = oddList((_, response) => {
      response.writeHead(200, JSON_TYPE);
      const fill = () => {
        while (response.write(' '.repeat(65_536)));
      };
      response.on('drain', fill);
      fill();
    });
    expect(await bounded(giant)).toEqual(['fail tools/list: the body is larger than 8388608 bytes']);
  });

  it('that packs them is too', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));
    const packed = oddList((_, response) =>
      response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(bomb),
    );
    expect(await bounded(packed)).toEqual([
      expect.stringMatching(/unpacks to more than 100 times|larger than/),
    ]);
  });

  it.each(['json', 'sse'] as const)('that nests its %s is not parsed', async (kind) => {
    const deep = oddList((_, response) => {
      response.writeHead(200, { 'content-type': kind === 'json' ? 'application/json' : 'text/event-stream' });
      response.end(`${kind === 'json' ? '' : 'data: '}${'['.repeat(200_000)}\n\n`);
    });
    expect(await bounded(deep)).toEqual(['fail tools/list: its JSON is nested too deep']);
  });

  it('that sends schemas no validator would take has none of them compiled', async () => {
    const odd = {
      type: 'object',
      properties: { a: { type: 'nonsense', pattern: '(', $ref: 'http://127.0.0.1:9/' } },
    };
    const tools = [{ name: 'echo', inputSchema: odd, outputSchema: odd }];
    expect(await bounded(mcpServer({ tools }), { call: [{ tool: 'echo' }] })).toEqual([]);
  });

  it('that asks back gets nothing', async () => {
    const asking = mcpServer({
      instead: (method, id, response) => {
        if (method !== 'tools/call') return false;
        const inputRequests = {
          q: {
            method: 'elicitation/create',
            params: { message: 'PIN?', requestedSchema: { type: 'object', properties: {} } },
          },
        };
        send(
          response,
          { jsonrpc: '2.0', id, result: { resultType: 'input_required', inputRequests } },
          'json',
        );
        return true;
      },
    });
    expect(await bounded(asking, { call: [{ tool: 'echo' }] })).toEqual([
      'fail call echo: it asks back instead of giving a result',
    ]);
  });

  it('says what it wants to the console of nobody', async () => {
    const lines: unknown[][] = [];
    const real = { warn: console.warn, debug: console.debug, error: console.error, log: console.log };
    const note = (...words: unknown[]) => void lines.push(words);
    Object.assign(console, { warn: note, debug: note, error: note, log: note });
    try {
      const inputSchema = {
        type: 'object',
        properties: { a: { type: 'object', 'x-mcp-header': '::warning::' } },
      };
      await bounded(mcpServer({ tools: [{ name: 'x\n::error::y', inputSchema }] }));
    } finally {
      Object.assign(console, real);
    }
    expect(lines).toEqual([]);
  });

  it('does not keep an aborted run', async () => {
    await using server = await endlessEvents();
    const controller = new AbortController();
    const reason = new Error('stopped');
    setTimeout(() => controller.abort(reason), 300);
    await expect(check({ mcp: server.mcp }, { signal: controller.signal })).rejects.toBe(reason);
  });
});
