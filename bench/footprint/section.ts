import { goal, table } from '../report.ts';
import type { Weight } from './dist.ts';
import type { Asked } from './requests.ts';

const LIMIT_MB = 6;
const LIMITED = 'verify-live';
const LIMIT_REQUESTS = 4;
const PER_HOUR = 1_000;

/** Both figures as Markdown, with their goals. */
export function section(weight: Weight, asked: readonly Asked[]): string {
  const most = Math.max(...asked.map(({ requests }) => requests.length));
  const of = (name: string) => asked.find(({ step }) => step === name)?.requests.length ?? Number.NaN;
  return [
    table(
      ['what is shipped', 'files', 'MB'],
      [
        ['`dist/`, with all it needs', `${weight.files}`, megabytes(weight.bytes)],
        ['of it what every start loads', '1', megabytes(weight.entryBytes)],
      ],
    ),
    '',
    table(
      ['step, check run and post step included', 'REST requests', 'of them in the post step', 'which'],
      asked.map(({ step, requests, inPost }) => [
        `\`${step}\``,
        `${requests.length}`,
        `${inPost}`,
        counted(requests),
      ]),
    ),
    '',
    goal(
      `\`dist/\` weighs at most ${LIMIT_MB} MB`,
      weight.bytes <= LIMIT_MB * 1e6,
      `${megabytes(weight.bytes)} MB`,
    ),
    goal(
      `${LIMITED} makes at most ${LIMIT_REQUESTS} REST requests`,
      of(LIMITED) <= LIMIT_REQUESTS,
      `${of(LIMITED)}`,
    ),
    '',
    `MB are millions of bytes. A repository’s token may make ${PER_HOUR.toLocaleString('en')} requests an hour: ${Math.floor(PER_HOUR / most)} of the steps that ask most, which tell GitHub of a deployment where they may. The ledger speaks git’s own protocol, which does not count.`,
  ].join('\n');
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e5 ? 3 : 2);

function counted(requests: readonly string[]): string {
  const kinds = [...new Set(requests)];
  return kinds
    .map((kind) => ({ kind, times: requests.filter((request) => request === kind).length }))
    .map(({ kind, times }) => `${times > 1 ? `${times} × ` : ''}\`${kind}\``)
    .join(', ');
}
