import { goal, table, time } from '../report.ts';
import { median, quantile } from '../statistics.ts';
import { SCENARIOS } from './scenarios.ts';
import type { Outcome } from './trial.ts';
import type { WatcherName } from './watchers.ts';

export type Result = Outcome & { readonly scenario: string };

const LATE_BEHIND_CACHE_MS = 300;
const NAMES: Readonly<Record<WatcherName, string>> = {
  loop: 'loop, 6 s',
  'wait-on': 'wait-on',
  'ship-proof': 'ship-proof',
};

/** The results as Markdown: a row for each watcher in each scenario, and the goals. */
export function section(results: readonly Result[]): string {
  const of = (scenario: string, watcher: WatcherName) =>
    results.filter((result) => result.scenario === scenario && result.watcher === watcher);
  const rows = SCENARIOS.flatMap(({ name, title }) =>
    (Object.keys(NAMES) as WatcherName[]).map((watcher, index) => [
      index === 0 ? title : '',
      NAMES[watcher],
      ...cells(of(name, watcher)),
    ]),
  );
  return [table(HEAD, rows, 2), '', ...goals(of, results)].join('\n');
}

const HEAD = [
  'what visitors get',
  'watcher',
  'wrong',
  'noticed after (median; p95)',
  'reported after (median, quartiles; p95)',
  'requests',
  'kB',
];

const isWrong = ({ reportedLagMs }: Outcome): boolean => reportedLagMs < 0;
const lagsOf = (outcomes: readonly Outcome[]): number[] =>
  outcomes.filter((outcome) => !isWrong(outcome)).map(({ reportedLagMs }) => reportedLagMs);
const noticesOf = (outcomes: readonly Outcome[]): number[] =>
  outcomes.flatMap(({ noticedLagMs }) => noticedLagMs ?? []);

function cells(outcomes: readonly Outcome[]): string[] {
  const notices = noticesOf(outcomes);
  const lags = lagsOf(outcomes);
  const [quarter, middle, threeQuarters, p95] = [0.25, 0.5, 0.75, 0.95].map((q) => time(quantile(lags, q)));
  const kB = median(outcomes.map(({ bytes }) => bytes)) / 1000;
  return [
    `${outcomes.filter(isWrong).length} of ${outcomes.length}`,
    notices.length === 0 ? '' : `${time(median(notices))}; ${time(quantile(notices, 0.95))}`,
    lags.length === 0 ? '' : `${middle} (${quarter} to ${threeQuarters}); ${p95}`,
    median(outcomes.map(({ requests }) => requests)).toFixed(0),
    kB.toFixed(kB < 10 ? 1 : 0),
  ];
}

function goals(
  of: (scenario: string, watcher: WatcherName) => readonly Outcome[],
  results: readonly Result[],
): string[] {
  const ours = results.filter(({ watcher }) => watcher === 'ship-proof');
  const wrong = ours.filter(isWrong).length;
  const loopMs = median(lagsOf(of('origin', 'loop')));
  const noticedMs = median(noticesOf(of('origin', 'ship-proof')));
  const cached = noticesOf(of('cached', 'ship-proof'));
  return [
    goal('Never wrong', wrong === 0, `${wrong} of ${ours.length}`),
    goal(
      "Without a cache, noticed at the median within half of the loop's time",
      noticedMs <= loopMs / 2,
      `${time(noticedMs)} against ${time(loopMs)}`,
    ),
    goal(
      `Behind a cache that says its lifetime, noticed within ${LATE_BEHIND_CACHE_MS} ms of the copy's end`,
      Math.max(...cached) <= LATE_BEHIND_CACHE_MS,
      `${time(median(cached))} at the median, ${time(Math.max(...cached))} at worst`,
    ),
  ];
}
