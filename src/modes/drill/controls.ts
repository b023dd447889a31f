import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { killProcesses, processesWith } from '../../ports/processes.ts';
import { type Control, HALT_OF, type Ruling, ruleOnHalt, ruleOnKill } from '../../runner/drill.ts';
import { DESCENDANTS, markingCommand, stubbornCommand } from '../../runner/drill-stand-in.ts';
import type { Ports } from '../mode.ts';
import { MARK, type Scene, type Stage } from './stage.ts';

const CLEAN: Scene = { spentMicros: 0, isKilled: false };

/** Runs the drill of one control on the stage. */
export const drillControl = (control: Control, stage: Stage, ports: Ports): Promise<Ruling> =>
  control === 'kill-process' ? drillKill(stage, ports) : drillHalt(control, stage);

/** Once with nothing in the way, once with the control; in a fresh folder each, so that marks are not mixed up. */
async function drillHalt(control: keyof typeof HALT_OF, stage: Stage): Promise<Ruling> {
  const { 'spend-cap': capMicros, estimate: estimateMicros } = stage.given;
  const scenes: Record<typeof control, Scene> = {
    // A millionth of a dollar too much.
    'spend-cap': { ...CLEAN, spentMicros: Math.max(0, capMicros - estimateMicros) + 1 },
    'kill-flag': { ...CLEAN, isKilled: true },
  };
  const run = async (scene: Scene) => {
    await stage.prepare(scene);
    const mark = join(stage.folder, MARK);
    await rm(mark, { force: true });
    return stage.tick(markingCommand(process.execPath, mark));
  };
  const free = await run(CLEAN);
  const stopped = await run(scenes[control]);
  return ruleOnHalt(HALT_OF[control], free, stopped);
}

/** How long the descendants may take to be at work, a tick to end after its grace, and how long signs of life are looked for. */
const PATIENCE_MS = { arrive: 15_000, end: 15_000, listen: 700 } as const;

/** A live tick with stubborn descendants is told to end, as by a SIGTERM to us. */
async function drillKill(stage: Stage, ports: Ports): Promise<Ruling> {
  const { clock, exec, env } = ports;
  await stage.prepare(CLEAN);
  // In arguments of all that the stand-in starts, so that they can be found.
  const folder = await mkdtemp(join(stage.folder, 'kill-'));
  const stop = new AbortController();
  const over = new AbortController();
  const running = stage.tick(stubbornCommand(folder), AbortSignal.any([ports.signal, stop.signal]));
  const seen = running.finally(() => over.abort());
  seen.catch(() => {}); // It is awaited below.
  try {
    const descendants = await arrival(folder, clock, over.signal);
    const graceMs = stage.given.grace;
    stop.abort(new Error('the drill ends the tick'));
    const ended = await within(seen, graceMs + PATIENCE_MS.end, clock);
    const before = await beatsIn(folder);
    const alive = await processesWith(folder, exec, env);
    await clock.sleep(PATIENCE_MS.listen);
    const beats = (await beatsIn(folder)) - before;
    const marks = (await readdir(folder)).filter((name) => name.startsWith(MARK)).length;
    const tick = ended ?? { outcome: 'inconclusive', haltedBy: '', started: true, marks };
    return ruleOnKill({
      tick: { ...tick, marks },
      kinds: DESCENDANTS.length,
      descendants,
      ended: ended !== undefined,
      alive: alive?.length,
      beats,
    });
  } finally {
    stop.abort();
    killProcesses((await processesWith(folder, exec, env)) ?? []);
  }
}

/** How many kinds of descendants are at work; waits for all of them until the tick ends. */
async function arrival(folder: string, clock: Ports['clock'], over: AbortSignal): Promise<number> {
  const deadline = clock.monotonic() + PATIENCE_MS.arrive;
  for (;;) {
    const names = await readdir(folder);
    const arrived = DESCENDANTS.filter((name) => names.includes(name)).length;
    if (arrived === DESCENDANTS.length || over.aborted || clock.monotonic() > deadline) return arrived;
    await clock.sleep(50);
  }
}

async function beatsIn(folder: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => (DESCENDANTS as readonly string[]).includes(name));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Undefined when the time is over first. */
async function within<T>(work: Promise<T>, ms: number, clock: Ports['clock']): Promise<T | undefined> {
  const late = new AbortController();
  try {
    return await Promise.race([work, clock.sleep(ms, late.signal).then(() => undefined)]);
  } finally {
    late.abort();
  }
}
