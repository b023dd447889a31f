import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startEdge, startOrigin } from '../demo/site.ts';
import type { Proof } from '../proof/schema.ts';
import { commonInputs } from './common.ts';
import { choice } from './kinds.ts';
import { defineMode, type Ports } from './mode.ts';
import { mode as stamp } from './stamp.ts';
import { mode as verifyLive } from './verify-live.ts';

const input = z.strictObject({
  broken: choice(['stale', 'wrong', 'down'])
    .optional()
    .describe(
      'Show a refusal: the edge goes on serving the old build, another build was deployed, or nothing answers.',
    ),
  ...commonInputs,
});

export const mode = defineMode({
  name: 'demo',
  summary: 'Stamps, deploys and proves a tiny site behind a caching edge, all on loopback.',
  input,
  outputs: { deployed: 'true when the demo proved its deploy' },
  run: ({ broken }, ports) => demonstrate(broken, ports),
});

const EDGE_TTL_MS = 3_000;
const PATIENCE = '8s';

/** The whole story once: an old build in the edge's cache, a new one stamped and deployed, and the wait until visitors get it. */
async function demonstrate(broken: 'stale' | 'wrong' | 'down' | undefined, ports: Ports): Promise<Proof> {
  const { log } = ports;
  const work = await mkdtemp(join(tmpdir(), 'ship-proof-demo-'));
  try {
    const builds = { old: await build(work, 'old', 'before'), new: await build(work, 'new', 'after') };
    let deployed = builds.old;
    await using origin = await startOrigin(() => deployed);
    await using edge = await startEdge(origin.url, broken === 'stale' ? 3_600_000 : EDGE_TTL_MS);
    log.event({
      start: 'demo',
      origin: origin.url,
      edge: edge.url,
      keeps: broken === 'stale' ? '1h' : `${EDGE_TTL_MS / 1000}s`,
    });

    const under = (name: string) => ({ ...ports, log: log.as(name) });
    const id = (offset: number) => `build-${Math.floor(ports.clock.now() / 1000) + offset}-demo`;
    await stamp.run(stamp.input.parse({ dir: builds.old, 'build-id': id(-60) }), under('stamp'));
    await fetch(edge.url); // A visitor comes by, and the edge has its copy of the old build.
    const wanted = id(0);
    const stamped = await stamp.run(
      stamp.input.parse({ dir: builds.new, 'build-id': wanted, url: edge.url }),
      under('stamp'),
    );
    if (broken === 'wrong')
      await stamp.run(stamp.input.parse({ dir: builds.new, 'build-id': id(-30) }), under('stamp'));
    deployed = builds.new;
    log.event({ deployed: broken === 'wrong' ? 'the build of somebody else' : wanted, says: 'success' });
    if (broken === 'down') await edge[Symbol.asyncDispose]();

    const proof = await verifyLive.run(
      verifyLive.input.parse({
        url: edge.url,
        'build-id': wanted,
        within: PATIENCE,
        baseline: JSON.stringify(stamped.result.baseline),
      }),
      under('verify-live'),
    );
    return { ...proof, mode: 'demo', result: { ...proof.result, deployed: proof.outcome === 'passed' } };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function build(work: string, name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(work, `${name}-`));
  await writeFile(
    join(folder, 'index.html'),
    `<!doctype html>\n<html lang="en">\n<head>\n<title>Demo</title>\n</head>\n<body>The site ${text} the deploy.</body>\n</html>\n`,
  );
  return folder;
}
