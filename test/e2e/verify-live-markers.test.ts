import { describe, expect, it } from 'vitest';
import { origin } from '../targets/origin.ts';
import { FRONTS, NEW, OLD, verifyLive } from './prove.ts';

/** A place, its URL, and whether another id in it can be read (`contains` knows only the one that it looks for). */
const PLACES = [
  ['auto', '/', 'old-build'],
  ['auto', '/build-id.txt', 'old-build'],
  ['meta:x-build-id', '/', 'old-build'],
  ['text', '/build-id.txt', 'old-build'],
  ['header:x-build-id', '/', 'old-build'],
  ['header:X-Build-Id', '/version.json', 'old-build'],
  ['json:$.build.id', '/version.json', 'old-build'],
  ["json:$['build']['id']", '/version.json', 'old-build'],
  ['contains', '/version.json', 'no-marker'],
  ['contains', '/', 'no-marker'],
] as const;

/** Places in which the deployed site has no id at all. */
const NOWHERE = [
  ['auto', '/version.json'],
  ['text', '/'],
  ['meta:generator', '/'],
  ['header:x-version', '/'],
  ['header:constructor', '/'],
  ['header:__proto__', '/'],
  ['json:$.version', '/version.json'],
  ['json:$.build', '/version.json'],
  ['json:$.build.id', '/'],
] as const;

describe.each(FRONTS)('the id (%s)', (front) => {
  it.concurrent.each(PLACES)(
    'is found by %s at %s, and another one there is not it',
    async (where, path, wrong) => {
      await using site = await origin();
      site.deploy(NEW);
      const right = await verifyLive(front, site.url + path, { where });
      expect([right.code, right.outputs.verdict, right.outputs.served]).toEqual([0, 'live', NEW]);
      site.deploy(OLD);
      const stale = await verifyLive(front, site.url + path, { where, 'max-polls': '2' });
      expect([stale.code, stale.outputs.verdict]).toEqual([1, wrong]);
      site.deploy(`${NEW}d`);
      const longer = await verifyLive(front, site.url + path, { where, 'max-polls': '2' });
      expect(longer.outputs.verdict).toBe(wrong);
    },
  );
});

it.concurrent.each(NOWHERE)('the id is not found by %s at %s', async (where, path) => {
  await using site = await origin();
  site.deploy(NEW);
  const run = await verifyLive('command line', site.url + path, { where, 'max-polls': '2' });
  expect([run.code, run.outputs.verdict]).toEqual([1, 'no-marker']);
});

it.concurrent('the id is not found in JSON that nests too deep to be searched', async () => {
  await using site = await origin();
  site.serve('/version.json', { body: `${'['.repeat(500)}{"id":"${NEW}"}${']'.repeat(500)}` });
  const run = await verifyLive('command line', `${site.url}/version.json`, {
    where: 'json:$..id',
    'max-polls': '2',
  });
  expect([run.code, run.outputs.verdict]).toEqual([1, 'no-marker']);
  expect(run.proof?.checks[0]?.observed).toContain('nests deeper');
});
