import { type Clock, runClock } from './clock.ts';
import { type Covered, coverageOf } from './coverage.ts';
import { DAY_MS, dayStart } from './day.ts';
import type { Book } from './history.ts';
import { type IncidentStory, storiesOf } from './incident-story.ts';
import { type Gap, gapsOf } from './retrospective-gaps.ts';
import { type RunLogDay, runLogOf } from './run-log.ts';
import { type Span, type Totals, totalsOf } from './totals.ts';

/** The whole account of a runner. It follows from the books alone: the same ledger gives the same account, on any day. */
export interface Account {
  readonly book: Book;
  readonly span: Span;
  readonly asOf: string;
  readonly clock: Clock;
  readonly totals: Totals;
  /** Those that were not over before the span began. */
  readonly stories: readonly IncidentStory[];
  readonly runLog: readonly RunLogDay[];
  readonly coverage: readonly Covered[];
  readonly gaps: readonly Gap[];
}

/** `book` holds nothing that is newer than the span. */
export function accountOf(book: Book, span: Span, clockDays: number): Account {
  const endMs = span.until === undefined ? Infinity : dayStart(span.until) + DAY_MS - 1;
  // Not what time it is now, but how far the books go.
  const asOfMs = Math.min(endMs, book.lastAtMs);
  const clock = runClock(book, { days: clockDays, asOfMs });
  const stories = storiesOf(book.incidents);
  const { since = '' } = span;
  const shown = stories.filter(
    ({ recoveredAt }) => recoveredAt === undefined || recoveredAt.slice(0, 10) >= since,
  );
  return {
    book,
    span,
    asOf: new Date(asOfMs).toISOString(),
    clock,
    totals: totalsOf(book, span),
    stories: shown,
    runLog: runLogOf(book, clock, stories).filter(({ day }) => day >= since),
    coverage: coverageOf(book, clock.config),
    gaps: gapsOf(book, clock, stories, asOfMs),
  };
}
