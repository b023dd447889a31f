import { get as httpsGet } from 'node:https';
import { describe, expect, it } from 'vitest';
import { runCli } from '../e2e/run-dist.ts';
import { badContentLength, bomb, encodingChain, endlessBody, hugeHeaders, slowBody } from './bodies.ts';
import { certificateAuthority } from './certificates.ts';
import { hangingServer, resettingServer, retryAfter503 } from './faults.ts';
import { HOSTILE_TEXTS } from './hostile-corpus.ts';
import { hostileHeaders } from './hostile-headers.ts';
import { closedPort } from './ports.ts';
import { get, writeScript } from './probe.ts';
import { requireOrSkip } from './requirements.ts';
import { TLS_ERROR_CODES, tlsSite } from './tls.ts';

/** The error code of a fetch that must fail, body included. */
const codeOf = async (url: string, init?: RequestInit): Promise<unknown> => {
  try {
    await (await fetch(url, init)).text();
    return undefined;
  } catch (error) {
    const cause = (error as { cause?: { code?: unknown } }).cause;
    return cause?.code ?? (error as Error).name;
  }
};

describe('bodies', () => {
  it('dribble', async () => {
    await using target = await slowBody('build-1', { everyMs: 5, pieceBytes: 8 });
    const startedAt = performance.now();
    expect((await get(`${target.url}/`)).text).toContain('build-1');
    expect(performance.now() - startedAt).toBeGreaterThan(100);
  });

  it('never end, and stop being sent when the reader leaves', async () => {
    await using target = await endlessBody({ buildId: 'build-1' });
    const answer = await fetch(target.url);
    let read = 0;
    for await (const chunk of answer.body ?? []) {
      read += chunk.length;
      if (read > 1_000_000) break;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    const sent = target.sentBytes();
    expect(sent).toBeGreaterThan(1_000_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(target.sentBytes()).toBe(sent);
  });

  it('unpack to more than a thousand times their size', async () => {
    for (const encoding of ['gzip', 'br'] as const) {
      await using target = await bomb({ encoding, unpackedBytes: 32 * 1024 * 1024, buildId: 'build-1' });
      expect(target.unpackedBytes / target.packedBytes).toBeGreaterThan(1000);
      const page = await get(`${target.url}/`);
      expect(page.text.length).toBe(target.unpackedBytes);
      expect(page.text.slice(0, 200)).toContain('build-1');
    }
  });

  it('are packed many times', async () => {
    await using target = await encodingChain('build-1');
    const answer = await fetch(target.url);
    expect(answer.headers.get('content-encoding')).toBe('gzip, gzip, gzip');
    expect(await answer.text()).toContain('build-1');
  });

  it('are shorter or longer than they say', async () => {
    await using more = await badContentLength('build-1', 'more');
    expect(await codeOf(more.url)).toBe('UND_ERR_SOCKET');
    await using less = await badContentLength('build-1', 'less');
    expect(await (await fetch(less.url)).text()).not.toContain('</html>');
    await using huge = await hugeHeaders('build-1', 64 * 1024);
    expect(await codeOf(huge.url)).toBe('UND_ERR_HEADERS_OVERFLOW');
  });
});

describe('connections', () => {
  it('are refused, reset or left hanging', async () => {
    expect(await codeOf((await closedPort()).url)).toBe('ECONNREFUSED');
    for (const when of ['connect', 'request', 'body'] as const) {
      await using target = await resettingServer(when);
      expect(await codeOf(target.url)).toMatch(/^(ECONNRESET|UND_ERR_SOCKET)$/);
      expect(target.connections()).toBe(1);
    }
    await using silent = await hangingServer();
    expect(await codeOf(silent.url, { signal: AbortSignal.timeout(100) })).toBe('TimeoutError');
  });

  it('are asked to come back later', async () => {
    for (const form of ['seconds', 'date', 'none'] as const) {
      await using target = await retryAfter503('build-1', { times: 1, retryAfterSeconds: 2, form });
      const { status, headers } = await get(target.url);
      expect(status).toBe(503);
      const value = String(headers['retry-after']);
      if (form === 'seconds') expect(value).toBe('2');
      if (form === 'date') expect(Date.parse(value) - Date.now()).toBeGreaterThan(1900);
      if (form === 'none') expect(headers['retry-after']).toBeUndefined();
      expect((await get(target.url)).text).toContain('build-1');
    }
  });
});

describe('TLS', () => {
  it('is wrong in the one way that is named, and right when the authority is known', async (context) => {
    const missing = requireOrSkip(['openssl']);
    if (missing) context.skip(missing);
    await using authority = await certificateAuthority();
    const codes: Record<string, unknown> = {};
    for (const fault of ['self-signed', 'expired', 'wrong-name', 'unknown-issuer', 'good'] as const) {
      await using site = await tlsSite(authority, fault, 'build-1');
      const ca = fault === 'unknown-issuer' || fault === 'self-signed' ? undefined : authority.ca;
      codes[fault] = await new Promise((resolve) => {
        const sent = httpsGet(site.url, { agent: false, ...(ca === undefined ? {} : { ca }) }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      });
    }
    expect(codes).toEqual({ ...TLS_ERROR_CODES, good: 200 });
  });

  it('is trusted through NODE_EXTRA_CA_CERTS, and logs the name it was asked for', async (context) => {
    const missing = requireOrSkip(['openssl']);
    if (missing) context.skip(missing);
    await using authority = await certificateAuthority();
    await using site = await tlsSite(authority, 'good', 'build-1', { name: 'localhost' });
    await using entry = await writeScript('console.log(await (await fetch(process.argv[2])).text());');
    const run = await runCli([`${site.url}/build-id.txt`], {
      entry: entry.file,
      env: { NODE_EXTRA_CA_CERTS: authority.caFile },
    });
    expect(run.stdout.trim()).toBe('build-1');
    expect(site.requests[0]?.servername).toBe('localhost');
  });
});

// Blanks around a field value are no part of it (RFC 9110, 5.5).
const withoutBlanks = (value: string): string => value.replace(/^[ \t]+|[ \t]+$/g, '');

describe('hostile texts', () => {
  it('reach a client in bodies always, and in headers where HTTP allows them', async () => {
    await using target = await hostileHeaders();
    for (const text of HOSTILE_TEXTS) {
      const answer = await get(target.urlOf(text));
      expect(answer.status, text.name).toBe(200);
      expect(answer.text, text.name).toContain(text.value);
      const seen = Buffer.from(String(answer.headers.etag ?? ''), 'latin1').toString(
        text.latin1 ? 'latin1' : 'utf8',
      );
      expect(seen, text.name).toBe(text.legalInHeader ? withoutBlanks(text.value) : '');
      expect((await get(target.urlOf(text, 'txt'))).text, text.name).toBe(text.value);
      expect((await get(target.urlOf(text, 'error'))).status, text.name).toBe(500);
      expect((await get(target.urlOf(text, 'redirect'))).status, text.name).toBe(302);
      expect(JSON.parse((await get(target.urlOf(text, 'json'))).text), text.name).toEqual({
        build: { id: text.value },
      });
    }
  });

  it('are refused by the client where HTTP forbids them, and so are folded fields', async () => {
    await using target = await hostileHeaders();
    for (const text of HOSTILE_TEXTS.filter(({ legalInHeader }) => !legalInHeader)) {
      const outcome = await get(target.rawUrlOf(text)).then(
        ({ headers }) => JSON.stringify(headers),
        ({ code }: NodeJS.ErrnoException) => code ?? '',
      );
      expect(outcome, text.name).toMatch(/^HPE_/);
    }
    for (const text of HOSTILE_TEXTS.slice(0, 3)) {
      const folded = get(target.foldedUrlOf(text));
      await expect(folded, text.name).rejects.toMatchObject({ code: expect.stringMatching(/^HPE_/) });
    }
  });
});
