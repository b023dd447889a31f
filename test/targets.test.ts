import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { cachingEdge } from './targets/caching-edge.ts';
import { flappingEdge } from './targets/flapping-edge.ts';
import { origin } from './targets/origin.ts';
import { errorPage200, errorStatus, idInComment, idInScript, prefixId } from './targets/pages.ts';
import { get } from './targets/probe.ts';
import { crossHostRedirect, redirectChain, redirectLoop } from './targets/redirects.ts';

describe('origin', () => {
  it('serves a build in every place, encoded as asked for', async () => {
    await using site = await origin();
    site.deploy('build-1');
    for (const encoding of ['br', 'gzip', 'identity']) {
      const page = await get(`${site.url}/`, { 'accept-encoding': encoding });
      expect(page.headers['content-encoding'] ?? 'identity').toBe(encoding);
      expect(page.text).toContain('<meta name="x-build-id" content="build-1">');
      expect(page.headers).toMatchObject({ vary: 'Accept-Encoding', 'x-build-id': 'build-1' });
    }
    expect((await get(`${site.url}/build-id.txt?x=1`)).text).toBe('build-1\n');
    expect(JSON.parse((await get(`${site.url}/version.json`)).text)).toEqual({ build: { id: 'build-1' } });
    expect(site.requests.map(({ url }) => url)).toEqual([
      '/',
      '/',
      '/',
      '/build-id.txt?x=1',
      '/version.json',
    ]);
    site.failWith(500);
    expect((await get(`${site.url}/`)).status).toBe(500);
  });

  it('changes its ETag with the content, or with size-mtime keeps it and answers 304 for another build', async () => {
    for (const [etag, status] of [
      ['content', 200],
      ['size-mtime', 304],
    ] as const) {
      await using site = await origin({ etag });
      site.deploy('build-1');
      const before = await get(`${site.url}/`);
      site.deploy('build-2');
      const again = await get(`${site.url}/`, { 'if-none-match': String(before.headers.etag) });
      expect(again.status).toBe(status);
      expect(again.headers.etag === before.headers.etag).toBe(etag === 'size-mtime');
    }
  });
});

describe('cachingEdge', () => {
  afterEach(() => void vi.useRealTimers());

  it('serves its copy with a true Age until its lifetime is over, to the millisecond', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await using site = await origin();
    await using edge = await cachingEdge(site, { ttlMs: 1250, header: 's-maxage', cacheStatus: true });
    site.deploy('build-1');
    expect((await get(`${edge.url}/`)).headers).toMatchObject({ 'x-cache': 'MISS', age: '0' });
    site.deploy('build-2');
    const expiresAt = edge.expiresAt('/') ?? 0;
    vi.setSystemTime(expiresAt - 200);
    const stale = await get(`${edge.url}/`);
    expect(stale.headers).toMatchObject({ 'x-cache': 'HIT', age: '1', 'x-build-id': 'build-1' });
    expect(stale.headers['cache-control']).toBe('public, max-age=0, s-maxage=2');
    expect(stale.headers['cache-status']).toBe('TestEdge; hit; ttl=0');
    vi.setSystemTime(expiresAt - 1);
    expect((await get(`${edge.url}/`)).headers).toMatchObject({ 'x-cache': 'HIT', 'x-build-id': 'build-1' });
    vi.setSystemTime(expiresAt);
    expect((await get(`${edge.url}/`)).headers).toMatchObject({ 'x-cache': 'MISS', 'x-build-id': 'build-2' });
    expect(site.requests).toHaveLength(2);
  });

  it('serves stale within its grace while it refreshes', async () => {
    await using site = await origin();
    await using edge = await cachingEdge(site, { ttlMs: 50, graceMs: 5000 });
    site.deploy('build-1');
    await get(`${edge.url}/`);
    site.deploy('build-2');
    await delay(80);
    const stale = await get(`${edge.url}/`);
    expect(stale.headers).toMatchObject({ 'x-cache': 'STALE', 'x-build-id': 'build-1' });
    expect(stale.headers['cache-control']).toBe('public, max-age=1, stale-while-revalidate=5');
    const served = async () => (await get(`${edge.url}/`)).headers['x-build-id'];
    await expect.poll(served, { timeout: 20_000 }).toBe('build-2');
  });

  it('keeps encodings apart, so that br is stale while identity is fresh', async () => {
    await using site = await origin();
    await using edge = await cachingEdge(site, { ttlMs: 60_000, perEncoding: true });
    site.deploy('build-1');
    for (const encoding of ['br', 'gzip', 'identity'])
      await get(`${edge.url}/`, { 'accept-encoding': encoding });
    site.deploy('build-2');
    edge.purge({ path: '/', encoding: 'identity' });
    expect((await get(`${edge.url}/`)).text).toContain('build-2');
    const br = await get(`${edge.url}/`, { 'accept-encoding': 'gzip, br' });
    expect(br.headers['content-encoding']).toBe('br');
    expect(br.text).toContain('build-1');
  });

  it('is bypassed by a query, by no-cache, or by neither, as it was told', async () => {
    await using site = await origin();
    const looks = async (options: Parameters<typeof cachingEdge>[1]): Promise<unknown[]> => {
      await using edge = await cachingEdge(site, options);
      site.deploy('build-1');
      await get(`${edge.url}/`);
      site.deploy('build-2');
      const urls = [
        [`${edge.url}/?x=1`],
        [`${edge.url}/`, { 'cache-control': 'no-cache' }],
        [`${edge.url}/`],
      ] as const;
      const seen = [];
      for (const [url, headers] of urls) seen.push((await get(url, headers)).headers['x-build-id']);
      return seen;
    };
    expect(await looks({ ttlMs: 60_000 })).toEqual(['build-2', 'build-1', 'build-1']);
    expect(await looks({ ttlMs: 60_000, ignoreQuery: true })).toEqual(['build-1', 'build-1', 'build-1']);
    expect(await looks({ ttlMs: 60_000, noCache: 'bypass' })).toEqual(['build-2', 'build-2', 'build-1']);
    expect(await looks({ ttlMs: 60_000, noCache: 'refresh' })).toEqual(['build-2', 'build-2', 'build-2']);
  });

  it('tells its lifetime by Expires, or tells another than it keeps', async () => {
    await using site = await origin();
    site.deploy('build-1');
    await using edge = await cachingEdge(site, { ttlMs: 60_000, header: 'expires', sendAge: false });
    await get(`${edge.url}/`);
    const { headers } = await get(`${edge.url}/`);
    expect(Date.parse(String(headers.expires)) - Date.parse(String(headers.date))).toBe(60_000);
    expect(headers.age).toBeUndefined();
    expect(headers['cache-control']).toBeUndefined();
    await using liar = await cachingEdge(site, { ttlMs: 50, advertisedSeconds: 79_200 });
    expect((await get(`${liar.url}/`)).headers['cache-control']).toBe('public, max-age=79200');
  });
});

