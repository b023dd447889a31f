import { mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentPath, environmentSchema } from '../../src/deploy/records.ts';
import { ENDINGS, type Ending, makeHalting } from '../deploy/halting.ts';
import { openYard, STALE } from '../deploy/yard.ts';
import { openAt } from '../ledger/fixtures.ts';
import { type CrashPoint, inPairs, pointsOf, sample } from '../once/crash.ts';
import { runJson } from '../once/workshop.ts';
import { figure } from '../targets/figures.ts';
import { startCli } from './run-dist.ts';

const ALL = process.env.SHIP_PROOF_RELIABILITY === '1';

/** What is run, in its order. The build before is live already, so that there is something to go back to. */
const COMMANDS = ['build', 'publish', 'promote', 'rollback'] as const;
type Name = (typeof COMMANDS)[number];

async function openScene() {
  let onRequest = async () => {};
  const yard = await openYard(() => onRequest());
  const folder = join(yard.shop.path, '..', 'halting');
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const halting = makeHalting(folder, yard.platform.command[0] ?? '');
  onRequest = halting.onRequest;
  halting.arm();
  const [before, build] = yard.builds;
  await yard.published(before);
  await yard.promoted(before);
  const verify = ['--verify', `{ url: "${yard.url}", within: 20s, confirmations: 1 }`];
  const argsOf = (name: Name, stale: string): string[] => {
    const common = ['--stale-after', stale, '--store', yard.shop.store, '--wait', '60s'];
    return name === 'rollback'
      ? ['rollback', '--confirm-destructive', ...common, ...verify]
      : ['phase', '--phase', name, '--build-id', build, ...common, ...(name === 'promote' ? verify : [])];
  };
  return {
    yard,
    halting,
    /** Everything before a command, done without processes. */
    upTo: async (name: Name) => {
      const at = COMMANDS.indexOf(name);
      if (at >= 2) await yard.published(build);
      else if (at === 1) await yard.built(build);
      if (at === 3) await yard.promoted(build);
    },
    /** Runs a command whose steps are counted; it may be ended at a point. */
    halted: async (name: Name, point?: CrashPoint, ending: Ending = 'SIGKILL') => {
      halting.arm(point);
      const env = { HOME: home, PATH: [halting.bin, process.env.PATH].join(delimiter) };
      const args = [...argsOf(name, point ? STALE : '20m'), '--', ...halting.command];
      const { child, done } = await startCli(args, { cwd: yard.shop.path, env });
      if (!point) return (await done).code === 0;
      const reached = await halting.end(child, done, ending);
      await done;
      return reached;
    },
    /** A fresh process that runs the same. */
    again: (name: Name) => {
      halting.disarm();
      const args = [...argsOf(name, '20m'), '--', ...yard.platform.command];
      return runJson(args, { cwd: yard.shop.path, env: { HOME: home }, timeoutMs: 120_000 });
    },
    /** What is to be the same in the end: the pointer, the platform, and that nothing went wrong on the way. */
    ending: async () => {
      await using ledger = await openAt(yard.shop.store, join(folder, 'cache'));
      const record = await (await ledger.read()).get(environmentPath('production'));
      const { current, floor, active, promotions } = environmentSchema.parse(record);
      return {
        current: current && [current.deployId, current.artifactId, current.how],
        floor,
        active,
        promotions: promotions.map(({ deployId, rolledBack }) => [deployId, rolledBack ?? false]),
        live: yard.platform.live(),
        artifacts: yard.platform.artifacts().sort(),
        wrong: yard.platform.wrong(),
      };
    },
  };
}

const relative = (text: unknown, builds: readonly string[]): string =>
  builds.reduce(
    (all, build, at) => all.replaceAll(build, `build ${at}`).replaceAll(build.split('-')[1] ?? '', `v${at}`),
    JSON.stringify(text),
  );

/** The steps of an undisturbed run of each command, and how it ends after each. */
async function undisturbed() {
  const scene = await openScene();
  await using _yard = scene.yard;
  const steps = new Map<Name, number>();
  const ends = new Map<Name, string>();
  for (const name of COMMANDS) {
    expect(await scene.halted(name), name).toBe(true);
    const words = scene.halting.steps();
    expect(words.filter((word) => word.startsWith('platform-step'))).toHaveLength(1);
    expect(words.filter((word) => word.includes('update-ref')).length).toBeGreaterThanOrEqual(2);
    steps.set(name, words.length);
    ends.set(name, relative(await scene.ending(), scene.yard.builds));
  }
  return { steps, ends };
}

/** The process is ended at the point; fresh ones run the same, and come to the same end. */
async function crashAt(name: Name, point: CrashPoint, ending: Ending, wanted: string): Promise<string> {
  const scene = await openScene();
  await using _yard = scene.yard;
  await scene.upTo(name);
  const reached = await scene.halted(name, point, ending);
  const where = `${ending} ${point.phase} step ${point.step} of ${name}`;
  const again = await scene.again(name);
  expect(again.code, `${where}: ${again.stderr}`).toBe(0);
  expect(relative(await scene.ending(), scene.yard.builds), where).toBe(wanted);
  // Applied once, or, where its process died before that was on record, once more: the platform's steps are repeatable.
  const calls = scene.yard.platform.ended(name) - (name === 'rollback' ? 0 : 1);
  expect(calls, where).toBeGreaterThanOrEqual(1);
  expect(calls, where).toBeLessThanOrEqual(2);
  return reached ? again.proof.outcome : 'not reached';
}

describe('a deploy whose process is ended at any step', { timeout: 1_800_000 }, () => {
  it('is finished by a fresh process that runs the same, as if nothing had happened', async () => {
    const { steps, ends } = await undisturbed();
    const all = COMMANDS.flatMap((name) =>
      pointsOf(steps.get(name) ?? 0).flatMap((point) => ENDINGS.map((ending) => ({ name, point, ending }))),
    );
    const points = ALL ? all : sample(all, 5);
    expect(points.length).toBeGreaterThan(0);
    const outcomes = new Map<string, number>();
    const crash = async ({ name, point, ending }: (typeof all)[number]) => {
      const outcome = await crashAt(name, point, ending, ends.get(name) ?? '');
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    };
    // Most of a crash's time is waiting until its phase is orphaned, so a few of them wait together.
    if (ALL) await inPairs(points, crash);
    else await Promise.all(points.map(crash));
    const counted = COMMANDS.map((name) => `${name} ${steps.get(name)}`).join(', ');
    const told = [...outcomes].map(([outcome, times]) => `${outcome}: ${times}`).join(', ');
    expect((outcomes.get('not reached') ?? 0) * 4).toBeLessThan(points.length);
    figure('crash', 'deploy', points.length, 'points', `of ${all.length}, steps: ${counted}; then ${told}`);
  });
});
