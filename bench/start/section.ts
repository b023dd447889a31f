import { showChart } from '../chart/asset.ts';
import { type Bar, bars } from '../chart/bars.ts';
import { goal, table, time } from '../report.ts';
import { median, quantile } from '../statistics.ts';
import type { Name } from './programs.ts';

/** Ms of each program in each round. */
export type Taken = Readonly<Record<Name, readonly number[]>>;

/** The same of an action that somebody else published; without a figure where it could not be fetched. */
export interface Peer {
  readonly title: string;
  readonly ms: readonly number[] | undefined;
}

const OVER_NODE_MS = 40;
const OVER_CORE_MS = 10;
const CHECK_RUN_MS = 5;

const COMMANDS: readonly Name[] = ['verifyLive', 'stamp', 'stampByCommit'];
const COMMANDS_AND_ACTION: readonly Name[] = [...COMMANDS, 'action', 'actionChecked'];
const SHOWN: readonly Name[] = [
  'empty',
  'verifyLive',
  'stamp',
  'coreBundled',
  'core',
  'action',
  'actionChecked',
];
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

type Measured = Peer & { readonly ms: readonly number[] };

/** The measurements as Markdown: the command line over bare Node, the action over the toolkit's core and beside others, and the goals. */
export function section(taken: Taken, peers: readonly Peer[]): string {
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
  const measured = peers.flatMap(({ title, ms }) => (ms === undefined ? [] : [{ title, ms }]));
  const limit = `The action at most ${OVER_CORE_MS} ms over @actions/core alone`;
  return [
    table(head('the empty file'), rows('empty', ['line', ...COMMANDS])),
    '',
    table(head('core, bundled'), rows('coreBundled', ['core', 'action', 'actionChecked'])),
    '',
    table(head('our action'), [...rows('action', []), ...peers.map((peer) => peerRow(peer, taken.action))]),
    '',
    startChart(taken, measured),
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
    ...(measured.length === 0 ? [] : [sooner(taken.action, measured)]),
  ].join('\n');
}

const peerRow = ({ title, ms }: Peer, ours: readonly number[]): string[] =>
  ms === undefined
    ? [title, 'not fetched here', '', '', '', '']
    : [title, ...spread(ms), time(medianOver(ms, ours)), ratio(ms, ours)];

function sooner(ours: readonly number[], peers: readonly Measured[]): string {
  const laterMs = peers.map(({ ms }) => medianOver(ms, ours));
  const found = peers.map(({ title }, n) => `${title} ${time(laterMs[n] ?? Number.NaN)} later`).join(', ');
  return goal('The action says its first line before the others do', Math.min(...laterMs) > 0, found);
}

/** Every action and command with its quartiles, ours beside theirs. */
function startChart(taken: Taken, peers: readonly Measured[]): string {
  const bar = (label: string, ms: readonly number[], isOurs: boolean): Bar => ({
    ...{ label, isOurs, value: median(ms), shown: time(median(ms)) },
    ...{ low: quantile(ms, 0.25), high: quantile(ms, 0.75) },
  });
  const rows = [
    ...SHOWN.map((name) =>
      bar(TITLES[name].replaceAll('`', ''), taken[name], COMMANDS_AND_ACTION.includes(name)),
    ),
    ...peers.map(({ title, ms }) => bar(title, ms, false)),
  ];
  const label =
    'Start of the process to its first line: ours, bare Node, the toolkit alone, and published actions';
  return showChart('start', label, bars(rows, { label, axis: 'ms, median and quartiles', tick: String }));
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
