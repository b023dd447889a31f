import { createDrillProof } from './clock-drills.ts';
import { isOnCadence } from './clock-tick.ts';
import { DAY_MS, dayOf, dayStart } from './day.ts';
import type { Drill } from './entries.ts';
import type { Book, Oddity } from './history.ts';
import type { Tick, Told } from './history-ticks.ts';

/** Why a clock that ran began anew. */
export const RESET_REASONS = [
  'manual-run',
  're-run',
  'config-changed',
  'hand-made',
  'drill-failed',
  'missed-day',
] as const;
export type ResetReason = (typeof RESET_REASONS)[number];

export interface Reset {
  readonly at: string;
  readonly day: string;
  readonly reason: ResetReason;
  /** One sentence, of our own words, names and numbers. */
  readonly detail: string;
}

/** One UTC day as the clock saw it. `supervised`: no clock ran. `open`: it is not over, and has no tick that counts yet. */
export interface ClockDay {
  readonly day: string;
  readonly mark: 'supervised' | 'start' | 'counted' | 'open' | 'reset' | 'after';
  /** The clock's number of the day: 0 where it started (anew); null where none ran. */
  readonly number: number | null;
}

export interface Clock {
  readonly state: 'waiting' | 'running' | 'complete';
  /** Full days so far. */
  readonly day: number;
  readonly days: number;
  /** Day 0 of the clock that runs or has run out. */
  readonly startedOn?: string | undefined;
  readonly completedOn?: string | undefined;
  /** Digest of the config that it runs with. */
  readonly config?: string | undefined;
  /** The drills that the present config still lacks; empty when a clock may run. */
  readonly lacks: readonly string[];
  readonly resets: readonly Reset[];
  readonly calendar: readonly ClockDay[];
}

export interface ClockOptions {
  /** How many days it has to run: `clock-days`. */
  readonly days: number;
  /** Up to when, epoch ms: a day is over when this is in a later one. */
  readonly asOfMs: number;
}

type Happening =
  | { readonly order: number; readonly atMs: number; readonly tick: Tick }
  | { readonly order: number; readonly atMs: number; readonly drill: Told<Drill> }
  | { readonly order: number; readonly atMs: number; readonly oddity: Oddity };

/**
 * The clock: how many UTC days in a row an unattended tick has done its work on cadence, with one config whose controls were
 * proven by drills. A pure function of the books.
 *
 * It starts on the day on which the last drill passed that the present config needs (Day 0), and each day after that counts on
 * which a scheduled tick passed. A day without one, a manual run, a re-run, another config, a drill that fails, or an
 * entry that this program would not have written, makes that day the new Day 0, if the drills still stand. A clock that has run
 * out stays so: what comes later is another story.
 */
