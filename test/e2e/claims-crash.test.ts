import { mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareRepository, git, temporaryFolder } from '../ledger/fixtures.ts';
import { type CrashPoint, countSteps, inPairs, pointsOf, sample } from '../once/crash.ts';
import { linesOf, runJson } from '../once/workshop.ts';
import { figure } from '../targets/figures.ts';
import { type GitHttp, serveGit } from '../targets/git-http.ts';
import { runCli } from './run-dist.ts';

const ALL = process.env.SHIP_PROOF_RELIABILITY === '1';

const folder = temporaryFolder();
let server: GitHttp;
beforeAll(async () => {
  server = await serveGit(folder.path);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

let count = 0;

/** A fresh store, and a process on one machine that is killed at a point. */
function makeScene(storeOf: (name: string) => string) {
  count += 1;
  const path = join(folder.path, `scene-${count}`);
  const home = join(path, 'home');
  mkdirSync(home, { recursive: true });
  const repository = bareRepository(join(folder.path, `${count}.git`));
  const effects = join(path, 'effects');
  const counter = countSteps(path, effects);
  const store = storeOf(`${count}.git`);
  const args = ['once', '--key', 'k', '--store', store];
  return {
    counter,
    effects: () => linesOf(effects),
    grants: () => {
      const ref = 'refs/ship-proof/default';
      const log =
        git(['-C', repository, 'for-each-ref', '--format=%(refname)', ref]) &&
        git(['-C', repository, 'log', '--format=%b', ref]);
      return log.split('\n').filter((line) => line.includes('"kind":"claim-granted"')).length;
    },
    /** Its git is the counting one. */
    first: (point?: CrashPoint) => {
      counter.arm(point);
      const PATH = [counter.bin, process.env.PATH].join(delimiter);
      return runCli([...args, '--', counter.effect], { cwd: path, env: { HOME: home, PATH } });
    },
    again: () => {
      counter.arm();
      return runJson([...args, '--', counter.effect], { cwd: path, env: { HOME: home } });
    },
    settle: (mode: 'record' | 'release', fence: string) =>
      runJson([mode, '--key', 'k', '--fence', fence, '--store', store], { cwd: path, env: { HOME: home } }),
  };
}

/** The process dies at the point; another one takes over, and in the end the effect happened exactly once. */
async function crashAt(point: CrashPoint, storeOf: (name: string) => string): Promise<string> {
  const scene = makeScene(storeOf);
  const crashed = await scene.first(point);
  expect(crashed.signal, `${point.phase} step ${point.step}`).toBe('SIGKILL');
  const [happened, granted] = [scene.effects().length, scene.grants()];
  expect(happened).toBeLessThanOrEqual(granted);
  expect(granted).toBeLessThanOrEqual(1);

  const again = await scene.again();
  const state = `${again.proof.outcome} ${again.result.state}`;
  // Nothing granted: it is done now. Granted and open: nobody touches it. Recorded: nothing is repeated.
  expect(state).toBe(
    granted === 0
      ? 'passed recorded'
      : again.proof.outcome === 'skipped'
        ? 'skipped recorded'
        : 'refused busy',
  );
  if (state === 'skipped recorded') expect(happened).toBe(1);
  if (state === 'refused busy') {
    // Somebody looks, and says what is so.
    const [, fence = ''] = /fence (\d+)/.exec(again.proof.checks[0]?.observed ?? '') ?? [];
    expect((await scene.settle(happened === 1 ? 'record' : 'release', fence)).code).toBe(0);
    expect((await scene.again()).proof.outcome).toBe(happened === 1 ? 'skipped' : 'passed');
  }
  expect(scene.effects()).toEqual(['did it']);
  return state;
}

const stores = {
  'a local store': {
    storeOf: (name: string) => `git+file:${join(folder.path, name)}`,
    moves: 'update-ref',
    sampled: 16,
  },
  'a store behind http': {
    storeOf: (name: string) => `git+${server.origin}/${name}`,
    moves: 'push',
    sampled: 8,
  },
} as const;

describe.each(Object.entries(stores))(
  'a process that is killed with %s',
  (name, { storeOf, moves, sampled }) => {
    it('at any step, before or after it, leaves a state that the next one takes over, and one effect', async () => {
      const scene = makeScene(storeOf);
      expect((await scene.first()).code).toBe(0);
      const steps = scene.counter.steps();
      expect(steps.filter((words) => words.startsWith('effect'))).toHaveLength(1);
      expect(steps.filter((words) => words.includes(moves)).length).toBeGreaterThanOrEqual(2);

      const all = pointsOf(steps.length);
      const points = ALL ? all : sample(all, sampled);
      expect(points.length).toBeGreaterThan(0);
      const ends = new Map<string, number>();
      await inPairs(points, async (point) => {
        const end = await crashAt(point, storeOf);
        ends.set(end, (ends.get(end) ?? 0) + 1);
      });
      const told = [...ends].map(([end, times]) => `${end}: ${times}`).join(', ');
      // The points lie on both sides of the grant, or nothing was tried.
      expect([...ends.keys()]).toEqual(expect.arrayContaining(['passed recorded', 'refused busy']));
      const detail = `of ${all.length}, ${steps.length} steps; then ${told}`;
      figure('crash', `once, ${name}`, points.length, 'points', detail);
    }, 600_000);
  },
);
