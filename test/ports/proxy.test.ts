import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/ports/clock.ts';
import { createGitHub } from '../../src/ports/github.ts';
import { createHttp } from '../../src/ports/http.ts';
import { proxyFor } from '../../src/ports/proxy.ts';
import { type Authority, certificateAuthority } from '../targets/certificates.ts';
import { type GitHub, REPOSITORY, serveGitHub } from '../targets/github.ts';
import { closedPort } from '../targets/ports.ts';
import { startProxy, tlsFront } from '../targets/proxy.ts';
import { requireOrSkip } from '../targets/requirements.ts';

const API = 'api.github.test';
const AUTHORITY = `${API}:443`;
const PROXY = 'http://proxy.test:8080';

describe('the proxy for a URL', () => {
  const forUrl = (url: string, env: Readonly<Record<string, string>>) => proxyFor(new URL(url), env);

  it.each([
    ['upper case', { HTTPS_PROXY: PROXY }],
    ['lower case', { https_proxy: PROXY }],
    ['both, of which lower case counts', { https_proxy: PROXY, HTTPS_PROXY: 'http://other.test' }],
    ['an empty one in lower case', { https_proxy: '', HTTPS_PROXY: PROXY }],
  ])('is named in %s', (_, env) => {
    expect(forUrl('https://api.github.com/', env)).toBe(PROXY);
  });

  it('is none without the variable, and none that is meant for plain http', () => {
    expect(forUrl('https://api.github.com/', { HTTP_PROXY: PROXY, ALL_PROXY: PROXY })).toBeUndefined();
  });

  it.each(['http://127.0.0.1:80/', 'https://127.0.0.1/', 'https://localhost:8443/', 'https://[::1]/'])(
    'is none for %s',
    (url) => {
      expect(forUrl(url, { HTTPS_PROXY: PROXY })).toBeUndefined();
    },
  );

  it.each([
    ['github.corp.example', true],
    ['corp.example', true],
    ['.corp.example', true],
    ['*.corp.example', true],
    ['other.example, GitHub.Corp.Example', true],
    ['github.corp.example:443', true],
    ['*', true],
    ['github.corp.example:8443', false],
    ['hub.corp.example', false],
    ['github.corp', false],
    [' , ', false],
  ])('under NO_PROXY=%s: goes past it %s', (list, direct) => {
    for (const name of ['NO_PROXY', 'no_proxy']) {
      const proxy = forUrl('https://github.corp.example/api/v3', { HTTPS_PROXY: PROXY, [name]: list });
      expect(proxy === undefined).toBe(direct);
    }
  });
});

const missing = requireOrSkip(['openssl']);

describe.skipIf(missing !== undefined)(
  `a service${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    const trusted = getCACertificates('default');
    let authority: Authority;
    let hub: GitHub;
    let front: Awaited<ReturnType<typeof tlsFront>>;
    beforeAll(async () => {
      [authority, hub] = await Promise.all([certificateAuthority(), serveGitHub()]);
      front = await tlsFront(await authority.issue([API]), hub.port);
      setDefaultCACertificates([...trusted, authority.ca]);
    });
    afterAll(async () => {
      setDefaultCACertificates(trusted);
      await front[Symbol.asyncDispose]();
      await Promise.all([hub[Symbol.asyncDispose](), authority[Symbol.asyncDispose]()]);
    });

    /** The name resolves nowhere, so whatever answers was reached by the proxy. */
    const ask = (env: Readonly<Record<string, string>>, limitMs = 5_000) =>
      createGitHub(
        { apiUrl: `https://${API}/api`, repository: REPOSITORY, token: hub.token({ checks: 'read' }) },
        { http: createHttp(env), clock: systemClock, userAgent: 'test' },
      ).request(
        { method: 'GET', path: `/commits/${'a'.repeat(40)}/check-runs`, needs: 'checks: read' },
        performance.now() + limitMs,
      );

    it('is asked through the proxy, which sees a name and never the token', async () => {
      await using proxy = await startProxy({ routes: { [AUTHORITY]: front.port } });
      expect(await ask({ HTTPS_PROXY: proxy.url })).toMatchObject({ ok: true, body: { total_count: 0 } });
      expect(proxy.asked).toEqual([{ authority: AUTHORITY, authorization: undefined }]);
      expect(hub.requests.at(-1)?.headers).toMatchObject({ host: API });
      expect(hub.requests.at(-1)?.headers).not.toHaveProperty('proxy-authorization');
    });

    it('is asked through a proxy that wants a user and a password, and was named without a scheme', async () => {
      await using proxy = await startProxy({
        routes: { [AUTHORITY]: front.port },
        credentials: 'me:s3cr3t p@ss',
      });
      const url = proxy.url.replace('http://me:s3cr3t p@ss@', 'me:s3cr3t%20p%40ss@');
      expect(await ask({ https_proxy: url })).toMatchObject({ ok: true });
    });

    it('is not reached where the proxy says no, and the password of its URL is in no word about it', async () => {
      await using proxy = await startProxy({ routes: {}, credentials: 'me:s3cr3t' });
      for (const url of [proxy.url, proxy.url.replace('s3cr3t', 'wr0ng')]) {
        const reply = await ask({ HTTPS_PROXY: url });
        expect(reply).toMatchObject({ ok: false, problem: { doubtful: false } });
        expect(JSON.stringify(reply)).toContain('PROXY_REFUSED');
        expect(JSON.stringify(reply)).not.toMatch(/s3cr3t|wr0ng/);
      }
    });

    it('is not reached where the proxy is not there, or is none', async () => {
      const { port } = await closedPort();
      expect(JSON.stringify(await ask({ HTTPS_PROXY: `http://127.0.0.1:${port}` }))).toContain(
        'PROXY_UNREACHABLE',
      );
      for (const url of ['socks5://127.0.0.1:1080', 'http://%zz@127.0.0.1:3128', 'http://'])
        expect(JSON.stringify(await ask({ HTTPS_PROXY: url }))).toContain('PROXY_UNUSABLE');
    });

    it('is given up in time where the proxy says nothing', async () => {
      const { createServer } = await import('node:net');
      const { listen } = await import('../targets/server.ts');
      await using silent = await listen(createServer(() => {}));
      const reply = await ask({ HTTPS_PROXY: `http://127.0.0.1:${silent.port}` }, 300);
      expect(reply).toMatchObject({ ok: false, problem: { hung: true, doubtful: true } });
    });

    it('is asked directly where NO_PROXY names it, and a look at what visitors get always is', async () => {
      await using proxy = await startProxy({ routes: { [AUTHORITY]: front.port } });
      expect(await ask({ HTTPS_PROXY: proxy.url, NO_PROXY: API })).toMatchObject({ ok: false });
      const look = { method: 'GET', url: new URL(`https://${API}/`), headers: {} } as const;
      const http = createHttp({ HTTPS_PROXY: proxy.url });
      await expect(http.request({ ...look, signal: AbortSignal.timeout(5_000) })).rejects.toThrow();
      expect(proxy.asked).toEqual([]);
    });
  },
);
