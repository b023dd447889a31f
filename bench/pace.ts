// What the growth of the waits costs: the real schedule, simulated with other factors over many flips. Nothing is timed
// here, so the figures are the same on every machine.
import { PACE } from '../src/live/schedule.ts';
import { showChart } from './chart/asset.ts';
import { chart } from './pace/chart.ts';
import { type Cost, costOf, everyMs, growingBy, type Schedule } from './pace/simulate.ts';
import { table, time } from './report.ts';
import { seeded } from './statistics.ts';

const GROWTH = [0.02, 0.05, 0.1, 0.2, 0.5];
const LOOP_MS = 6_000;
const FLIPS = 20_000;

const random = seeded(1);
const flipsMs = (fromS: number, toS: number) =>
  Array.from({ length: FLIPS }, () => (fromS + random() * (toS - fromS)) * 1000);
const quick = flipsMs(2, 60);
const slow = flipsMs(60, 600);

const measured = (label: string, schedule: Schedule) => ({
  label,
  quick: costOf(schedule, quick),
  slow: costOf(schedule, slow),
});
const curve = GROWTH.map((growth) => ({
  growth,
  ...measured(String(growth), growingBy(growth, random)),
}));
const loop = measured('loop, 6 s', everyMs(LOOP_MS));

const cells = ({ medianLagMs, p95LagMs, looks }: Cost) => [
  time(medianLagMs),
  time(p95LagMs),
  looks.toFixed(0),
];
const good = curve.filter((row) => row.quick.medianLagMs <= loop.quick.medianLagMs / 2);
const largest = Math.max(...good.map(({ growth }) => growth));

const point = ({ label, quick: cost }: (typeof curve)[number] | typeof loop) => ({ label, ...cost });
const shown = showChart(
  'lag',
  'Lag over looks, for each growth factor and for the loop',
  chart(curve.map(point), point(loop)),
);

process.stdout.write(
  `${[
    table(
      ['growth', '2 to 60 s: median lag', 'p95', 'looks', '1 to 10 min: median lag', 'p95', 'looks'],
      [...curve, loop].map((row) => [
        row.label === String(PACE.growth) ? `**${row.label}**` : row.label,
        ...cells(row.quick),
        ...cells(row.slow),
      ]),
    ),
    '',
    shown,
    '',
    `${largest} is the largest of these factors whose median lag is at most half of the loop's (${time(loop.quick.medianLagMs / 2)}): the fewest looks that meet the goal. In use: ${PACE.growth}.`,
    '',
    `n = ${FLIPS} flips between 2 and 60 s, and as many between 1 and 10 min (seed 1), no cache, looks that take no time. Waits are at least ${time(PACE.minMs)} and at most ${time(PACE.maxMs)}, stretched by up to ${PACE.jitter * 100} %.`,
  ].join('\n')}\n`,
);
