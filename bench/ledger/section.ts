import { showChart } from '../chart/asset.ts';
import { goal, table } from '../report.ts';
import { median, quantile } from '../statistics.ts';
import { chart, type Panel } from './chart.ts';
import type { Contender } from './contenders.ts';
import type { Size } from './history.ts';

export const FEW = { entries: 10, liveKeys: 10 };
const LONG = { entries: 100_000, liveKeys: 10 };
const WIDE = { entries: 10_000, liveKeys: 10_000 };
const WIDEST = { entries: 100_000, liveKeys: 100_000 };
export const SIZES: readonly Size[] = [
  FEW,
  { entries: 1_000, liveKeys: 10 },
  LONG,
  { entries: 10_000, liveKeys: 1_000 },
  WIDE,
  WIDEST,
];
export const CLIENTS = 8;
const BUSY_GOAL = 2_000;
/** What 100,000 entries may cost more than ten, and what 100,000 live keys may. */
const [LONGER, WIDER] = [1.2, 2];

/** What the report needs of a contender. */
export type Measured = Pick<Contender, 'name' | 'size' | 'coldMs'> & { readonly ms: readonly number[] };

/** The measurements as Markdown: a row for each store at each size, the chart, and the goals; `busy` is in claims a second. */
export function section(contenders: readonly Measured[], busy: number): string {
  const of = (name: string, { entries, liveKeys }: Size): number => {
    const isIt = (c: Measured) =>
      c.name === name && c.size.entries === entries && c.size.liveKeys === liveKeys;
    return median(contenders.find(isIt)?.ms ?? []);
  };
  const atMost = (what: string, value: number, limit: number) =>
    goal(`${what} (at most ${limit})`, value <= limit, value.toFixed(2));
  // A quick look leaves the longest histories out.
  const flat = (names: readonly string[], size: Size, what: string, limit: number) =>
    names
      .map((name) => ({ name, times: of(name, size) / of(name, FEW) }))
      .filter(({ times }) => !Number.isNaN(times))
      .map(({ name, times }) => atMost(`${name}, ${what}`, times, limit));
  return [
    table(
      HEAD,
      contenders
        .toSorted((a, b) => a.name.localeCompare(b.name))
        .map((contender) => row(contender, of('JSON lines', contender.size))),
    ),
    '',
    showChart('ledger', ALT, chart(panels(contenders), ALT)),
    '',
    ...flat(STORES, LONG, '100,000 against 10 entries', LONGER),
    ...flat(STORES, WIDE, '10,000 against 10 live keys', WIDER),
    ...flat(STORES, WIDEST, '100,000 against 10 live keys', WIDER),
    atMost('a local claim, ms', of('git, local', FEW), 40),
    goal(
      `redis, ${CLIENTS} clients on one ledger, claims a second (at least ${BUSY_GOAL})`,
      busy >= BUSY_GOAL,
      busy.toFixed(0),
    ),
  ].join('\n');
}

const STORES = ['git, local', 'git, http', 'redis'] as const;
const ALT = 'Milliseconds a claim over the entries and over the live keys of a ledger, for each store';
const HEAD = [
  'store',
  'entries',
  'live keys',
  'ms a claim',
  '10–90 %',
  'claims a second',
  'cold ms',
  '× JSON lines',
];

const row = ({ name, size, ms, coldMs }: Measured, linesMs: number): string[] => [
  name,
  size.entries.toLocaleString('en'),
  size.liveKeys.toLocaleString('en'),
  median(ms).toFixed(1),
  `${quantile(ms, 0.1).toFixed(1)}–${quantile(ms, 0.9).toFixed(1)}`,
  (1000 / median(ms)).toFixed(0),
  Number.isNaN(coldMs) ? '–' : coldMs.toFixed(0),
  (median(ms) / linesMs).toFixed(2),
];

/** Ten live keys under more and more entries; then more and more live keys, which need at least as many entries. */
function panels(contenders: readonly Measured[]): Panel[] {
  const series = (takes: (size: Size) => boolean, count: (size: Size) => number) =>
    ['JSON lines', ...STORES].map((name) => ({
      name,
      isOurs: name !== 'JSON lines',
      points: contenders
        .filter((c) => c.name === name && takes(c.size))
        .map(({ size, ms }) => ({ count: count(size), ms: median(ms) }))
        .sort((a, b) => a.count - b.count),
    }));
  const isFew = ({ liveKeys }: Size) => liveKeys === FEW.liveKeys;
  return [
    { axis: 'entries, 10 live keys', series: series(isFew, ({ entries }) => entries) },
    {
      axis: 'live keys',
      series: series(
        (size) => size === FEW || !isFew(size),
        ({ liveKeys }) => liveKeys,
      ),
    },
  ];
}
