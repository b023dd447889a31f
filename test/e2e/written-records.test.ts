import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { git } from '../ledger/fixtures.ts';
import { openWorkshop } from '../once/workshop.ts';
import { published } from '../published.ts';
import { startServer } from '../targets/server.ts';
import { runCli } from './run-dist.ts';

// Whoever reads a ledger with another program than this one has the published schemas only.

it('everything that stands in a ledger is as its published schema says', async () => {
  using shop = openWorkshop();
  await using site = await startServer((_request, response) => void response.writeHead(200).end('build-1'));
  const env = { SHIP_PROOF_KEY_SECRET: 'a secret of the test, long enough' };
  const phase = (name: string) => [
    ...['phase', '--phase', name, '--deploy-id', 'build-1', '--version', '1', '--allow-unknown-commit'],
    ...['--require-proof=false', '--verify=false', '--', 'true'],
  ];
  const tick = (...command: string[]) => [
    ...['tick', '--runner', 'digest', '--spend-cap', '5', '--estimate', '1', '--watchdog-ticks', '1', '--'],
    ...command,
  ];
  const skips = ['--skip', 'smoke: none here', '--skip', 'idempotency-check: none here'];
  for (const args of [
    ['once', '--key', 'a', '--', 'true'],
    ['once', '--key', 'b', '--', 'false'],
    ['claim', '--key', 'c'],
    ...['build', 'publish', 'promote'].map(phase),
    ['prove', '--url', site.url, '--build-id', 'build-1', '--environment', 'production', ...skips],
    tick('sh', '-c', `echo '{"usd_in":0.1,"note":"x","degraded":"y"}' >> "$SHIP_PROOF_REPORT"; exit 1`),
    tick('true'),
    ['kill', '--scope', 'all', '--reason', 'a test'],
    tick('true'),
    ['incident', '--runner', 'digest', '--title', 'no mail', '--trace', 'run 7'],
    ['drill', '--runner', 'digest', '--spend-cap', '5', '--estimate', '1', '--control', 'spend-cap'],
  ])
    await shop.run(args, { env });

  const [repository, ref] = [shop.store.slice('git+file:'.length), 'refs/ship-proof/default'];
  const folders = new Set<string>();
  for (const path of git(['-C', repository, 'ls-tree', '-r', '--name-only', ref]).split('\n')) {
    const [folder = ''] = path.replace(/\.json$/, '').split('/');
    folders.add(folder);
    const record: unknown = JSON.parse(git(['-C', repository, 'show', `${ref}:${path}`]));
    expect([path, published(`records/${folder}`).safeParse(record).error]).toEqual([path, undefined]);
  }
  expect([...folders].sort()).toEqual([
    ...['claims', 'claims-meta', 'deploys', 'environments', 'head', 'holds', 'incidents'],
    ...['proofs', 'runners', 'watchdog'],
  ]);
  const entry = published('entry');
  for (const one of shop.entries()) expect([one, entry.safeParse(one).error]).toEqual([one, undefined]);
});

it('the manifest of a build is as its published schema says', async () => {
  using shop = openWorkshop();
  mkdirSync(join(shop.path, 'dist'));
  writeFileSync(join(shop.path, 'dist/index.html'), '<html><head></head></html>');
  const argv = ['stamp', '--build-id', 'build-1', '--manifest', 'manifest.json'];
  expect((await runCli(argv, { cwd: shop.path })).code).toBe(0);
  const manifest: unknown = JSON.parse(readFileSync(join(shop.path, 'dist/manifest.json'), 'utf8'));
  expect(published('manifest').safeParse(manifest).error).toBeUndefined();
});
