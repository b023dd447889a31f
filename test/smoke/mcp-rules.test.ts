import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../src/ports/http.ts';
import { createRedactor } from '../../src/proof/redact.ts';
import { explainFailure } from '../../src/smoke/mcp/failure.ts';
import { createMcpFetch } from '../../src/smoke/mcp/fetch.ts';
import { createSend } from '../../src/smoke/mcp/send.ts';
import { createStages } from '../../src/smoke/mcp/stage.ts';
import { mcpServer } from '../targets/mcp-server.ts';
import { check, told } from './mcp-checking.ts';

describe('the fetch that the client gets', () => {
  const sent: HttpRequest[] = [];
  const failed: unknown[] = [];
  const { fetch } = createMcpFetch({
    endpoint: new URL('http://app.test/mcp'),
    headers: { authorization: 'Bearer t-1' },
    send: async (request) => {
      sent.push(request);
      return {
        status: 401,
        header: (name) => (name === 'www-authenticate' ? 'Bearer' : undefined),
        body: empty(),
        close: () => {},
      };
    },
    timeoutMs: 1_000,
    maxBytes: 1_000,
    stage: () => ({ signal: new AbortController().signal, fail: (error) => void failed.push(error) }),
  });

  it.each(['http://other.test/mcp', 'https://app.test/mcp', 'http://app.test:81/mcp'])(
    'sends nothing to another origin: %s',
    async (url) => {
      await expect(fetch(url, { method: 'POST', body: '{}' })).rejects.toMatchObject({
        code: 'other-origin',
      });
      expect(sent).toEqual([]);
      expect(failed.pop()).toMatchObject({ code: 'other-origin' });
    },
  );

  it('opens no stream for what a server says unasked', async () => {
    expect((await fetch('http://app.test/mcp', { method: 'GET' })).status).toBe(405);
    expect(sent).toEqual([]);
  });

  it('hides what would begin an authorization', async () => {
    const answer = await fetch('http://app.test/mcp', { method: 'POST', body: '{}' });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, null]);
    expect(sent.pop()?.headers).toMatchObject({ authorization: 'Bearer t-1' });
  });
});

describe('addresses', () => {
  const http = (address: string) => ({
    resolve: async () => [{ address, family: 4 } as const],
    request: async () => Promise.reject(new Error('nothing is to be sent')),
  });

  it.each([
    ['169.254.169.254', true],
    ['10.0.0.7', false],
  ])('that may not be asked get no request: %s', async (address, allowPrivate) => {
    const reachable = { origins: new Set<string>(), allowPrivate };
    const send = createSend({ http: http(address), reachable, secrets: createRedactor() });
    const tried = await check({ mcp: 'http://metadata.test/mcp' }, { send });
    expect(tried).toMatchObject({ status: 'untestable', observed: { failure: 'refused' } });
    expect(told(tried)).toEqual([expect.stringContaining(address)]);
  });

  it('that nobody answers at are followed by the next, and a session’s id is a secret', async () => {
    await using server = await mcpServer({
      era: 'legacy',
      instead: (_, __, response) => {
        response.setHeader('mcp-session-id', 'session-0123456789');
        return false;
      },
    });
    const asked: string[] = [];
    const secrets = createRedactor();
    const { createHttp } = await import('../../src/ports/http.ts');
    const real = createHttp();
    const send = createSend({
      http: {
        resolve: async () => [
          { address: '127.0.0.9', family: 4 },
          { address: '127.0.0.1', family: 4 },
        ],
        request: (request) => {
          asked.push(request.address?.address ?? '');
          return real.request(request);
        },
      },
      reachable: { origins: new Set(), allowPrivate: true },
      secrets,
    });
    expect((await check({ mcp: `http://localhost:${server.port}/mcp` }, { send })).status).toBe('pass');
    expect(asked.slice(0, 2)).toEqual(['127.0.0.9', '127.0.0.1']);
    expect(secrets.text('it is session-0123456789')).toBe('it is ***');
    // It was ended, since it costs the server something.
    expect(server.requests.at(-1)).toMatchObject({ method: 'DELETE' });
  });
});

describe('a stage', () => {
  it('takes everything with it that belongs to it, however it ends', async () => {
    const stages = createStages(new AbortController().signal);
    const signals: AbortSignal[] = [];
    await stages.run(async ({ signal }) => signals.push(signal));
    const late = stages.run(
      async ({ signal }) => {
        signals.push(signal);
        await new Promise(() => {});
      },
      { ms: 20, error: () => new Error('late') },
    );
    await expect(late).rejects.toThrow('late');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(stages.current().signal.aborted).toBe(true);
  });
});

describe('an explanation', () => {
  const exchange = {
    verb: 'POST',
    asks: 'tools/list',
    status: 200,
    type: 'application/json',
    complete: true,
  };

  it('is given for no error of ours', () => {
    for (const error of [new TypeError('a bug'), new Error('a bug'), 'a bug']) {
      expect(explainFailure(error, { exchanges: [exchange] })).toBeUndefined();
    }
  });

  it('takes secrets out before it shortens', () => {
    const life = { answers: 0, noise: 0, code: 1, lastWords: `key=sesame-sesame ${'x'.repeat(485)}` };
    const failure = explainFailure(new Error('closed'), { exchanges: [], life }, (text) =>
      text.replace('sesame-sesame', '***'),
    );
    expect(failure?.detail).not.toContain('same');
  });
});

async function* empty() {}
