import type { Hold } from '../holds/hold.ts';
import type { StandingAlerts } from './alerts.ts';
import type { Clock } from './clock.ts';
import { DAY_MS, dayOf } from './day.ts';
import { CONTROLS, type Drill } from './entries.ts';
import type { Book } from './history.ts';
import type { Tick } from './history-ticks.ts';
import { type IncidentStory, storiesOf } from './incident-story.ts';
import { noSums, type Sums, totalsOf } from './totals.ts';

/** Worst first: the state of a runner is the first of them that is true. */
const STATUS_STATES = ['held', 'alert', 'incident', 'capped', 'running', 'ok', 'unknown'] as const;
export type StatusState = (typeof STATUS_STATES)[number];

/** One day of the last ones, for the charts. */
export interface StatusDay {
  readonly day: string;
  readonly sums: Sums;
  readonly incidents: number;
}

/** The newest drill of a control. */
export interface StatusDrill {
  readonly control: Drill['control'];
  readonly outcome: Drill['outcome'] | 'never';
  readonly at: string | undefined;
  /** It was with the config that ticks run with now. */
  readonly present: boolean;
}

export interface Status {
  readonly runner: string;
  readonly asOf: string;
  readonly state: StatusState;
  readonly today: Sums;
  /** The cap of the newest tick, micro-dollars a day; undefined before the first. */
  readonly capMicros: number | undefined;
  /** The cap stopped the newest tick of today, whatever else is wrong. */
  readonly capped: boolean;
  readonly lastTick: Tick | undefined;
  readonly hold: Hold | undefined;
  readonly clock: Clock;
  readonly drills: readonly StatusDrill[];
  readonly alerts: StandingAlerts;
  readonly lookedAt: string | undefined;
  readonly incidents: readonly IncidentStory[];
  readonly oddities: number;
  readonly recent: readonly StatusDay[];
}

export interface StatusFacts {
  readonly book: Book;
  readonly clock: Clock;
  readonly alerts: StandingAlerts;
  readonly hold: Hold | undefined;
  readonly nowMs: number;
}

const RECENT_DAYS = 30;

/** All that a screen says of a runner. */
export function statusOf({ book, clock, alerts, hold, nowMs }: StatusFacts): Status {
  const today = dayOf(nowMs);
  const { byDay } = totalsOf(book, { since: dayOf(nowMs - RECENT_DAYS * DAY_MS) });
  const sums = byDay.get(today) ?? noSums();
  const lastTick = book.ticks.at(-1);
  const capMicros = book.ticks.findLast(({ started }) => started)?.started?.data.capMicros;
  const incidents = storiesOf(book.incidents);
  const isCapped = lastTick?.day === today && lastTick.halted?.data.haltedBy === 'spend-cap';
  const facts: Readonly<Record<StatusState, boolean>> = {
    held: hold !== undefined,
    alert: Object.values(alerts).some((alert) => alert.state === 'raised'),
    incident: incidents.some(({ state }) => state !== 'recovered'),
    capped: isCapped,
    running: lastTick?.started !== undefined && lastTick.ended === undefined,
    ok: lastTick !== undefined,
    unknown: true,
  };
  return {
    runner: book.runner,
    asOf: new Date(nowMs).toISOString(),
    state: STATUS_STATES.find((state) => facts[state]) ?? 'unknown',
    today: sums,
    capMicros,
    capped: isCapped,
    lastTick,
    hold,
    clock,
    drills: drillsOf(book, clock.config),
    alerts,
    lookedAt: book.lastLook?.at,
    incidents,
    oddities: book.oddities.length,
    recent: recentDays(book, byDay, incidents, nowMs),
  };
}

/** Every control's newest drill; one with the present config outranks a newer one with another. */
export function drillsOf({ drills }: Book, config: string | undefined): readonly StatusDrill[] {
  return CONTROLS.map((control) => {
    const own = drills.filter(({ data }) => data.control === control);
    const newest = own.findLast(({ data }) => data.config === config) ?? own.at(-1);
    return {
      control,
      outcome: newest?.data.outcome ?? 'never',
      at: newest?.at,
      present: newest !== undefined && newest.data.config === config,
    };
  });
}

/** The last days, oldest first, without a gap; none before the runner's first. */
function recentDays(
  { firstAtMs }: Book,
  byDay: ReadonlyMap<string, Sums>,
  incidents: readonly IncidentStory[],
  nowMs: number,
): readonly StatusDay[] {
  if (firstAtMs === undefined) return [];
  const first = dayOf(firstAtMs);
  const days = Array.from({ length: RECENT_DAYS }, (_, index) =>
    dayOf(nowMs - (RECENT_DAYS - 1 - index) * DAY_MS),
  );
  return days
    .filter((day) => day >= first)
    .map((day) => ({
      day,
      sums: byDay.get(day) ?? noSums(),
      incidents: incidents.filter(({ openedAt }) => openedAt.startsWith(day)).length,
    }));
}