describe('flappingEdge', () => {
  it('serves both builds in turn, each encoding in the same rhythm', async () => {
    await using edge = await flappingEdge({ old: 'build-1', new: 'build-2' });
    const look = async (encoding: string) =>
      (await get(`${edge.url}/`, { 'accept-encoding': encoding })).headers['x-build-id'];
    const seen = [];
    for (const encoding of ['br', 'identity', 'br', 'identity', 'br']) seen.push(await look(encoding));
    expect(seen).toEqual(['build-2', 'build-2', 'build-1', 'build-1', 'build-2']);
  });
});

describe('pages that must not pass', () => {
  it('holds the wanted id everywhere but where it counts', async () => {
    await using prefix = await prefixId('build-1-abc');
    expect((await get(`${prefix.url}/`)).text).toContain('content="build-1-abcd"');
    for (const target of [await idInComment('build-2', 'build-1'), await idInScript('build-2')]) {
      await using site = target;
      expect((await get(`${site.url}/`)).text).toContain('<meta name="x-build-id" content="build-2">');
    }
    await using broken = await errorPage200();
    const page = await get(`${broken.url}/`);
    expect([page.status, page.text.includes('x-build-id')]).toEqual([200, false]);
    await using error = await errorStatus(404, 'build-2');
    expect(await get(`${error.url}/`)).toMatchObject({
      status: 404,
      text: expect.stringContaining('build-2'),
    });
  });
});

describe('redirects', () => {
  it('never end, or end after so many hops', async () => {
    for (const kind of ['pair', 'self', 'ever-new'] as const) {
      await using loop = await redirectLoop(kind);
      await expect(fetch(`${loop.url}/a`)).rejects.toThrow('fetch failed');
      expect(loop.requests).toHaveLength(21);
    }
    await using chain = await redirectChain('build-1', 3);
    expect(await (await fetch(`${chain.url}/0`)).text()).toContain('build-1');
    expect(chain.requests.map(({ url }) => url)).toEqual(['/0', '/1', '/2', '/']);
  });

  it('cross to another origin, which logs what came along', async () => {
    await using hosts = await crossHostRedirect('build-1');
    await fetch(`${hosts.url}/build-id.txt`, {
      headers: { authorization: 'Bearer s', 'x-key': 's', cookie: 'a=s' },
    });
    expect(hosts.first.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer s',
      'x-key': 's',
      cookie: 'a=s',
    });
    expect(hosts.second.requests[0]).toMatchObject({ url: '/build-id.txt', headers: { 'x-key': 's' } });
    expect(hosts.second.requests[0]?.headers.authorization).toBeUndefined();
  });
});
