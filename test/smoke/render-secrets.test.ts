import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createHttp, type Http } from '../../src/ports/http.ts';
import { renderPages } from '../targets/render-pages.ts';
import { listen } from '../targets/server.ts';
import { browserEnv, missingChrome, ownTemporaryFolder, renderAll } from './render-checking.ts';

const missing = missingChrome();
const SECRET = 'open-sesame-please';
// biome-ignore lint/suspicious/noTemplateCurlyInString: the format's own syntax
const HEADERS = { 'x-bypass': '${secret:BYPASS}', 'x-plain': 'plain', cookie: 'pass=${secret:BYPASS}' };
const env = () => ({ ...browserEnv(), BYPASS: SECRET });

/** Counts whoever connects, whatever is spoken then. */
async function listener() {
  const connections: string[] = [];
  const server = createServer((socket) => {
    connections.push('connected');
    socket.on('error', () => {});
    socket.once('data', (chunk) => {
      connections.push(chunk.toString('latin1').split('\r\n')[0] ?? '');
      socket.destroy();
    });
  });
  const listening = await listen(server);
  return { ...listening, url: `http://127.0.0.1:${listening.port}`, connections };
}

describe.skipIf(missing)(`what a rendered page may ask${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('secret headers go to every request of their origin, and to no other', async () => {
    await using other = await renderPages();
    await using site = await renderPages({ other: other.url });
    const { red, proof } = await renderAll(
      site.url,
      [{ name: 'pulls', get: '/pulls', headers: HEADERS }],
      { 'allow-private': true },
      { env: env() },
    );
    expect(red).toEqual({});
    const own = site.requests.filter(({ url }) => url !== '/favicon.ico');
    expect(own.map(({ url }) => url)).toEqual(['/pulls', '/data']);
    for (const { headers } of own) {
      expect(headers).toMatchObject({ 'x-bypass': SECRET, 'x-plain': 'plain', cookie: `pass=${SECRET}` });
    }
    expect(other.requests.map(({ url }) => url)).toEqual(expect.arrayContaining(['/x.png', '/fetched']));
    expect(JSON.stringify(other.requests)).not.toContain(SECRET);
    expect(JSON.stringify(other.requests)).not.toContain('x-plain');
    expect(JSON.stringify(proof)).not.toContain(SECRET);
  });

  it('a redirect to another origin goes without them, and says so', async () => {
    await using other = await renderPages();
    await using site = await renderPages({ other: other.url });
    const { red } = await renderAll(
      site.url,
      [{ name: 'away', get: '/away', headers: HEADERS, expect: { contains: 'never there' } }],
      { 'allow-private': true },
      { env: env() },
    );
    expect(other.requests.map(({ url }) => url)).toContain('/app');
    expect(JSON.stringify(other.requests)).not.toContain(SECRET);
    expect(red['smoke:away']?.detail).toContain('Not sent to the other origin: x-bypass, x-plain');
  });

  it('a redirect to a private address that nobody named is refused', async () => {
    await using other = await renderPages();
    await using site = await renderPages({ other: other.url });
    const { red } = await renderAll(site.url, [{ name: 'away', get: '/away' }]);
    expect(red['smoke:away']).toMatchObject({
      status: 'fail',
      observed: expect.stringContaining('is the private address'),
    });
    expect(other.requests).toEqual([]);
  });

  it('the addresses that hand out credentials are refused, also where private ones are allowed', async () => {
    await using site = await renderPages({ other: 'http://169.254.169.254' });
    const { red, proof } = await renderAll(
      site.url,
      [
        { name: 'redirect', get: '/metadata' },
        { name: 'pulls', get: '/pulls' },
      ],
      { 'allow-private': true },
    );
    expect(Object.keys(red)).toEqual(['smoke:redirect']);
    expect(red['smoke:redirect']).toMatchObject({
      status: 'fail',
      observed: expect.stringContaining('which is never asked'),
    });
    expect(JSON.stringify(proof.checks[1]?.attempts)).toContain(
      '169.254.169.254/x.png: refused: its address may not be asked',
    );
  });

  it('no way of a page leads to an address that is not allowed', async () => {
    await using inner = await listener();
    await using site = await renderPages({ other: inner.url });
    const { red } = await renderAll(site.url, [
      { name: 'pries', get: '/pries', expect: { contains: 'Pries' } },
    ]);
    expect(red).toEqual({});
    expect(inner.connections).toEqual([]);
    // The control: where it is allowed, the same page finds many ways.
    await renderAll(site.url, [{ name: 'pries', get: '/pries' }], { 'allow-private': true });
    const asked = inner.connections.join('\n');
    for (const way of ['/image', '/frame', '/fetch', '/beacon', '/socket', '/worker', '/from-worker']) {
      expect(asked).toContain(way);
    }
  });

  it('a name that means another address the second time is asked at neither', async () => {
    await using inner = await listener();
    const { port } = new URL(inner.url);
    await using site = await renderPages({ other: `http://rebinds.test:${port}` });
    const real = createHttp();
    const asked: string[] = [];
    const http: Http = {
      ...real,
      resolve: async (hostname, signal) => {
        if (hostname !== 'rebinds.test') return real.resolve(hostname, signal);
        asked.push(hostname);
        // A public one for whoever judges, an inner one for whoever connects.
        return [{ address: asked.length === 1 ? '192.0.9.1' : '127.0.0.1', family: 4 }];
      },
    };
    await renderAll(site.url, [{ name: 'pulls', get: '/pulls' }], {}, { http, env: browserEnv() });
    expect(asked.length).toBeGreaterThan(1);
    expect(inner.connections).toEqual([]);
  });

  it('a name of the inputs is asked where the run resolves it, not where the system does', async () => {
    await using site = await renderPages();
    const { port } = new URL(site.url);
    const real = createHttp();
    const http: Http = { ...real, resolve: async () => [{ address: '127.0.0.1', family: 4 }] };
    const { red } = await renderAll(
      `http://app.example.test:${port}`,
      [{ name: 'app', get: '/app', expect: { contains: 'From the API' } }],
      {},
      { http },
    );
    expect(red).toEqual({});
  });

  it.runIf(process.platform === 'linux')(
    'the browser sees neither the runner’s variables nor our own',
    async () => {
      const { readdirSync, readFileSync } = await import('node:fs');
      await using own = await ownTemporaryFolder();
      await using site = await renderPages();
      const seen = new Set<string>();
      const watch = setInterval(() => {
        for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
          try {
            if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(own.folder))
              seen.add(readFileSync(`/proc/${pid}/environ`, 'latin1'));
          } catch {} // It has ended meanwhile.
        }
      }, 50);
      const planted = {
        INPUT_TOKEN: 'canary-1',
        ACTIONS_RUNTIME_TOKEN: 'canary-2',
        GITHUB_TOKEN: 'canary-3',
        SHIP_PROOF_KEY_SECRET: 'canary-4',
      };
      await renderAll(site.url, [{ name: 'app', get: '/app' }], {}, { env: { ...browserEnv(), ...planted } });
      clearInterval(watch);
      expect([...seen].join('')).toContain('PATH=');
      expect([...seen].join('')).not.toContain('canary-');
    },
  );
});
