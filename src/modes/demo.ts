import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startEdge, startOrigin } from '../demo/site.ts';
import { startTools } from '../demo/tools.ts';
import type { Proof } from '../proof/schema.ts';
import { commonInputs } from './common.ts';
import { choice } from './kinds.ts';
import { defineMode, type Ports } from './mode.ts';
import { mode as smoke } from './smoke.ts';
import { mode as stamp } from './stamp.ts';
import { mode as verifyLive } from './verify-live.ts';

const BROKEN = ['stale', 'wrong', 'down', 'smoke', 'tools'] as const;
type Broken = (typeof BROKEN)[number] | undefined;

const input = z.strictObject({
  broken: choice(BROKEN)
    .optional()
    .describe(
      'Show a refusal: the edge goes on serving the old build (`stale`), another build was deployed (`wrong`), nothing answers (`down`), the page is a 200 with an error on it (`smoke`), the MCP server lost a tool (`tools`).',
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

/**
 * The whole story once: an old build in the edge's cache, a new one stamped and deployed, the wait until visitors get it,
 * and then the look whether what they get is right.
 */
async function demonstrate(broken: Broken, ports: Ports): Promise<Proof> {
  const { log } = ports;
  const under = (name: string) => ({ ...ports, log: log.as(name) });
  const id = (offset: number) => `build-${Math.floor(ports.clock.now() / 1000) + offset}-demo`;
  const work = await mkdtemp(join(tmpdir(), 'ship-proof-demo-'));
  try {
    const builds = {
      old: await build(work, 'Notes, version 1'),
      new: await build(work, broken === 'smoke' ? 'Application error' : 'Notes, version 2'),
    };
    let deployed = builds.old;
    await using origin = await startOrigin(() => deployed);
    await using edge = await startEdge(origin.url, broken === 'stale' ? 3_600_000 : EDGE_TTL_MS);
    await using tools = await startTools(() =>
      broken === 'tools' ? ['get_notes'] : ['get_notes', 'add_note'],
    );
    log.event({
      start: 'demo',
      origin: origin.url,
      edge: edge.url,
      keeps: broken === 'stale' ? '1h' : `${EDGE_TTL_MS / 1000}s`,
    });

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

    const live = await verifyLive.run(
      verifyLive.input.parse({
        url: edge.url,
        'build-id': wanted,
        within: PATIENCE,
        baseline: JSON.stringify(stamped.result.baseline),
      }),
      under('verify-live'),
    );
    if (live.outcome !== 'passed') return together(live);
    const right = await smoke.run(
      smoke.input.parse({
        'base-url': edge.url,
        'build-id': wanted,
        checks: checksOf(tools.url),
        'allow-private': true,
      }),
      under('smoke'),
    );
    return together(live, right);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The user's path through the demo site, as a user would write it. */
const checksOf = (tools: string): string => `
- name: home
  get: /
  expect: { contains: "Notes, version 2", not: { contains: Application error }, html: { title: Demo } }
- name: tools
  mcp: ${tools}
  expect: { tools: [get_notes, add_note], exact: true }
`;

/** One proof of several parts, each of which came after the one before had passed; the last one decides. */
function together(first: Proof, last: Proof = first): Proof {
  const checks = last === first ? first.checks : [...first.checks, ...last.checks];
  const result = { ...first.result, ...last.result, deployed: last !== first && last.outcome === 'passed' };
  return { ...first, mode: 'demo', outcome: last.outcome, endedAt: last.endedAt, checks, result };
}

async function build(work: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(work, 'build-'));
  await writeFile(
    join(folder, 'index.html'),
    `<!doctype html>\n<html lang="en">\n<head>\n<title>Demo</title>\n</head>\n<body>${text}</body>\n</html>\n`,
  );
  return folder;
}
