import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareRepository } from '../ledger/fixtures.ts';
import { type CrashPoint, countSteps, inPairs, pointsOf, sample } from '../once/crash.ts';
import { linesOf, until } from '../once/workshop.ts';
import { replay } from '../runner/tick-books.ts';
import { openScene, type Scene, type SceneLedger, tickHere } from '../runner/tick-scene.ts';
import { figure } from '../targets/figures.ts';
import { startCli } from './run-dist.ts';

const ALL = process.env.SHIP_PROOF_RELIABILITY === '1';
/** One slot a year, so that every process of this test means the same one. */
const CADENCE = '0 0 1 1 *';
const slotMs = Date.UTC(new Date().getUTCFullYear(), 0, 1);
const GIVEN = { 'spend-cap': '1', estimate: '0.3', cadence: CADENCE };
const COST_MICROS = 100_000;

let scene: Scene;
beforeAll(() => {
  scene = openScene();
});
afterAll(() => scene[Symbol.dispose]());

let count = 0;

/** A fresh store, and a process on one machine that is killed at a point. */
function makeScene() {
  count += 1;
  const path = join(scene.path, `crash-${count}`);
  const home = join(path, 'home');
  mkdirSync(home, { recursive: true });
  const repository = bareRepository(join(path, 'store.git'));
  const effects = join(path, 'effects');
  const counter = countSteps(path, effects);
  const store = `git+file:${repository}`;
  const ledger: SceneLedger = { ...scene.fresh(), store, repository, namespace: 'default' };
  const flags = Object.entries(GIVEN).flatMap(([name, value]) => [`--${name}`, value]);
  return {
    path,
    counter,
    effects: () => linesOf(effects).length,
    entries: () => (existsSync(join(repository, 'refs/ship-proof/default')) ? entriesOf(ledger) : []),
    /** Its git is the counting one; the command has its effect, says what it cost, and goes on for a while. */
    first: (point?: CrashPoint, seconds = 0) => {
      counter.arm(point);
      const PATH = [counter.bin, process.env.PATH].join(delimiter);
      const script = `echo did it >> ${effects}; echo '{"usd_in":0.1}' >> "$SHIP_PROOF_REPORT"; sleep ${seconds}`;
      const args = ['tick', '--runner', 'r', '--trigger', 'schedule', '--store', store, ...flags];
      return startCli([...args, '--', 'sh', '-c', script], { cwd: path, env: { HOME: home, PATH } });
    },
    /** The next process for the same slot, `laterMs` from now. */
    again: (laterMs: number) => {
      const clock = { ...scene.clock, now: () => Date.now() + laterMs };
      const options = { run: { event: 'schedule', attempt: 1 }, slotMs };
      return tickHere({ ...scene, clock }, ledger, GIVEN, options);
    },
  };
}

async function entriesOf(ledger: SceneLedger): Promise<Record<string, unknown>[]> {
  const { openAt } = await import('../ledger/fixtures.ts');
  const all: Record<string, unknown>[] = [];
  await using reader = await openAt(ledger.store, join(scene.path, 'cache'));
  for await (const entry of reader.history()) all.push(entry);
  return all;
}

/** After a crash: the next one converges, at once and after the lease. What it tells is how the books ended. */
async function converge(one: ReturnType<typeof makeScene>): Promise<string> {
  const before = replay(await one.entries(), 'r');
  const soon = await one.again(0);
  if (before.started.length > 0) expect(soon.ran).toBe(0);
  const late = await one.again(2 * 3_600_000);
  const books = replay(await one.entries(), 'r');
  expect(books.faults).toEqual([]);
  expect(books.open).toEqual([]);
  expect(books.started).toHaveLength(1);
  // The slot was run once, by the one that died or by the one that came after it.
  expect(one.effects() + soon.ran + late.ran).toBeLessThanOrEqual(1);
  const charged = Object.values(books.days).reduce((sum, micros) => sum + micros, 0);
  expect(charged).toBeGreaterThanOrEqual(one.effects() * COST_MICROS);
  expect(books.ended).toHaveLength(1);
  return `${books.ended[0]?.outcome}, ${charged / 1e6} USD`;
}

/** How many processes have the path in their arguments, where the system tells. */
const processesNaming = (path: string): number =>
  existsSync('/proc/self/cmdline')
    ? readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandLine(name).includes(path)).length
    : 0;

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // It ended meanwhile.
  }
}

describe('a tick that is killed', () => {
  it('at any step leaves books that lose no money, and a slot that is not run again', async () => {
    const undisturbed = makeScene();
    // It comes late for its slot, so that the watchdog may fail it.
    expect((await (await undisturbed.first()).done).signal).toBeNull();
    const steps = undisturbed.counter.steps();
    expect(steps.filter((words) => words.includes('update-ref')).length).toBeGreaterThanOrEqual(2);
    expect(await converge(undisturbed)).toBe('passed, 0.1 USD');

    const all = pointsOf(steps.length);
    // What comes after the tick's own two transactions, the watchdog's look, is tried in full only.
    const [, settled = 0] = steps.flatMap((words, index) => (words.includes('update-ref') ? [index] : []));
    const points = ALL ? all : sample(pointsOf(settled + 2), 10);
    expect(points.length).toBeGreaterThan(0);
    const ends = new Map<string, number>();
    await inPairs(points, async (point) => {
      const one = makeScene();
      const { signal } = await (await one.first(point)).done;
      expect(signal, `${point.phase} step ${point.step}`).toBe('SIGKILL');
      const end = await converge(one);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    });
    const told = [...ends].map(([end, times]) => `${end}: ${times}`).join('; ');
    // Before the start, between start and end, and after the end: or nothing was tried.
    expect([...ends.keys()].sort()).toEqual(['lost, 0.3 USD', 'passed, 0.1 USD', 'passed, 0.3 USD']);
    const detail = `of ${all.length}, ${steps.length} steps; then ${told}`;
    figure('crash', 'tick', points.length, 'points', detail);
  }, 600_000);

  it('while its command runs takes the command with it, and is charged its reservation', async () => {
    const one = makeScene();
    const { child, done } = await one.first(undefined, 300);
    await until(() => one.effects() === 1, 'the effect');
    if (process.platform === 'linux') expect(processesNaming(one.path)).toBeGreaterThan(1);
    child.kill('SIGKILL');
    expect((await done).signal).toBe('SIGKILL');
    await until(() => processesNaming(one.path) === 0, 'the command to be gone');
    expect(await converge(one)).toBe('lost, 0.3 USD');
  });
});
