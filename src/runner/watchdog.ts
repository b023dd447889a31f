import type { Cadence } from './cadence.ts';
import { latenessOf } from './clock-tick.ts';
import type { ALERTS } from './entries.ts';
import type { Book } from './history.ts';
import { leftOpen, type Tick } from './history-ticks.ts';

export type AlertName = (typeof ALERTS)[number];

/** What is wrong now, and how much of it. The sentence has our own words, names and numbers only. */
export interface Finding {
  readonly alert: AlertName;
  readonly count: number;
  readonly says: string;
}

export interface WatchOptions {
  /** So many ticks in a row without value are an alert: `watchdog-ticks`. */
  readonly ticks: number;
  readonly cadence?: Cadence | undefined;
  readonly nowMs: number;
}

/**
 * What the watchdog finds: the same for the same books and moment. Ticks that a control halted bring no value either: a
 * schedule that was stopped and forgotten is what somebody should hear of.
 */
export function watch(book: Book, options: WatchOptions): readonly Finding[] {
  return [
    ...valueless(book, options),
    ...(options.cadence ? slotFindings(book, options.cadence, options.nowMs) : []),
    ...lost(book),
    ...gaps(book),
  ];
}

/** Ticks that are over: ended, or halted before any work. */
const over = ({ halted, ended }: Tick): boolean => halted !== undefined || ended !== undefined;

const hasValue = ({ ended }: Tick): boolean =>
  ended !== undefined && (ended.data.valueMicros > 0 || ended.data.units > 0);

function valueless({ ticks }: Book, { ticks: limit }: WatchOptions): Finding[] {
  const done = ticks.filter(over);
  const count = done.length - 1 - done.findLastIndex(hasValue);
  if (count < limit) return [];
  const streak = done.slice(-count);
  const halts = streak.filter((tick) => tick.halted !== undefined || tick.ended?.data.outcome === 'halted');
  const stopped = halts.length > 0 ? `, ${halts.length} of them stopped by a control` : '';
  return [{ alert: 'no-value', count, says: `${count} ticks in a row brought no value${stopped}` }];
}

const MINUTE_MS = 60_000;
/** Less is not called late, and after more even GitHub's cron does not come any more. */
export const LATE_FLOOR_MS = 15 * MINUTE_MS;
export const LATE_CEILING_MS = 12 * 60 * MINUTE_MS;
/** So many of the newest ticks teach what is usual here. */
const LEARN_FROM = 50;
const LEARN_AT_LEAST = 5;

/**
 * How late a slot may be served before it counts as late or missed: half as long again as nine in ten of the newest ticks were,
 * between 15 minutes and 12 hours. Until five are known, the time to the next slot.
 */
export function allowedLateMs(latenesses: readonly number[], intervalMs: number): number {
  const known = latenesses.slice(-LEARN_FROM).sort((one, other) => one - other);
  const ninth = known[Math.ceil(known.length * 0.9) - 1] ?? 0;
  const learned = known.length < LEARN_AT_LEAST ? intervalMs : Math.round(ninth * 1.5);
  return Math.min(LATE_CEILING_MS, Math.max(LATE_FLOOR_MS, learned));
}

/** A year of days, or four days of five-minute slots, is as far back as it looks. */
const MOST_SLOTS = 1_000;

function slotFindings({ ticks, firstAtMs }: Book, cadence: Cadence, nowMs: number): Finding[] {
  if (firstAtMs === undefined) return [];
  const findings: Finding[] = [];
  const scheduled = ticks.filter(({ trigger }) => trigger === 'schedule');
  const latenesses = scheduled.flatMap((tick) => latenessOf(tick) ?? []);
  const latest = cadence.latest(nowMs);
  const intervalMs = latest === undefined ? LATE_CEILING_MS : (cadence.next(nowMs) ?? Infinity) - latest;

  const allowedMs = allowedLateMs(latenesses, intervalMs);
  // A tick that comes much later is for a newer slot: those before it are gone, but the runner is there again.
  const newest = ticks.reduce((most, { slotMs }) => Math.max(most, slotMs ?? 0), firstAtMs);
  const missed = cadence.between(newest, nowMs - allowedMs, MOST_SLOTS).length;
  if (missed > 0)
    findings.push({
      alert: 'missed-slots',
      count: missed,
      says: `${missed === MOST_SLOTS ? `at least ${missed}` : missed} of the cadence's slots passed without a tick, and ${minutes(allowedMs)} after the last one`,
    });

  // Judged by what was usual before it.
  const lateMs = latenesses.at(-1) ?? 0;
  const usualMs = allowedLateMs(latenesses.slice(0, -1), intervalMs);
  if (lateMs > usualMs)
    findings.push({
      alert: 'late-slots',
      count: 1,
      says: `the newest tick came ${minutes(lateMs)} after its slot, and ${minutes(usualMs)} are usual here at most`,
    });
  return findings;
}

const minutes = (ms: number): string => `${Math.round(ms / MINUTE_MS)} min`;

function lost({ ticks }: Book): Finding[] {
  const ends = ticks.flatMap(({ ended }) => ended ?? []);
  const count = ends.length - 1 - ends.findLastIndex(({ data }) => data.outcome !== 'lost');
  if (count === 0) return [];
  return [
    {
      alert: 'lost-tick',
      count,
      says: `the newest ${count === 1 ? 'tick' : `${count} ticks`} died without an end of its own`,
    },
  ];
}

function gaps({ oddities, ticks }: Book): Finding[] {
  const count = oddities.length + leftOpen(ticks).length;
  if (count === 0) return [];
  return [
    { alert: 'books-gap', count, says: `${count} places in the books are not as this program writes them` },
  ];
}
