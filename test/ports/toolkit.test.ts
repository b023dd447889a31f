import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/ports/clock.ts';
import { systemToolkit } from '../../src/ports/toolkit.ts';
import { type GitHub, serveGitHub } from '../targets/github.ts';

let hub: GitHub;
let folder: string;
beforeEach(async () => {
  hub = await serveGitHub();
  folder = mkdtempSync(join(tmpdir(), 'ship-proof-toolkit-'));
  writeFileSync(join(folder, 'a.txt'), 'a');
  Object.assign(process.env, hub.environment(), { GITHUB_SERVER_URL: 'https://github.com' });
});
afterEach(async () => {
  for (const name of [...Object.keys(hub.environment()), 'GITHUB_SERVER_URL']) delete process.env[name];
  rmSync(folder, { recursive: true, force: true });
  await hub[Symbol.asyncDispose]();
});

const upload = (limitMs: number) =>
  systemToolkit(systemClock)(
    {
      kind: 'upload-artifact',
      name: 'a',
      files: [join(folder, 'a.txt')],
      root: folder,
      retentionDays: undefined,
    },
    limitMs,
  );

it('does its work in a thread that prints nothing here', async () => {
  const written: unknown[] = [];
  const write = process.stdout.write;
  process.stdout.write = ((chunk: unknown) => written.push(chunk) > 0) as typeof write;
  try {
    expect(await upload(30_000)).toMatchObject({ ok: true, value: { name: 'a' } });
  } finally {
    process.stdout.write = write;
  }
  expect(written).toEqual([]);
  expect(hub.results.artifacts).toHaveLength(1);
});

it('is over at its limit, whatever hangs', async () => {
  hub.results.fault = () => 'hang';
  expect(await upload(500)).toEqual({
    ok: false,
    name: 'TimeoutError',
    message: 'it took longer than 0.5 s',
  });
});
