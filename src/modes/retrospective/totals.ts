import type { Account } from '../../runner/retrospective.ts';
import type { Sums } from '../../runner/totals.ts';

/** totals.json: the numbers of the account, for programs. Money is integer micro-dollars. */
export function totalsText({ book, span, asOf, clock, totals, stories, gaps }: Account): string {
  const listed = (name: string, sums: ReadonlyMap<string, Sums>) =>
    [...sums].map(([key, value]) => ({ [name]: key, ...value }));
  const { state, day, days, startedOn, completedOn, lacks, resets } = clock;
  const alerts = (kind: string) => book.alerts.filter(({ data }) => data.kind === kind).length;
  return `${JSON.stringify(
    {
      schemaVersion: 1,
      runner: book.runner,
      since: span.since ?? null,
      until: span.until ?? null,
      asOf,
      totals: totals.all,
      days: listed('day', totals.byDay),
      weeks: listed('week', totals.byWeek),
      labels: listed('label', totals.byLabel),
      clock: {
        state,
        day,
        days,
        startedOn: startedOn ?? null,
        completedOn: completedOn ?? null,
        lacks,
        resets: resets.map(({ day, reason }) => ({ day, reason })),
      },
      incidents: stories,
      alerts: { raised: alerts('alert-raised'), cleared: alerts('alert-cleared') },
      gaps: gaps.map(({ id, observed }) => ({ id, observed })),
    },
    null,
    2,
  )}\n`;
}
