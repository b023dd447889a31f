// From the call of `ship-proof rollback` to its end: our own time of a rollback, with a promote command that takes none. Every
// round has a ledger of its own with two promotions in it. `node bench/rollback.ts 5`: five rounds, for a quick look.
import { openYard } from '../test/deploy/yard.ts';
import { showChart } from './chart/asset.ts';
import { bars } from './chart/bars.ts';
import { goal, table, time } from './report.ts';
import { median, quantile, spread } from './statistics.ts';

const [rounds = 20] = process.argv.slice(2).map(Number);
const GOAL_MS = 2_000;

const taken: number[] = [];
for (let round = -1; round < rounds; round += 1) {
  await using yard = await openYard();
  const [one, two] = yard.builds;
  await yard.published(one, two);
  await yard.promoted(one, two);
  const { code, ms, stderr } = await yard.shop.run(['rollback', '--confirm-destructive', '--', 'true']);
  if (code !== 0) throw new Error(`the rollback ended with ${code}: ${stderr}`);
  // The first one warms up.
  if (round >= 0) taken.push(ms);
}

const label = 'Rollbacks by how long they took, from the start of the process to its exit';
const slots = spread(taken, 8).map(({ from, to, count }) => ({
  ...{ label: `${Math.round(from)} to ${Math.round(to)} ms`, isOurs: true, shown: String(count) },
  ...{ value: count, low: count, high: count },
}));
const shown = [0.25, 0.5, 0.75, 0.95].map((q) => time(quantile(taken, q)));
const notes = `n = ${rounds} rounds after 1 to warm up; a local ledger, and a promote command that does nothing.`;
process.stdout.write(
  [
    table(
      ['rollback, start to exit', 'lower quartile', 'median', 'upper quartile', 'p95'],
      [['`ship-proof rollback`', ...shown]],
    ),
    '',
    showChart('rollback', label, bars(slots, { label, axis: 'rollbacks', tick: String, minStep: 1 })),
    '',
    goal('A rollback takes under 2 s of our own time', median(taken) < GOAL_MS, time(median(taken))),
    '',
    notes,
    '',
  ].join('\n'),
);
