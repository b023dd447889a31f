import type { Account } from '../../runner/retrospective.ts';
import type { Sums } from '../../runner/totals.ts';
import type { TotalsFile } from './totals-file.ts';

/** totals.json of an account. */
export function totalsText({ book, span, asOf, clock, totals, stories, gaps }: Account): string {
  const listed = <Name extends string>(name: Name, sums: ReadonlyMap<string, Sums>) =>
    [...sums].map(([key, value]) => ({ [name]: key, ...value }) as Record<Name, string> & Sums);
  const { state, day, days, startedOn, completedOn, lacks, resets } = clock;
  const alerts = (kind: string) => book.alerts.filter(({ data }) => data.kind === kind).length;
  const file: TotalsFile = {
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
      lacks: [...lacks],
      resets: resets.map(({ day, reason }) => ({ day, reason })),
    },
    incidents: [...stories],
    alerts: { raised: alerts('alert-raised'), cleared: alerts('alert-cleared') },
    gaps: gaps.map(({ id, observed }) => ({ id, observed })),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}
