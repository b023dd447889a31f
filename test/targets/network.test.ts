import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runCli } from '../e2e/run-dist.ts';
import { canRemapHosts, withHosts } from './hosts.ts';
import { canIsolateNetwork, halfRoutedHosts, UNROUTED_IPV6, withoutRoute } from './no-route.ts';
import { origin } from './origin.ts';
import { get, writeScript } from './probe.ts';
import { requireOrSkip } from './requirements.ts';
import { hasAddress, isLocalhostDual, twoEdges } from './two-edges.ts';
import { nginxBehindVarnish, serverVersions } from './varnish.ts';

describe('addresses of one name', () => {
  it('has two servers on one port at the two addresses of a name', async (context) => {
    const missing = requireOrSkip([], {
      'a way to give a command its own /etc/hosts': canRemapHosts(),
      '127.0.0.2': await hasAddress('127.0.0.2'),
    });
    if (missing) context.skip(missing);
    const script = `
      const { lookup } = await import('node:dns/promises');
      const { hostname, port } = new URL(process.argv[2]);
      for (const { address, family } of await lookup(hostname, { all: true, order: 'ipv4first' })) {
        const answer = await fetch('http://' + (family === 6 ? '[' + address + ']' : address) + ':' + port + '/');
        console.log('seen edge=' + address + ' served=' + answer.headers.get('x-build-id'));
      }`;
    await using entry = await writeScript(script);
    for (const name of ['two-edges.test', ...((await hasAddress('::1')) ? ['localhost'] : [])]) {
      await using two = await twoEdges({ name });
      two.edges[0].deploy('build-2');
      two.edges[1].deploy('build-1');
      const wrap = (file: string, args: readonly string[]) => withHosts(two.hostsLines, file, args);
      const run = await runCli([two.url], { entry: entry.file, wrap });
      expect(run.stderr).toBe('');
      expect(run.events.map(({ fields }) => fields)).toEqual([
        { edge: two.addresses[0], served: 'build-2' },
        { edge: two.addresses[1], served: 'build-1' },
      ]);
    }
    expect(await isLocalhostDual()).toBeTypeOf('boolean');
  });

  it('has an address without a route beside one that answers', async (context) => {
    const missing = requireOrSkip([], { 'a network of its own': canIsolateNetwork() });
    if (missing) context.skip(missing);
    await using site = await origin();
    site.deploy('build-1');
    const script = `
      const { connect } = await import('node:net');
      const socket = connect({ host: '${UNROUTED_IPV6}', port: 80 });
      socket.on('error', async ({ code }) => {
        const answer = await fetch('http://half.test:' + process.argv[2] + '/build-id.txt');
        console.log('seen code=' + code + ' served=' + (await answer.text()).trim());
        process.exit(7);
      });`;
    await using entry = await writeScript(script);
    for (const fault of ['ENETUNREACH', 'EHOSTUNREACH', 'EACCES'] as const) {
      await using island = await withoutRoute({
        hostsLines: halfRoutedHosts('half.test'),
        ports: [site.port],
        fault,
      });
      const run = await runCli([String(site.port)], { entry: entry.file, wrap: island.wrap });
      expect(run).toMatchObject({ code: 7, stderr: '', stdout: `seen code=${fault} served=build-1\n` });
    }
  });
});

describe('nginxBehindVarnish', () => {
  it('serves the old build until its lifetime is over, or until a purge', async (context) => {
    const missing = requireOrSkip(['nginx', 'varnishd']);
    if (missing) context.skip(missing);
    await using site = await nginxBehindVarnish({ ttlSeconds: 3600, graceSeconds: 0 });
    const served = async (url: string): Promise<string> => (await get(`${url}/build-id.txt`)).text.trim();
    await site.deploy('build-1');
    expect(await served(site.url), await serverVersions()).toBe('build-1');
    await site.deploy('build-2');
    expect([await served(site.url), await served(site.originUrl)]).toEqual(['build-1', 'build-2']);
    const page = await get(`${site.url}/build-id.txt`);
    expect(page.headers).toMatchObject({ 'x-cache': 'HIT', age: expect.stringMatching(/^\d+$/) });
    await site.purge('/build-id.txt');
    expect(await served(site.url)).toBe('build-2');
    await using shortly = await nginxBehindVarnish({ ttlSeconds: 0.5, graceSeconds: 0 });
    await shortly.deploy('build-1');
    expect(await served(shortly.url)).toBe('build-1');
    await shortly.deploy('build-2');
    await delay(600);
    expect(await served(shortly.url)).toBe('build-2');
  });

  it('serves the old build for ever when both builds share an ETag', async (context) => {
    const missing = requireOrSkip(['nginx', 'varnishd']);
    if (missing) context.skip(missing);
    await using site = await nginxBehindVarnish({ ttlSeconds: 0.1, graceSeconds: 10, frozenMtime: true });
    await site.deploy('build-1');
    await get(`${site.url}/build-id.txt`);
    await site.deploy('build-2');
    for (let look = 0; look < 4; look += 1) {
      await delay(150);
      expect((await get(`${site.url}/build-id.txt`)).text).toBe('build-1\n');
    }
    expect((await get(`${site.originUrl}/build-id.txt`)).text).toBe('build-2\n');
  });
});
