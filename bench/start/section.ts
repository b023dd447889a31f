import { goal, table, time } from '../report.ts';
import { median, quantile } from '../statistics.ts';
import type { Name } from './programs.ts';

/** Ms of each program in each round. */
export type Taken = Readonly<Record<Name, readonly number[]>>;

const OVER_NODE_MS = 40;
const OVER_CORE_MS = 10;
const CHECK_RUN_MS = 5;

const COMMANDS: readonly Name[] = ['verifyLive', 'stamp', 'stampByCommit'];
const TITLES: Readonly<Record<Name, string>> = {
  empty: 'an empty file, to its end',
  line: 'a file that writes one line',
  verifyLive: '`ship-proof verify-live`',
  stamp: '`ship-proof stamp --build-id …`',
  stampByCommit: '`ship-proof stamp`, which asks git for the commit',
  coreBundled: '@actions/core alone, bundled',
  core: '@actions/core alone, from node_modules',
  action: 'the action, `mode: verify-live`',
  actionChecked: 'the action with a check run',
};

/** The measurements as Markdown: the command line over bare Node, the action over the toolkit's core, and the goals. */
export function section(taken: Taken): string {
  const over = (name: Name, base: Name) => medianOver(taken[name], taken[base]);
  const rows = (base: Name, names: readonly Name[]) =>
    [base, ...names].map((name) => [
      TITLES[name],
      ...spread(taken[name]),
      ...(name === base ? ['', ''] : [time(over(name, base)), ratio(taken[name], taken[base])]),
    ]);
  const commands = Math.max(...COMMANDS.map((name) => over(name, 'empty')));
  const core = { bundled: over('action', 'coreBundled'), installed: over('action', 'core') };
  const checked = over('actionChecked', 'action');
  const limit = `The action at most ${OVER_CORE_MS} ms over @actions/core alone`;
  return [
    table(head('the empty file'), rows('empty', ['line', ...COMMANDS])),
    '',
    table(head('core, bundled'), rows('coreBundled', ['core', 'action', 'actionChecked'])),
    '',
    goal(
      `Every command at most ${OVER_NODE_MS} ms over bare Node`,
      commands <= OVER_NODE_MS,
      `${time(commands)} at worst`,
    ),
    goal(`${limit}, bundled as the action is`, core.bundled <= OVER_CORE_MS, time(core.bundled)),
    goal(`${limit}, from node_modules`, core.installed <= OVER_CORE_MS, time(core.installed)),
    goal(
      `A check run delays the first line by at most ${CHECK_RUN_MS} ms`,
      checked <= CHECK_RUN_MS,
      time(checked),
    ),
  ].join('\n');
}

const head = (base: string): string[] => [
  'start to first line',
  'median',
  'quartiles',
  'p95',
  `over ${base}`,
  'ratio',
];

function spread(values: readonly number[]): string[] {
  const [quarter, middle, threeQuarters, p95] = [0.25, 0.5, 0.75, 0.95].map((q) => time(quantile(values, q)));
  return [`${middle}`, `${quarter} to ${threeQuarters}`, `${p95}`];
}

/** The median of the differences within a round: what disturbs a round disturbs both. */
const medianOver = (values: readonly number[], base: readonly number[]): number =>
  median(values.map((ms, round) => ms - (base[round] ?? Number.NaN)));

const ratio = (values: readonly number[], base: readonly number[]): string =>
  (median(values) / median(base)).toFixed(2);