export function runClock(book: Book, { days, asOfMs }: ClockOptions): Clock {
  const happenings = Map.groupBy(happeningsOf(book, asOfMs), ({ atMs }) => dayOf(atMs));
  const worked = workedDays(book.ticks, asOfMs);
  const proof = createDrillProof();
  const resets: Reset[] = [];
  const calendar: ClockDay[] = [];
  let config: string | undefined;
  let origin: string | undefined;
  let startedOn: string | undefined;
  let completedOn: string | undefined;
  let count = 0;
  let ticked = false;

  const today = dayOf(asOfMs);
  for (const day of daysFrom(book.firstAtMs, asOfMs)) {
    if (completedOn !== undefined) {
      calendar.push({ day, mark: 'after', number: null });
      continue;
    }
    const running = startedOn !== undefined;
    const before = resets.length;
    const reset = (at: string, reason: ResetReason, detail: string): void => {
      if (running) resets.push({ at, day, reason, detail });
      startedOn = undefined;
      origin = undefined;
    };
    // It runs out with the tick that passes on its last day: what comes later on that day is after it.
    const lastOrder = (running && count === days - 1 ? worked.get(day) : undefined) ?? Infinity;
    for (const happening of happenings.get(day) ?? []) {
      if (happening.order > lastOrder && resets.length === before) break;
      if ('drill' in happening) {
        const { data, at } = happening.drill;
        if (!proof.add(data) && data.config === config)
          reset(at, 'drill-failed', `the drill of ${data.control} failed`);
        // Before the first tick, the config is the one that is drilled.
        if (!ticked && data.config !== config) {
          reset(at, 'config-changed', `the drill of ${data.control} was with another config`);
          config = data.config;
        }
      } else if ('oddity' in happening) {
        reset(happening.oddity.at, 'hand-made', happening.oddity.what);
      } else {
        const { tick } = happening;
        const { at } = tick.first;
        if (tick.config !== config)
          reset(at, 'config-changed', `tick ${tick.number} ran with another config`);
        [config, ticked] = [tick.config, true];
        if (tick.trigger === 'manual') reset(at, 'manual-run', `tick ${tick.number} was started by hand`);
        else if (tick.trigger === 'rerun') reset(at, 're-run', `tick ${tick.number} was a re-run`);
        else if (running && origin !== undefined && tick.origin !== origin)
          reset(
            at,
            'hand-made',
            `tick ${tick.number} was written by a ${tick.origin}, the others by ${origin}`,
          );
        else if (startedOn !== undefined) origin = tick.origin;
      }
      if (startedOn === undefined && proof.lacks(config).length === 0) startedOn = day;
    }
    if (resets.length > before || !running) {
      count = 0;
      const started = startedOn !== undefined;
      const mark = resets.length > before ? 'reset' : started ? 'start' : 'supervised';
      calendar.push({ day, mark, number: started ? 0 : null });
    } else if (worked.has(day)) {
      count += 1;
      calendar.push({ day, mark: 'counted', number: count });
      if (count === days) completedOn = day;
    } else if (day === today) {
      calendar.push({ day, mark: 'open', number: count + 1 });
    } else {
      const at = new Date(dayStart(day) + DAY_MS).toISOString();
      resets.push({ at, day, reason: 'missed-day', detail: 'no scheduled tick passed on cadence' });
      [startedOn, origin, count] = [day, undefined, 0];
      calendar.push({ day, mark: 'reset', number: 0 });
    }
  }
  return {
    state: completedOn !== undefined ? 'complete' : startedOn !== undefined ? 'running' : 'waiting',
    day: count,
    days,
    startedOn,
    completedOn,
    config,
    lacks: proof.lacks(config),
    resets,
    calendar,
  };
}

/** In the order of the ledger. */
function happeningsOf(book: Book, asOfMs: number): Happening[] {
  const all: Happening[] = [
    ...book.ticks.map((tick) => ({ order: tick.first.order, atMs: tick.first.atMs, tick })),
    ...book.drills.map((drill) => ({ order: drill.order, atMs: drill.atMs, drill })),
    ...book.oddities.map((oddity) => ({ order: oddity.order, atMs: oddity.atMs, oddity })),
  ];
  return all.filter(({ atMs }) => atMs <= asOfMs).sort((a, b) => a.order - b.order);
}

/** The days on which a scheduled tick passed on cadence, and the place of its end among the runner's entries. */
function workedDays(ticks: readonly Tick[], asOfMs: number): ReadonlyMap<string, number> {
  const slots = new Set<number>();
  const days = new Map<string, number>();
  for (const tick of ticks) {
    const { slotMs, ended } = tick;
    if (!isOnCadence(tick) || slotMs === null || !ended || ended.atMs > asOfMs) continue;
    // A slot is served once.
    if (slots.has(slotMs)) continue;
    slots.add(slotMs);
    if (ended.data.outcome === 'passed' && !days.has(tick.day)) days.set(tick.day, ended.order);
  }
  return days;
}

function* daysFrom(firstMs: number | undefined, lastMs: number): Generator<string> {
  if (firstMs === undefined) return;
  for (let ms = dayStart(dayOf(firstMs)); ms <= lastMs; ms += DAY_MS) yield dayOf(ms);
}
