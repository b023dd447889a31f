import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startNotes } from '../demo/notes.ts';
import { startEdge, startOrigin } from '../demo/site.ts';
import { startTools } from '../demo/tools.ts';
import type { Proof } from '../proof/schema.ts';
import { commonInputs } from './common.ts';
import { choice } from './kinds.ts';
import { defineMode, type PartInputs, type Ports } from './mode.ts';
import { mode as prove } from './prove.ts';
import { mode as stamp } from './stamp.ts';

const BROKEN = ['stale', 'wrong', 'down', 'smoke', 'tools', 'twice'] as const;
type Broken = (typeof BROKEN)[number] | undefined;

const input = z.strictObject({
  broken: choice(BROKEN)
    .optional()
    .describe(
      'Show a refusal: the edge keeps serving the old build (`stale`), another build was deployed (`wrong`), nothing answers (`down`), the page is a 200 with an error on it (`smoke`), the MCP server lost a tool (`tools`), the API repeats a repeated write (`twice`).',
    ),
  ...commonInputs,
});

export const mode = defineMode({
  name: 'demo',
  summary: 'Stamps, deploys and proves a tiny site behind a caching edge, entirely on loopback.',
  input,
  outputs: { deployed: prove.outputs.deployed ?? '', parts: prove.outputs.parts ?? '' },
  run: ({ broken }, ports) => demonstrate(broken, ports),
});

const EDGE_TTL_MS = 3_000;
const PATIENCE = '8s';

/**
 * The whole story once: an old build in the edge's cache, a new one stamped and deployed, the wait until visitors get it,
 * and then the look whether what they get is right, and whether writing twice is harmless.
 */
async function demonstrate(broken: Broken, ports: Ports): Promise<Proof> {
  const { log } = ports;
  // Its sites are its own: a policy bounds what is done to those of others.
  const own = { ...ports, writable: undefined, allowedUrls: undefined };
  const under = (name: string) => ({ ...own, log: log.as(name) });
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
    await using notes = await startNotes(broken === 'twice');
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

    const given: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
      'verify-live': {
        url: edge.url,
        'build-id': wanted,
        within: PATIENCE,
        baseline: JSON.stringify(stamped.result.baseline),
      },
      smoke: { 'base-url': edge.url, checks: checksOf(tools.url), 'allow-private': true },
      'idempotency-check': {
        'base-url': notes.url,
        'allow-writes-to': notes.url,
        checks: WRITES,
        settle: '100ms',
      },
    };
    const partInputs: PartInputs = async ({ mode }) => ({
      input: mode.input.parse(given[mode.name] ?? {}),
      names: { config: [], given: [] },
    });
    // What happens on loopback is nobody's to remember.
    const proof = await prove.run(prove.input.parse({ ledger: 'off' }), under('prove'), partInputs);
    return { ...proof, mode: 'demo' };
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

/** The write that an agent may repeat when its answer is lost. */
const WRITES = `
- name: add-note
  write: { post: /api/notes, headers: { idempotency-key: "{{key}}" }, json: { note: "from the demo {{nonce}}" } }
  observe: { get: /api/notes, count: "$.notes[*]" }
`;

async function build(work: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(work, 'build-'));
  await writeFile(
    join(folder, 'index.html'),
    `<!doctype html>\n<html lang="en">\n<head>\n<title>Demo</title>\n</head>\n<body>${text}</body>\n</html>\n`,
  );
  return folder;
}
