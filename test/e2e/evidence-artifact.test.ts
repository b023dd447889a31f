import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { proofSchema } from '../../src/proof/schema.ts';
import { openWorkshop, type Workshop } from '../once/workshop.ts';
import { unzip } from '../targets/zip.ts';
import { openScene, proofOf, type Scene, type SceneOptions, told } from './evidence.ts';
import { expectHarmless } from './prove.ts';

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

const claim = (inputs: Readonly<Record<string, string>> = {}, options: SceneOptions = {}) =>
  scene.act(
    { mode: 'claim', key: 'a', store: shop.store, artifact: 'true', 'check-run': 'false', ...inputs },
    { cwd: shop.path, ...options },
  );
const artifacts = () => scene.hub.results.artifacts;

describe('the artifact', () => {
  it('holds the evidence and the ledger, under the run’s, the attempt’s and the job’s name', async () => {
    await using run = await claim({ 'retention-days': '3' });
    expect(run.code).toBe(0);
    expectHarmless('action', run);
    const [kept] = artifacts();
    expect(kept?.name).toBe('ship-proof-claim-1-1-verify');
    const days = (Date.parse(kept?.expiresAt ?? '') - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(2.9);
    expect(days).toBeLessThan(3.1);
    expect(told(run, 'artifact')).toEqual([{ artifact: kept?.name, id: String(kept?.id) }]);
    expect(run.outputs.artifact).toBe(kept?.name);
    const files = unzip(kept?.bytes ?? Buffer.alloc(0));
    expect([...files.keys()].sort()).toEqual(
      ['deploys.json', 'junit.xml', 'ledger.jsonl', 'proof.json', 'report.html', 'tests.tap'].sort(),
    );
    const text = (name: string) => files.get(name)?.toString() ?? '';
    expect(proofSchema.parse(JSON.parse(text('proof.json')))).toEqual(await proofOf(run));
    const lines = text('ledger.jsonl').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(shop.entries());
    expect(JSON.parse(text('deploys.json'))).toMatchObject({
      schemaVersion: 1,
      head: shop.head(),
      deploys: {},
    });
  });

  it('takes the next number when another step of the job has the name', async () => {
    const outputs: (string | undefined)[] = [];
    for (const key of ['a', 'b', 'c']) {
      await using run = await claim({ key });
      expect(run.code).toBe(0);
      outputs.push(run.outputs.artifact);
    }
    const names = ['', '-2', '-3'].map((suffix) => `ship-proof-claim-1-1-verify${suffix}`);
    expect(artifacts().map(({ name }) => name)).toEqual(names);
    expect(outputs).toEqual(names);
  });

  it('holds nothing that is not ours', async () => {
    writeFileSync(join(shop.path, 'secrets.env'), 'TOKEN=1');
    await using run = await claim({ out: '.' });
    expect(run.code).toBe(0);
    expect([...unzip(artifacts()[0]?.bytes ?? Buffer.alloc(0)).keys()]).not.toContain('secrets.env');
  });

  it('is not there unless it is wanted', async () => {
    await using run = await claim({ artifact: 'false' });
    expect([run.code, scene.hub.results.calls]).toEqual([0, []]);
  });

  it.each([
    ['the service says no', { status: 403 }, {}, 'the upload failed: '],
    ['there is no service', undefined, { ACTIONS_RUNTIME_TOKEN: '' }, 'only in GitHub Actions'],
    [
      'the server is an enterprise’s own',
      undefined,
      { GITHUB_SERVER_URL: 'https://git.example.com' },
      'no v4 artifacts',
    ],
  ])('changes no verdict and is one line when %s', async (_, fault, env, line) => {
    scene.hub.results.fault = () => fault;
    await using run = await claim({}, { env });
    expect([run.code, run.outputs['proof-outcome'], run.outputs.artifact, artifacts()]).toEqual([
      0,
      'passed',
      '',
      [],
    ]);
    expect(told(run, 'artifact')).toEqual([{ artifact: 'none', problem: expect.stringContaining(line) }]);
    expectHarmless('action', run);
  });

  it('is kept of a run that failed too', async () => {
    await using first = await claim();
    await using second = await claim();
    expect([first.code, second.code]).toEqual([0, 4]);
    expect(artifacts()).toHaveLength(2);
  });
});
