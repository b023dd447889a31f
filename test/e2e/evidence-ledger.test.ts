import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkshop, type Workshop } from '../once/workshop.ts';
import { published } from '../published.ts';
import { openScene, proofOf, type Scene } from './evidence.ts';

let shop: Workshop;
let scene: Scene;
beforeEach(async () => {
  shop = openWorkshop();
  scene = await openScene();
});
afterEach(async () => {
  shop[Symbol.dispose]();
  await scene[Symbol.asyncDispose]();
});

const act = (inputs: Readonly<Record<string, string>>) =>
  scene.act({ store: shop.store, ...inputs }, { cwd: shop.path });

describe('what a run wrote into its ledger', () => {
  it('stands in its proof, and as notices in its check run', async () => {
    await using run = await act({ mode: 'once', key: 'a', run: 'true' });
    expect(run.code).toBe(0);
    const { ledger } = await proofOf(run);
    const entries = shop.entries();
    expect(ledger?.written?.map(({ kind, id }) => [kind, id])).toEqual(
      entries.map(({ kind, id }) => [kind, id]),
    );
    expect(ledger?.written?.at(-1)?.version).toBe(shop.head());
    expect(ledger?.head).toBe(shop.head());
    const notices = scene.hub.api.checkRuns[0]?.annotations ?? [];
    expect(notices.map(({ annotation_level: level, path }) => [level, path])).toEqual(
      entries.map(() => ['notice', '.github/workflows/prove.yml']),
    );
    const messages = notices.map(({ message }) => String(message));
    expect(messages.every((message) => /\bfence=\d+ at=\d{4}-\S+Z version=[0-9a-f]{40}$/.test(message))).toBe(
      true,
    );
  });

  it('stands at the config file where one was named', async () => {
    writeFileSync(join(shop.path, 'proof.yml'), 'version: 1\n');
    await using run = await act({ mode: 'claim', key: 'a', config: 'proof.yml' });
    expect(run.code).toBe(0);
    expect(scene.hub.api.checkRuns[0]?.annotations[0]).toMatchObject({ path: 'proof.yml', start_line: 1 });
  });

  it('is nothing where nothing was written', async () => {
    await shop.run(['claim', '--key', 'a']);
    await using run = await act({ mode: 'claim', key: 'a' });
    expect(run.code).toBe(4);
    expect((await proofOf(run)).ledger).not.toHaveProperty('written');
    expect(scene.hub.api.checkRuns[0]).toMatchObject({ fields: { conclusion: 'failure' }, annotations: [] });
  });
});

describe('the exported ledger', () => {
  it('stands in place of links that stood there, and is written through none of them', async () => {
    const out = join(shop.path, 'evidence');
    const [precious, ledger, deploys] = ['precious', 'evidence/ledger.jsonl', 'evidence/deploys.json'].map(
      (name) => join(shop.path, name),
    ) as [string, string, string];
    mkdirSync(out);
    writeFileSync(precious, 'mine');
    for (const link of [ledger, deploys]) symlinkSync(precious, link);
    await using run = await act({ mode: 'once', key: 'a', run: 'true', artifact: 'true', out });
    expect(run.code).toBe(0);
    expect(readFileSync(precious, 'utf8')).toBe('mine');
    expect(readFileSync(ledger, 'utf8').trimEnd().split('\n')).toHaveLength(shop.entries().length);
    const exported = JSON.parse(readFileSync(deploys, 'utf8'));
    expect(exported).toMatchObject({ schemaVersion: 1, head: shop.head() });
    expect(published('deploys').safeParse(exported).error).toBeUndefined();
  });
});
