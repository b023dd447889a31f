import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openYard } from '../../test/deploy/yard.ts';
import { type ActionRun, runAction } from '../../test/e2e/run-dist.ts';
import { bareRepository } from '../../test/ledger/fixtures.ts';
import { serveGitHub } from '../../test/targets/github.ts';
import { origin } from '../../test/targets/origin.ts';

/** What a step of a mode asked of the REST API; `inPost` of it came from the post step. */
export interface Asked {
  /** Its mode, and which phase. */
  readonly step: string;
  readonly requests: readonly string[];
  readonly inPost: number;
}

type Inputs = Readonly<Record<string, string>>;

/** A step of each mode that a job has, as they would follow each other in one; each has to end with 0. */
export async function countRequests(): Promise<Asked[]> {
  await using hub = await serveGitHub();
  await using site = await origin();
  await using yard = await openYard();
  const cwd = mkdtempSync(join(tmpdir(), 'ship-proof-footprint-'));
  try {
    writeFileSync(join(cwd, 'index.html'), '<html><head></head></html>');
    const [one, two, three] = yard.builds;
    await yard.published(one, two);
    await yard.promoted(one, two);
    site.deploy(two);
    const token = hub.token({ checks: 'write', contents: 'write', deployments: 'write' });
    const ask = async (inputs: Inputs, folder: string, state?: ActionRun['state']) => {
      const before = hub.api.requests.length;
      const options = { cwd: folder, token, env: hub.environment(), ...(state && { state }) };
      await using run = await runAction(inputs, options);
      if (run.code !== 0) throw new Error(`${inputs.mode} ended with ${run.code}: ${run.stdout}`);
      const requests = hub.api.requests.slice(before);
      return { state: run.state, said: requests.map(({ method, path }) => `${method} ${generic(path)}`) };
    };
    const done = [];
    const all = steps(yard.shop, site.url, bareRepository(join(cwd, 'store')), [two, three]);
    for (const [folder, inputs] of all) {
      const at = folder ?? cwd;
      done.push({ at, inputs, ...(await ask(inputs, at)) });
    }
    // As the runner does it: when all steps are over, the last one first.
    const asked: Asked[] = [];
    for (const { at, inputs, state, said } of done.toReversed()) {
      const post = await ask(inputs, at, state);
      const step = [inputs.mode, inputs.phase].filter((name) => name !== undefined).join(' ');
      asked.unshift({ step, requests: [...said, ...post.said], inPost: post.said.length });
    }
    return asked;
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** Inputs with the folder to run in, where it matters which. */
function steps(
  shop: { readonly path: string; readonly store: string },
  url: string,
  repository: string,
  [live, next]: readonly [string, string],
): readonly (readonly [string | undefined, Inputs])[] {
  const store = `git+file:${repository}`;
  const looks = { url: `${url}/`, 'build-id': live, within: '20s' };
  const smoke = { 'base-url': url, page: '/', contains: 'Hello' };
  const runner = { runner: 'digest', store };
  const plain: Inputs[] = [
    { mode: 'stamp', dir: '.' },
    { mode: 'verify-live', ...looks },
    { mode: 'smoke', ...smoke },
    { mode: 'prove', ...looks, ...smoke, skip: 'idempotency-check: nothing is written here', store },
    { mode: 'once', key: 'a', run: 'true', store },
    { mode: 'claim', key: 'b', store },
    { mode: 'record', key: 'b', store },
    { mode: 'tick', ...runner, 'spend-cap': '1', estimate: '0.4', run: 'true' },
    { mode: 'status', ...runner },
    { mode: 'kill', scope: 'ticks', reason: 'bench', store },
    { mode: 'rearm', scope: 'ticks', 'confirm-destructive': 'true', store },
  ];
  const deploy = { store: shop.store, run: 'true' };
  return [
    ...plain.map((inputs) => [undefined, inputs] as const),
    ...['build', 'publish', 'promote'].map(
      (phase) => [shop.path, { mode: 'phase', phase, 'build-id': next, ...deploy }] as const,
    ),
    [shop.path, { mode: 'rollback', 'confirm-destructive': 'true', ...deploy }],
  ];
}

/** A request without the ids in its path, which differ from run to run. */
const generic = (path: string): string =>
  path
    .replace(/^\/repos\/[^/]+\/[^/]+/, '')
    .replace(/\/\d+(?=\/|$)/g, '/{id}')
    .replace(/\/[0-9a-f]{40}(?=\/|$)/g, '/{sha}');
