import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openYard } from '../deploy/yard.ts';

it('status says at a glance what is live, built, published, running and held, and who is on it', async () => {
  await using yard = await openYard();
  const [one, two, three] = yard.builds;
  const look = async () => {
    const { code, result, stderr } = await yard.shop.run(['status', '--runner', 'r']);
    const { deploys, ...sections } = result.sections as Record<string, Record<string, unknown>>;
    return { code, deploys, sections, lines: stderr };
  };
  expect((await look()).deploys).toMatchObject({ environment: 'production', state: 'none', live: 'none' });

  await yard.published(one, two);
  await yard.promoted(one);
  await yard.built(three);
  const before = await look();
  expect(before.code).toBe(0);
  expect(before.deploys).toMatchObject({
    ...{ state: 'ok', live: one, build: one, artifact: `art-${one}`, by: 'promote', verified: 'never' },
    ...{ published: two, built: three },
  });
  expect(before.lines).toContain(`status about=deploys environment=production state=ok live=${one}`);

  await yard.shop.run(['phase', '--phase', 'promote', '--build-id', two, '--state', 'begin']);
  const during = await look();
  expect(during.deploys).toMatchObject({ state: 'running', live: one, running: two });
  expect(during.sections[`deploy ${two}`]).toMatchObject({
    state: 'running',
    phase: 'promote',
    told: expect.stringMatching(/^running since .* by host:/),
  });

  await yard.shop.run(['kill', '--scope', 'deploys', '--reason', 'freeze']);
  const held = await look();
  expect(held.deploys).toMatchObject({ state: 'held', held: expect.stringContaining('freeze') });
});

it('status needs no runner to tell of an environment, and then its state and page are those of the deploys', async () => {
  await using yard = await openYard();
  const [one] = yard.builds;
  await yard.published(one);
  await yard.promoted(one);
  const look = (...more: readonly string[]) =>
    yard.shop.run(['status', '--environment', 'production', ...more]);
  const { code, result, stderr } = await look('--out', 'screen');
  expect(code).toBe(0);
  expect(result).toMatchObject({
    state: 'ok',
    sections: { deploys: { environment: 'production', live: one } },
  });
  expect(Object.keys(result.sections as object)).toEqual(['deploys']);
  expect(stderr).toContain(`status about=deploys environment=production state=ok live=${one}`);
  expect(readFileSync(join(yard.shop.path, 'screen/status.html'), 'utf8')).toContain(
    '<h1>Deploys of production: in order</h1>',
  );

  await yard.shop.run(['phase', '--phase', 'build', '--build-id', yard.builds[1], '--', 'false']);
  expect(await look()).toMatchObject({ code: 0, result: { state: 'failed' } });
  await yard.shop.run(['kill', '--scope', 'deploys']);
  expect(await look()).toMatchObject({ code: 0, result: { state: 'held' } });
  expect(await look('--watchdog')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('give `runner`'),
  });
});

it('status refuses a name that no environment can have, and does not tell of nothing', async () => {
  await using yard = await openYard();
  for (const environment of ['pro duction', 'a/b', 'a.json'])
    expect(await yard.shop.run(['status', '--runner', 'r', '--environment', environment])).toMatchObject({
      code: 2,
    });
});
