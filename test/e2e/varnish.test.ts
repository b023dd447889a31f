import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { get } from '../targets/probe.ts';
import { requireOrSkip } from '../targets/requirements.ts';
import { type NginxBehindVarnish, nginxBehindVarnish } from '../targets/varnish.ts';
import { FRONTS, NEW, OLD, polls, verifyLive } from './prove.ts';

const missing = requireOrSkip(['nginx', 'varnishd']);

/** Varnish has a copy of the old build, and nginx the new one. */
async function deployed(options: Parameters<typeof nginxBehindVarnish>[0]): Promise<NginxBehindVarnish> {
  const site = await nginxBehindVarnish(options);
  await site.deploy(OLD);
  for (const encoding of ['br', 'gzip', 'identity'])
    await get(`${site.url}/`, { 'accept-encoding': encoding });
  await site.deploy(NEW);
  return site;
}

describe.skipIf(missing !== undefined)(
  `nginx behind varnish${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    it.concurrent.each(FRONTS)(
      'is proved when the copies in varnish have expired, grace included (%s)',
      async (front) => {
        await using site = await deployed({ ttlSeconds: 3, graceSeconds: 1 });
        const run = await verifyLive(front, `${site.url}/`);
        expect([run.code, run.outputs.verdict]).toEqual([0, 'live']);
        const looks = polls(run);
        expect(looks[0]).toMatchObject({ served: OLD, cache: 'HIT', age: expect.stringMatching(/^\d+$/) });
        expect(looks.at(-1)?.served).toBe(NEW);
      },
    );

    it.concurrent('is a stale edge until then, and live at once after a purge', async () => {
      await using site = await deployed({ ttlSeconds: 3600 });
      const stale = await verifyLive('command line', `${site.url}/`, { 'fail-fast': 'true' });
      expect([stale.code, stale.outputs.verdict, stale.outputs.polls]).toEqual([1, 'stale-edge', '1']);
      expect(stale.stdout).toContain('forecast=outlives-deadline');
      await site.purge('/');
      const live = await verifyLive('command line', `${site.url}/`);
      expect([live.code, live.outputs.polls]).toEqual([0, '2']);
    });

    it.concurrent('is never proved where an unchanged ETag keeps the old copy alive', async () => {
      await using site = await deployed({ ttlSeconds: 0.2, graceSeconds: 10, frozenMtime: true });
      await delay(300);
      const run = await verifyLive('command line', `${site.url}/`, { 'max-polls': '4' });
      expect([run.code, run.outputs.verdict]).toEqual([1, 'stale-edge']);
      const past = await verifyLive('command line', `${site.originUrl}/`);
      expect(past.code).toBe(0);
    });
  },
);
