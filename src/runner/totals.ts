import { DAY_MS, dayOf, dayStart } from './day.ts';
import type { TickEnded } from './entries.ts';
import type { Book } from './history.ts';
import type { Tick } from './history-ticks.ts';

/** Ticks and money of some ticks. Money is integer micro-dollars. */
export interface Sums {
  /** All of them, those that a control stopped before any work too. */
  readonly ticks: number;
  readonly started: number;
  readonly passed: number;
  readonly failed: number;
  readonly halted: number;
  readonly inconclusive: number;
  readonly lost: number;
  /** Stopped before any work. */
  readonly haltedBefore: number;
  /** Started, and not at their end yet. */
  readonly open: number;
  readonly usdInMicros: number;
  readonly usdMeasuredMicros: number;
  readonly usdDeclaredMicros: number;
  readonly usdReservedMicros: number;
  /** What open ticks may still spend. */
  readonly usdOpenMicros: number;
  readonly valueMicros: number;
  readonly valueMeasuredMicros: number;
  readonly valueDeclaredMicros: number;
  readonly units: number;
  readonly degraded: number;
  /** Value for each dollar spent, such as `3.20`; null where nothing was spent. */
  readonly ratio: string | null;
}

export interface Totals {
  readonly all: Sums;
  readonly byDay: ReadonlyMap<string, Sums>;
  /** By the Monday that the week begins with. */
  readonly byWeek: ReadonlyMap<string, Sums>;
  /** By label, in its order; ticks without one are under the empty text. */
  readonly byLabel: ReadonlyMap<string, Sums>;
}

/** The UTC days, inclusive, that are looked at. */
export interface Span {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

const isWithin = (day: string, { since, until }: Span): boolean =>
  (since === undefined || day >= since) && (until === undefined || day <= until);

/** Ticks whose day is within a span. */
const ticksWithin = (book: Book, span: Span): readonly Tick[] =>
  book.ticks.filter(({ day }) => isWithin(day, span));

/** Adds up the ticks of a span, in one pass. Every tick is part of its day, its week and its label. */
export function totalsOf(book: Book, span: Span = {}): Totals {
  const all = emptySums();
  const byDay = new Map<string, Adding>();
  const byWeek = new Map<string, Adding>();
  const byLabel = new Map<string, Adding>();
  const under = (map: Map<string, Adding>, key: string): Adding => {
    const found = map.get(key) ?? emptySums();
    map.set(key, found);
    return found;
  };
  for (const tick of ticksWithin(book, span)) {
    const sums = [
      all,
      under(byDay, tick.day),
      under(byWeek, weekOf(tick.day)),
      under(byLabel, tick.label ?? ''),
    ];
    for (const sum of sums) addTick(sum, tick);
  }
  const done = (map: Map<string, Adding>) =>
    new Map([...map].sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, sum]) => [key, rated(sum)]));
  return { all: rated(all), byDay: done(byDay), byWeek: done(byWeek), byLabel: done(byLabel) };
}

type Adding = { -readonly [Name in Exclude<keyof Sums, 'ratio'>]: number };

const rated = (sums: Adding): Sums => ({ ...sums, ratio: ratioOf(sums.valueMicros, sums.usdInMicros) });

export const noSums = (): Sums => rated(emptySums());

const emptySums = (): Adding => ({
  ticks: 0,
  started: 0,
  passed: 0,
  failed: 0,
  halted: 0,
  inconclusive: 0,
  lost: 0,
  haltedBefore: 0,
  open: 0,
  usdInMicros: 0,
  usdMeasuredMicros: 0,
  usdDeclaredMicros: 0,
  usdReservedMicros: 0,
  usdOpenMicros: 0,
  valueMicros: 0,
  valueMeasuredMicros: 0,
  valueDeclaredMicros: 0,
  units: 0,
  degraded: 0,
});

function addTick(sums: Adding, { started, ended, reservedMicros, correctedMicros }: Tick): void {
  sums.ticks += 1;
  if (!started) sums.haltedBefore += 1;
  else {
    sums.started += 1;
    if (ended) addEnd(sums, ended.data, correctedMicros);
    else {
      sums.open += 1;
      sums.usdOpenMicros += reservedMicros;
    }
  }
}

function addEnd(sums: Adding, end: TickEnded, correctedMicros: number): void {
  sums[end.outcome] += 1;
  sums.usdInMicros += end.usdInMicros + correctedMicros;
  sums.usdMeasuredMicros += correctedMicros;
  if (end.usdProvenance === 'measured') sums.usdMeasuredMicros += end.usdInMicros;
  if (end.usdProvenance === 'declared') sums.usdDeclaredMicros += end.usdInMicros;
  if (end.usdProvenance === 'reserved') sums.usdReservedMicros += end.usdInMicros;
  sums.valueMicros += end.valueMicros;
  if (end.valueProvenance === 'measured') sums.valueMeasuredMicros += end.valueMicros;
  if (end.valueProvenance === 'declared') sums.valueDeclaredMicros += end.valueMicros;
  sums.units += end.units;
  if (end.degraded.length > 0) sums.degraded += 1;
}

/** Value by cost with two decimals, rounded half up, in whole numbers throughout. */
export function ratioOf(valueMicros: number, usdMicros: number): string | null {
  if (usdMicros === 0) return null;
  const [value, usd] = [BigInt(valueMicros), BigInt(usdMicros)];
  const hundredths = (value * 200n + usd) / (usd * 2n);
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')}`;
}

/** The Monday of a UTC day's week (ISO 8601). */
export function weekOf(day: string): string {
  const startMs = dayStart(day);
  const sinceMonday = (new Date(startMs).getUTCDay() + 6) % 7;
  return dayOf(startMs - sinceMonday * DAY_MS);
}

const CENT_MICROS = 10_000;

/** Micro-dollars for people: to the nearest cent, and what is less than one exactly: `$1.25`, `$0.000001`. */
export function dollars(micros: number): string {
  const shown = micros < CENT_MICROS ? micros : Math.round(micros / CENT_MICROS) * CENT_MICROS;
  const rest = String(shown % 1_000_000).padStart(6, '0');
  return `$${Math.floor(shown / 1_000_000)}.${rest.slice(0, 2)}${rest.slice(2).replace(/0+$/, '')}`;
}
