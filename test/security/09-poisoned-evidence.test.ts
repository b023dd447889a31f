import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runAction } from '../e2e/run-dist.ts';
import { runHere } from './here.ts';
import { openScene, type Scene } from './scene.ts';

// What an earlier run or another process left behind is no authority: outputs that lead elsewhere, the state of a step that
// somebody forged, a proof that was edited. The clone that is kept has its cells in ledger/git-remote, pages in report/html.

let scene: Scene;
beforeEach(() => {
  scene = openScene();
});
afterEach(() => scene[Symbol.dispose]());

it.each(['proof.json', 'junit.xml', 'report.html'])(
  'a %s that is a link is not written through',
  async (name) => {
    const victim = join(scene.path, 'victim');
    writeFileSync(victim, 'precious');
    mkdirSync(join(scene.path, 'out'));
    symlinkSync(victim, join(scene.path, 'out', name));
    await runHere(['claim', '--key=k', `--store=${scene.store}`, '--out=out'], { cwd: scene.path });
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  },
);

it('a forged state of the step settles nothing that is not its own', async () => {
  const act = (...argv: string[]) => runHere([...argv, `--store=${scene.store}`], { cwd: scene.path });
  const done = await act('once', '--key=k', `--run=${scene.effect}`);
  expect(done.code).toBe(0);
  for (const claims of [
    '[{"path":"../../x","fence":1}]',
    '[{"path":"claims/aa/bb","fence":1}]',
    '{',
    '[1]',
    `[${'['.repeat(2000)}`,
  ]) {
    await using run = await runAction(
      { mode: 'once', key: 'k', store: scene.store },
      { cwd: scene.path, state: { 'ship-proof-phase': 'main', 'ship-proof-claims': claims } },
    );
    expect([claims, run.timedOut]).toEqual([claims, false]);
  }
  const again = await act('once', '--key=k', `--run=${scene.effect}`);
  expect([again.proof.outcome, scene.effects()]).toEqual(['skipped', 1]);
});

it('an edited proof is found by the ledger', async () => {
  const made = await runHere(['claim', '--key=k', `--store=${scene.store}`, '--out=out'], {
    cwd: scene.path,
  });
  expect(made.code).toBe(0);
  const file = join(scene.path, 'out/proof.json');
  const audit = () =>
    runHere(['audit', '--proof=out/proof.json', `--store=${scene.store}`], { cwd: scene.path });
  expect((await audit()).code).toBe(0);
  const proof = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...proof, ledger: { ...proof.ledger, head: '0'.repeat(40) } }));
  expect((await audit()).code).not.toBe(0);
});

it('a proof with markup in it makes a page without a script', async () => {
  const evil = '</style><script>fetch("http://127.0.0.1:9")</script><img src=x onerror=alert(1)>';
  const failed = await runHere(
    [
      'smoke',
      '--base-url=http://127.0.0.1:9/',
      `--checks=[{ name: ${JSON.stringify(evil)}, get: / }]`,
      '--within=1s',
      '--out=out',
    ],
    { cwd: scene.path },
  );
  expect(failed.code).not.toBe(0);
  const page = readFileSync(join(scene.path, 'out/report.html'), 'utf8');
  expect(page).not.toMatch(/<script|<img src=x/i);
  expect(page).toContain("default-src 'none'");
  expect(existsSync(join(scene.path, 'out/proof.json'))).toBe(true);
});
