import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closedPort } from '../targets/ports.ts';
import { renderPages } from '../targets/render-pages.ts';
import type { Target } from '../targets/server.ts';
import { browserEnv, missingChrome, ownTemporaryFolder, renderAll } from './render-checking.ts';
import { smoke } from './run.ts';

const missing = missingChrome();
let site: Target;
beforeAll(async () => {
  site = await renderPages();
});
afterAll(() => site[Symbol.asyncDispose]());

describe('without a browser', () => {
  it('nothing is proved, and it is said how to get one', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'render-none-'));
    const { proof, red } = await renderAll(
      site.url,
      [{ name: 'app', get: '/app' }],
      {},
      {
        env: { CHROME_PATH: join(empty, 'chrome'), PATH: empty },
      },
    );
    await rm(empty, { recursive: true });
    expect(proof.outcome).toBe('inconclusive');
    expect(red['smoke:app']).toMatchObject({
      status: 'untestable',
      observed: expect.stringMatching(/^chrome-missing: CHROME_PATH names no program/),
    });
    expect(site.requests).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')(
    'one that does not start proves nothing either, and leaves nothing',
    async () => {
      await using own = await ownTemporaryFolder();
      const { proof, red } = await renderAll(
        site.url,
        [{ name: 'app', get: '/app' }],
        {},
        { env: { CHROME_PATH: '/bin/false' } },
      );
      expect(proof.outcome).toBe('inconclusive');
      expect(red['smoke:app']?.observed).toMatch(/^chrome-failed: \/bin\/false did not start/);
      expect(await own.left()).toEqual([]);
    },
  );
});

describe.skipIf(missing)(`pages without an end${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it.each(['/loop', '/loop-later', '/endless', '/hangs'])('%s ends with the time for it', async (path) => {
    const { proof, red } = await renderAll(site.url, [
      { name: 'stuck', get: path, timeout: '1500ms' },
      { name: 'other', get: '/app' },
    ]);
    expect(Object.keys(red)).toEqual(['smoke:stuck']);
    expect(red['smoke:stuck']).toMatchObject({
      status: 'untestable',
      observed: 'ETIMEDOUT: the page was not ready within 1500 ms',
    });
    expect(proof.outcome).toBe('inconclusive');
    // With room for a slow machine; the next bound above it would be the 2 minutes for all checks.
    expect(proof.checks[0]?.attempts?.[0]?.elapsedMs).toBeLessThan(10_000);
  });

  it('one that is never still is judged as it stands', async () => {
    const { proof, red } = await renderAll(site.url, [
      { name: 'busy', get: '/busy', timeout: '3s', expect: { contains: 'Busy' } },
    ]);
    expect(red).toEqual({});
    expect(proof.checks[0]?.attempts?.[0]?.observed.network).toMatch(/never still/);
  });

  it('one with frames of other sites and workers is still when they are', async () => {
    // By another name, so that its frame is of another site.
    await using framing = await renderPages({ other: site.url.replace('127.0.0.1', 'localhost') });
    const { red, proof } = await renderAll(framing.url, [{ name: 'frames', get: '/frames' }], {
      'allow-private': true,
    });
    expect(red).toEqual({});
    expect(proof.checks[0]?.attempts?.[0]?.observed).not.toHaveProperty('network');
    expect(site.requests.map(({ url }) => url)).toContain('/app');
  });

  it('one that is a giant is not read', async () => {
    const check = { name: 'giant', get: '/giant', timeout: '50s', expect: { contains: 'x' } };
    const { red } = await renderAll(site.url, [check]);
    expect(red['smoke:giant']?.observed).toBe('the rendered page is longer than 5000000 characters');
  });

  it('a page that is too slow fails `max-time`', async () => {
    const { red } = await renderAll(site.url, [
      { name: 'slow', get: '/loop', timeout: '1s', expect: { 'max-time': '900ms' } },
    ]);
    expect(red['smoke:slow']).toMatchObject({ status: 'fail', expected: 'at most 900 ms' });
  });

  it('nobody there is no answer', async () => {
    const { red } = await renderAll((await closedPort()).url, [{ name: 'nobody', get: '/' }]);
    expect(red['smoke:nobody']).toMatchObject({
      status: 'untestable',
      observed: expect.stringMatching(/^ECONNREFUSED: nothing listens/),
    });
  });

  it('none of them leaves a process or a profile, whether it ends by itself, by its deadline or by a signal', async () => {
    await using own = await ownTemporaryFolder();
    const checks = [
      { name: 'stuck', get: '/loop' },
      { name: 'app', get: '/app' },
    ];
    const seen: number[] = [];
    const watch = setInterval(() => seen.push(own.processes().length), 100);
    const signal = AbortSignal.timeout(2_000);
    await renderAll(site.url, checks, { within: '3s' });
    await renderAll(site.url, checks, {}, { signal, env: browserEnv() }).catch(() => undefined);
    await renderAll(site.url, [{ name: 'app', get: '/app' }]);
    // While it is only being started.
    await renderAll(site.url, checks, { within: '100ms' });
    clearInterval(watch);
    if (process.platform === 'linux') expect(Math.max(...seen)).toBeGreaterThan(2);
    expect(own.processes()).toEqual([]);
    expect(await own.left()).toEqual([]);
  });

  it.runIf(process.platform === 'linux')(
    'a browser that dies proves nothing, and the next page gets another',
    async () => {
      await using own = await ownTemporaryFolder();
      const watch = setInterval(() => {
        if (!site.requests.some(({ url }) => url === '/hangs')) return;
        clearInterval(watch);
        const main = own.processes().find((line) => !line.includes('--type='));
        process.kill(Number(main?.split(' ')[0]), 'SIGKILL');
      }, 20);
      site.requests.length = 0;
      const checks = [
        { name: 'dies', get: '/hangs', timeout: '20s' },
        { name: 'next', get: '/app' },
      ];
      const { red } = await renderAll(site.url, checks, { parallel: '1' });
      expect(Object.keys(red)).toEqual(['smoke:dies']);
      expect(red['smoke:dies']).toMatchObject({
        status: 'untestable',
        observed: expect.stringMatching(/^chrome-ended/),
      });
      // A process that was killed takes a moment to leave, on a busy machine a longer one.
      await expect.poll(() => own.processes(), { timeout: 10_000 }).toEqual([]);
      expect(await own.left()).toEqual([]);
    },
  );

  it('redirects can not be left alone', async () => {
    const { red } = await renderAll(site.url, [{ name: 'moved', get: '/moved', follow: false }]);
    expect(red['smoke:moved']?.observed).toMatch(/^render-follow: /);
  });

  it('no step that is not rendered starts a browser', async () => {
    await using own = await ownTemporaryFolder();
    const env = { CHROME_PATH: '/nowhere' };
    const { proof } = await smoke({ 'base-url': site.url, checks: '[{ name: plain, get: /app }]' }, { env });
    expect(proof.outcome).toBe('passed');
    expect(await own.left()).toEqual([]);
  });
});
