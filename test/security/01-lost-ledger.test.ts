import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { git } from '../ledger/fixtures.ts';
import { type GitHttp, serveGit } from '../targets/git-http.ts';
import { type HereRun, runHere } from './here.ts';
import { openScene, type Scene } from './scene.ts';

// Whoever may push can delete the ledger's ref, put another in its place, or wind it back. With `ledger-id` set, what is lost
// is not empty: nothing that has effects runs.

const REF = 'refs/ship-proof/default';
let scene: Scene;
let id: string;
beforeEach(async () => {
  scene = openScene();
  const first = await act('kill', '--scope=ticks');
  id = first.proof.ledger?.id ?? '';
  await act('rearm', '--scope=ticks', '--reason=go', '--confirm-destructive');
});
afterEach(() => scene[Symbol.dispose]());

const act = (...argv: string[]) => runHere([...argv, `--store=${scene.store}`], { cwd: scene.path });

/** What has effects. */
const ACTS: Readonly<Record<string, () => readonly string[]>> = {
  once: () => ['once', '--key=k', `--run=${scene.effect}`],
  tick: () => ['tick', '--runner=r', '--spend-cap=9', '--estimate=1', `--run=${scene.effect}`],
  build: () => ['phase', '--phase=build', '--build-id=b1', '--version=1', `--run=${scene.effect}`],
  promote: () => [
    'phase',
    '--phase=promote',
    '--build-id=b1',
    '--version=1',
    '--require-proof=false',
    '--allow-unknown-commit',
    `--run=${scene.effect}`,
  ],
  rollback: () => ['rollback', '--to=b1', '--confirm-destructive', `--run=${scene.effect}`],
};
const acts = Object.keys(ACTS);
const withId = (name: string): Promise<HereRun> => act(...(ACTS[name]?.() ?? []), `--ledger-id=${id}`);

const LOSSES: Readonly<Record<string, () => void>> = {
  deleted: () => void git(['update-ref', '-d', REF], { cwd: scene.repository }),
  'replaced by another ledger': () => void git(['update-ref', '-d', REF], { cwd: scene.repository }),
  'replaced by something else': () => {
    const tree = git(['mktree'], { cwd: scene.repository, input: '' });
    const own = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
    const commit = git([...own, 'commit-tree', '-m', 'x', tree], { cwd: scene.repository });
    git(['update-ref', REF, commit], { cwd: scene.repository });
  },
};

describe.each(Object.keys(LOSSES))('a ledger that was %s', (loss) => {
  it.each(acts)('lets no %s happen', async (name) => {
    LOSSES[loss]?.();
    if (loss === 'replaced by another ledger') await act('claim', '--key=other');
    const run = await withId(name);
    // What is no ledger at all is refused; a ledger that is not the one is unreadable.
    const code = loss === 'replaced by something else' ? 4 : 3;
    expect([run.log, run.code, scene.effects()]).toEqual([run.log, code, 0]);
  });
});

it.each(['once', 'tick', 'build'])('the same ledger, unharmed, lets %s happen', async (name) => {
  const run = await withId(name);
  expect([run.log, run.code, scene.effects()]).toEqual([run.log, 0, 1]);
});

describe('a ledger that was wound back', () => {
  const rewind = (repository: string): void => {
    const root = git(['rev-list', '--max-parents=0', REF], { cwd: repository });
    git(['update-ref', REF, root], { cwd: repository });
  };

  it.each(['once', 'tick'])('lets no second %s happen on a machine that saw more of it', async (name) => {
    await using server: GitHttp = await serveGit(`${scene.repository}/..`);
    const store = `git+${server.origin}/store.git`;
    const again = () =>
      runHere([...(ACTS[name]?.() ?? []), `--store=${store}`, `--ledger-id=${id}`], { cwd: scene.path });
    const first = await again();
    expect([first.log, first.code, scene.effects()]).toEqual([first.log, 0, 1]);
    rewind(scene.repository);
    const second = await again();
    expect([second.log, second.code, scene.effects()]).toEqual([second.log, 3, 1]);
    expect(second.log).toMatch(/rewritten/);
  });

  it('is found by whoever kept a proof', async () => {
    const first = await act('once', '--key=k', `--run=${scene.effect}`, '--out=kept');
    expect(first.code).toBe(0);
    rewind(scene.repository);
    const audit = await act('audit', '--proof=kept/proof.json');
    expect([audit.log, audit.code]).toEqual([audit.log, 1]);
  });
});

describe('a ledger that was wound back, on a machine that never saw it', () => {
  const head = () => git(['rev-parse', REF], { cwd: scene.repository });
  const withAnchor = (name: string, anchor: string) =>
    act(...(ACTS[name]?.() ?? []), `--ledger-id=${id}`, `--ledger-anchor=${anchor}`);

  it.each(acts)('lets no %s happen, where an earlier head is named', async (name) => {
    const anchor = head();
    git(['update-ref', REF, `${REF}~1`], { cwd: scene.repository });
    const run = await withAnchor(name, anchor);
    expect([run.log, run.code, scene.effects()]).toEqual([
      expect.stringContaining('error:ledger-rewound'),
      3,
      0,
    ]);
  });

  it('is told from one that only grew', async () => {
    const anchor = head();
    await act('claim', '--key=later');
    const run = await withAnchor('once', anchor);
    expect([run.log, run.code, scene.effects()]).toEqual([run.log, 0, 1]);
  });

  it.each(['nothing', '0'.repeat(40), 'HEAD'])('takes %s for no state that it ever had', async (anchor) => {
    const run = await withAnchor('once', anchor);
    expect([run.code, scene.effects()]).toEqual([3, 0]);
  });
});
