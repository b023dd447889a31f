import { showChart } from '../chart/asset.ts';
import { type Bar, bars } from '../chart/bars.ts';
import { goal, table } from '../report.ts';
import { median } from '../statistics.ts';
import type { Run } from './run-tool.ts';
import type { Name, Tool } from './tools.ts';
import type { Tried } from './try-out.ts';
import { CHECKS, FLOWS, plants, STEPS } from './work.ts';

/** A tool, what it did before it was measured, and its run in each round. */
export interface Contender {
  readonly tool: Tool;
  readonly tried: Tried;
  readonly runs: Run[];
}

const PEERS = ['newman', 'stepci', 'bruno', 'brunoDeveloper'] as const;
const OURS: readonly Name[] = ['ours', 'oursOneByOne'];
const ONE_BY_ONE = ['newman', 'stepciOneByOne', 'bruno', 'brunoDeveloper'] as const;
const SHARE_OF_NEWMAN = 1 / 3;

/** The measurements as Markdown: a row for each tool, the goals, and what the tools did with broken answers. */
export function section(contenders: readonly Contender[]): string {
  const of = (name: Name): Contender => {
    const found = contenders.find(({ tool }) => tool.name === name);
    if (!found) throw new Error(`${name} was not measured`);
    return found;
  };
  const ours = of('ours');
  const alone = of('oursOneByOne');
  const share = ratio(ours, of('newman'), wall);
  const shareAlone = ratio(alone, of('newman'), wall);
  return [
    table(
      HEAD,
      contenders.map((contender) => row(contender, ours)),
    ),
    '',
    showChart('smoke', CHART, bars(contenders.map(bar), SCALE)),
    '',
    faster('Faster than each of the others', ours, PEERS.map(of)),
    faster('One check after the other, faster than those that work so', alone, ONE_BY_ONE.map(of)),
    goal("At most a third of newman's wall time", share <= SHARE_OF_NEWMAN, share.toFixed(2)),
    goal('The same, one check after the other', shareAlone <= SHARE_OF_NEWMAN, shareAlone.toFixed(2)),
    ...contenders.map(noticed).filter(({ length }) => length > 0),
    '',
    notes(contenders, ours.runs.length),
  ].join('\n');
}

const HEAD = [
  'tool',
  'checks at once',
  'connections',
  'wall time',
  'least to most',
  '× ours',
  'CPU time',
  '× ours',
  'peak MiB',
];

function row(contender: Contender, ours: Contender): string[] {
  const { tool, tried, runs } = contender;
  const walls = runs.map(wall);
  const over = (what: (run: Run) => number) =>
    contender === ours ? '' : ratio(contender, ours, what).toFixed(2);
  return [
    tool.title,
    tool.atOnce,
    `${tried.connections}`,
    seconds(median(walls)),
    `${seconds(Math.min(...walls))} to ${seconds(Math.max(...walls))}`,
    over(wall),
    seconds(median(runs.map(cpu))),
    over(cpu),
    (median(runs.map(({ peakKiB }) => peakKiB)) / 1024).toFixed(0),
  ];
}

const CHART = 'Wall time of the same 400 requests, ours beside the other tools';
const SCALE = {
  label: CHART,
  axis: 's, median, from least to most',
  tick: (ms: number) => String(ms / 1000),
};

function bar({ tool, runs }: Contender): Bar {
  const walls = runs.map(wall);
  return {
    label: tool.title.replace(/[*`]/g, ''),
    value: median(walls),
    low: Math.min(...walls),
    high: Math.max(...walls),
    shown: seconds(median(walls)),
    isOurs: OURS.includes(tool.name),
  };
}

function faster(what: string, one: Contender, others: readonly Contender[]): string {
  const times = others.map((other) => ({ tool: other.tool.title, times: ratio(other, one, wall) }));
  const found = times.map(({ tool, times }) => `${tool} takes ${times.toFixed(2)} times as long`);
  return goal(what, Math.min(...times.map(({ times }) => times)) > 1, LIST.format(found));
}

/** Finer than elsewhere: the first two are close to each other. */
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

const wall = ({ wallMs }: Run): number => wallMs;
const cpu = ({ cpuMs }: Run): number => cpuMs;

/** The median of the ratios within a round: what disturbs a round disturbs both. */
const ratio = (one: Contender, other: Contender, what: (run: Run) => number): number =>
  median(one.runs.map((run, round) => what(run) / (other.runs.map(what)[round] ?? Number.NaN)));

/** A line for a tool that did not notice a broken answer. */
function noticed({ tool, tried }: Contender): string {
  if (tried.missed.length === 0) return '';
  const missed = tried.missed.map(({ path, kind }) => `a wrong ${kind} at ${path}`).join(', ');
  return `- ${tool.title} ended with 0 all the same after ${missed}.`;
}

function notes(contenders: readonly Contender[], rounds: number): string {
  const unnoticed = contenders.filter(({ tried }) => tried.missed.length > 0).length;
  const goOn = contenders.filter(({ tried }) => tried.goesOn).map(({ tool }) => tool.title);
  const requests = CHECKS + FLOWS * STEPS;
  return [
    `n = ${rounds} rounds, medians; ratios are the medians of those within a round. CPU time is user and system time of all`,
    `processes of a tool; the peak is that of the largest. By the server's log each tool made the same ${requests} requests, no more,`,
    `each with the answer that was to come. With one of ${plants.length} answers broken (${kinds}), ${unnoticed === 0 ? 'every tool failed each time' : 'the tools failed but where it says so above'};`,
    `after a wrong step of a flow, ${goOn.length === 0 ? 'none' : LIST.format(goOn)} went on with the next.`,
  ].join(' ');
}

const LIST = new Intl.ListFormat('en');
const kinds = [...new Set(plants.map(({ kind }) => kind))].join(', ');
