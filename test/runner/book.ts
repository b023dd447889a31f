import { runClock } from '../../src/runner/clock.ts';
import type { TickEnded, Trigger } from '../../src/runner/entries.ts';
import type { Book } from '../../src/runner/history.ts';
import type { Tick } from '../../src/runner/history-ticks.ts';

const HOUR_MS = 3_600_000;

/** A moment of a day, `T09:00` where none is given: March 2026, UTC. */
export const moment = (day: number, time = '09:00'): number =>
  Date.parse(`2026-03-${String(day).padStart(2, '0')}T${time}:00.000Z`);
export const iso = (ms: number): string => new Date(ms).toISOString();

export interface TickLine {
  readonly config?: string;
  readonly trigger?: Trigger;
  readonly origin?: string;
  /** Default: the hour that it began in. */
  readonly slotMs?: number | null;
  /** `halted` before any work, `open` without an end; default: it passes. */
  readonly is?: 'halted' | 'open';
  readonly end?: Partial<TickEnded>;
  readonly tookMs?: number;
}

/** A book that is written line by line, in the order of the ledger. A tick's end is a line of its own behind its start. */
export function handBook() {
  let order = 0;
  const next = () => {
    order += 1;
    return order;
  };
  const [ticks, drills, oddities] = [
    [] as Tick[],
    [] as Book['drills'][number][],
    [] as Book['oddities'][number][],
  ];
  const told = <T>(data: object, atMs: number) => ({
    data: data as T,
    at: iso(atMs),
    atMs,
    order: next(),
    actor: 'github:octocat',
  });

  return {
    tick(
      atMs: number,
      { config = 'a', trigger = 'schedule', origin = 'github', ...more }: TickLine = {},
    ): void {
      const number = ticks.length + 1;
      const slotMs = more.slotMs === undefined ? Math.floor(atMs / HOUR_MS) * HOUR_MS : more.slotMs;
      const first = told<Tick['first']['data']>({ tick: number, leaseUntil: iso(atMs + HOUR_MS) }, atMs);
      const isHalted = more.is === 'halted';
      const end = { outcome: 'passed', valueMicros: 1, units: 1, ...more.end };
      ticks.push({
        number,
        day: iso(atMs).slice(0, 10),
        slotMs,
        trigger,
        config,
        label: undefined,
        origin,
        first,
        reservedMicros: 0,
        correctedMicros: 0,
        ...((isHalted ? { halted: first } : { started: first }) as object),
        ended: more.is === undefined ? told<TickEnded>(end, atMs + (more.tookMs ?? 60_000)) : undefined,
      });
    },
    drill(atMs: number, control: string, { outcome = 'passed', config = 'a' } = {}): void {
      drills.push(told({ control, outcome, config }, atMs));
    },
    drills(atMs: number, config = 'a'): void {
      for (const control of ['spend-cap', 'kill-flag', 'kill-process']) this.drill(atMs, control, { config });
    },
    /** Of the newest line, or of one of its own. */
    oddity(atMs: number, of: 'newest' | 'own' = 'own'): void {
      oddities.push({
        what: 'a line of somebody else',
        at: iso(atMs),
        atMs,
        order: of === 'own' ? next() : order,
      });
    },
    get book(): Book {
      const times = [...ticks.map(({ first }) => first), ...drills, ...oddities].map(({ atMs }) => atMs);
      return {
        runner: 'digest',
        ticks,
        drills,
        alerts: [],
        incidents: [],
        oddities,
        lastLook: undefined,
        firstAtMs: times.length === 0 ? undefined : Math.min(...times),
        lastAtMs: Math.max(0, ...times),
      };
    },
  };
}

export type HandBook = ReturnType<typeof handBook>;

/** The clock of a book, as of a moment. */
export const clockOf = (write: (book: HandBook) => void, asOfMs: number, days = 3) => {
  const hand = handBook();
  write(hand);
  return runClock(hand.book, { days, asOfMs });
};

/** Its days: `start 0, counted 1, …` */
export const marks = ({ calendar }: ReturnType<typeof runClock>) =>
  calendar.map(({ mark, number }) => (number === null ? mark : `${mark} ${number}`)).join(', ');
