import { type Cadence, readCadence } from '../../src/runner/cadence.ts';
import { DAY_MS } from '../../src/runner/day.ts';
import { HOUR_MS, MINUTE_MS, openWorld, type TickPlan, type World } from './world.ts';

const START = Date.parse('2025-03-01T00:00:00.000Z');
const at = (day: number, hour: number): number => START + day * DAY_MS + hour * HOUR_MS;

export interface Fortnight {
  readonly world: World;
  readonly cadence: Cadence;
  /** What the watchdog told, in order: `2025-03-11 no-value raised`. */
  readonly told: readonly string[];
}

/** Numbers in [0, 1) that are the same on every machine. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/**
 * Three weeks of a runner on a platform whose cron comes up to 12 hours late, or not at all: drills on day 0, dropped events, a
 * person who runs it by hand on day 6, a source that is away, a host that is restarted in a tick, a key that is revoked. The
 * deciders are the real ones; only the events and the clock are made up.
 */
export async function liveFortnight(seed: number): Promise<Fortnight> {
  const random = seeded(seed);
  const cadence = await readCadence('0 */8 * * *');
  const world = openWorld(at(0, 6));
  const told: string[] = [];
  const look = async () => {
    for (const news of await world.look(cadence))
      told.push(`${new Date(world.clock.ms).toISOString().slice(0, 10)} ${news}`);
  };

  await world.tick({ trigger: 'manual', slotMs: cadence.latest(world.clock.ms) ?? null, label: 'paid' });
  await world.drills();

  const events = cadence
    .between(at(0, 8), at(23, 0))
    .map((slot) => ({ atMs: Math.round(slot + random() * 12 * HOUR_MS), dropped: random() < 0.1 }))
    .map((event) => ({ atMs: event.atMs, what: event.dropped ? ('dropped' as const) : ('cron' as const) }));
  const acts = [
    { atMs: at(6, 10), what: 'by-hand' as const },
    { atMs: at(12, 1), what: 'killed' as const },
    ...Array.from({ length: 24 * 2 }, (_, index) => ({
      atMs: at(0, 12) + index * 12 * HOUR_MS,
      what: 'look' as const,
    })),
    { atMs: at(10, 20), what: 'outage-opened' as const },
    { atMs: at(11, 22), what: 'outage-fixed' as const },
    { atMs: at(14, 15), what: 'key-opened' as const },
    { atMs: at(14, 16), what: 'key-fixed' as const },
    { atMs: at(15, 9), what: 'key-recovered' as const },
  ];
  const all = [...events, ...acts]
    .filter(({ atMs }) => atMs < at(22, 12))
    .sort((one, other) => one.atMs - other.atMs);

  for (const { atMs, what } of all) {
    if (what === 'dropped') continue;
    world.clock.ms = Math.max(world.clock.ms, atMs);
    if (what === 'look') await look();
    else if (what === 'outage-opened')
      await world.incident({ title: 'no news in the digest', trace: 'run 1812' });
    else if (what === 'outage-fixed') {
      await world.incident({ state: 'fixed', cause: 'the source was away', fix: 'a'.repeat(40) });
      await world.incident({ state: 'recovered' });
    } else if (what === 'key-opened') await world.incident({ title: 'ticks fail', trace: '401 in the log' });
    else if (what === 'key-fixed')
      await world.incident({ state: 'fixed', cause: 'key revoked', fix: 'b'.repeat(40) });
    else if (what === 'key-recovered') await world.incident({ state: 'recovered' });
    else {
      const verdict = await world.tick(planOf(what, atMs, cadence, random));
      if (verdict.kind === 'started' || verdict.kind === 'halted') await look();
    }
  }
  return { world, cadence, told };
}

function planOf(
  what: 'cron' | 'by-hand' | 'killed',
  atMs: number,
  cadence: Cadence,
  random: () => number,
): TickPlan {
  const base = {
    slotMs: cadence.latest(atMs) ?? null,
    label: random() < 0.5 ? 'free' : 'paid',
    tookMs: Math.round((1 + random() * 20) * MINUTE_MS),
  };
  const usdInMicros = Math.round(random() * 400_000);
  const valueMicros = Math.round(random() * 2_000_000);
  const within = (from: number, to: number) => atMs >= from && atMs < to;
  if (what === 'killed') return { ...base, end: 'dies' };
  if (what === 'by-hand') return { ...base, trigger: 'manual', end: { usdInMicros, valueMicros } };
  if (within(at(10, 0), at(11, 20)))
    return { ...base, end: { usdInMicros, valueMicros: 0, units: 0, degraded: ['source'] } };
  if (within(at(13, 20), at(14, 14)))
    return {
      ...base,
      end: {
        outcome: 'failed',
        usdInMicros: 400_000,
        usdProvenance: 'reserved',
        valueMicros: 0,
        valueProvenance: 'reserved',
        units: 0,
        exitCode: 1,
      },
    };
  return { ...base, end: { usdInMicros, valueMicros, units: 2 } };
}
