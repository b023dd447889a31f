import type { Clock, ClockDay, Reset } from './clock.ts';
import type { Book } from './history.ts';
import type { IncidentStory } from './incident-story.ts';
import { noSums, type Sums, totalsOf } from './totals.ts';

/** A line of the run log: one UTC day. */
export interface RunLogDay extends ClockDay {
  readonly sums: Sums;
  /** Why the clock began anew on that day. */
  readonly resets: readonly Reset[];
  /** The incidents that were opened on that day. */
  readonly incidents: readonly IncidentStory[];
  readonly alerts: readonly string[];
}

/** The days on which something happened or the clock ran, oldest first. */
export function runLogOf(book: Book, clock: Clock, stories: readonly IncidentStory[]): readonly RunLogDay[] {
  const { byDay } = totalsOf(book);
  const resets = Map.groupBy(clock.resets, ({ day }) => day);
  const incidents = Map.groupBy(stories, ({ openedAt }) => openedAt.slice(0, 10));
  const alerts = Map.groupBy(book.alerts, ({ at }) => at.slice(0, 10));
  return clock.calendar
    .map((entry) => ({
      ...entry,
      sums: byDay.get(entry.day) ?? noSums(),
      resets: resets.get(entry.day) ?? [],
      incidents: incidents.get(entry.day) ?? [],
      alerts: (alerts.get(entry.day) ?? []).map(({ data }) => `${data.kind} ${data.alert}`),
    }))
    .filter(({ mark, sums, incidents, alerts }) => {
      const isIdle = mark === 'supervised' || mark === 'after';
      return !isIdle || sums.ticks > 0 || incidents.length > 0 || alerts.length > 0;
    });
}
