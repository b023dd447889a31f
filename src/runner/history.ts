import type { z } from 'zod';
import type { Entry } from '../ledger/entry.ts';
import {
  type Alert,
  alertSchema,
  alertToldSchema,
  breakerRearmedSchema,
  type Drill,
  drillSchema,
  type Incident,
  incidentSchema,
  reservationRaisedSchema,
  tickCorrectedSchema,
  tickEndedSchema,
  tickHaltedSchema,
  tickStartedSchema,
  watchdogSchema,
} from './entries.ts';
import { keepTicks, type Tick, type Told } from './history-ticks.ts';

/** Something that this program would not have written: it breaks the clock, and is a gap in the books. */
export interface Oddity {
  readonly what: string;
  readonly at: string;
  readonly atMs: number;
  readonly order: number;
}

/** All that the ledger says of one runner, in the order in which it was said. */
export interface Book {
  readonly runner: string;
  readonly ticks: readonly Tick[];
  readonly drills: readonly Told<Drill>[];
  readonly alerts: readonly Told<Alert>[];
  readonly incidents: readonly Told<Incident>[];
  readonly oddities: readonly Oddity[];
  readonly lastLook: Told<unknown> | undefined;
  /** Epoch ms of the runner's first entry; undefined when there is none. */
  readonly firstAtMs: number | undefined;
  /** Epoch ms of the ledger's newest entry, whoever it is about; 0 for an empty ledger. */
  readonly lastAtMs: number;
}

/** Every kind of entry that is written about a runner. Another one was written by somebody else, or by a newer version. */
const KINDS: Readonly<Record<string, z.ZodType>> = {
  'tick-started': tickStartedSchema,
  'tick-halted': tickHaltedSchema,
  'tick-ended': tickEndedSchema,
  'tick-corrected': tickCorrectedSchema,
  'reservation-raised': reservationRaisedSchema,
  'breaker-rearmed': breakerRearmedSchema,
  drill: drillSchema,
  'alert-raised': alertSchema,
  'alert-cleared': alertSchema,
  'alert-told': alertToldSchema,
  'watchdog-looked': watchdogSchema,
  'incident-opened': incidentSchema,
  'incident-fixed': incidentSchema,
  'incident-recovered': incidentSchema,
};

export const RUNNER_KINDS: readonly string[] = Object.keys(KINDS);

export interface BookKeeper {
  readonly book: Book;
  /** Entries come in the ledger's order; each is looked at once. */
  add(entry: Entry): void;
}

/** Keeps the books of one runner, in one pass over the ledger. */
export function keepBook(runner: string): BookKeeper {
  const ticks = keepTicks();
  const drills: Told<Drill>[] = [];
  const alerts: Told<Alert>[] = [];
  const incidents: Told<Incident>[] = [];
  const oddities: Oddity[] = [];
  let lastLook: Told<unknown> | undefined;
  let firstAtMs: number | undefined;
  let lastAtMs = 0;
  let order = 0;

  const file = (kind: string, told: Told<never>): readonly string[] => {
    if (kind === 'drill') drills.push(told);
    else if (kind === 'watchdog-looked') lastLook = told;
    else if (kind.startsWith('incident-')) incidents.push(told);
    else if (kind === 'alert-raised' || kind === 'alert-cleared') alerts.push(told);
    else return ticks.add(told);
    return [];
  };

  const add = (entry: Entry): void => {
    const atMs = Date.parse(entry.at);
    lastAtMs = Math.max(lastAtMs, atMs);
    if (entry.runner !== runner) return;
    firstAtMs ??= atMs;
    order += 1;
    const { at, actor, run, kind } = entry;
    const parsed = (Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined)?.safeParse(entry);
    const odd = !parsed
      ? ['an entry of a kind that this version does not write']
      : parsed.success
        ? file(kind, { data: parsed.data as never, at, atMs, order, actor, run })
        : [`a \`${kind}\` that lacks what this version writes into one`];
    oddities.push(...odd.map((what) => ({ what, at, atMs, order })));
  };

  return {
    get book(): Book {
      return { runner, ticks: ticks.all, drills, alerts, incidents, oddities, lastLook, firstAtMs, lastAtMs };
    },
    add,
  };
}

/** The book of entries that are at hand. */
export function bookOf(runner: string, entries: Iterable<Entry>): Book {
  const keeper = keepBook(runner);
  for (const entry of entries) keeper.add(entry);
  return keeper.book;
}
