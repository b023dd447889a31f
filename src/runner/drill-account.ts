import type { Control, Ruling } from './drill.ts';

/** The file that tells of a control's newest drill. */
export const ACCOUNT_FILES: Readonly<Record<Control, string>> = {
  'spend-cap': 'cap-test.md',
  'kill-flag': 'kill-test-1.md',
  'kill-process': 'kill-test-2.md',
};

const TITLES: Readonly<Record<Control, string>> = {
  'spend-cap': 'Cap test: the spend cap',
  'kill-flag': 'Kill test 1: the flag in the ledger',
  'kill-process': 'Kill test 2: ending the process',
};

/** What was done, step by step; the same in every drill. */
const STEPS: Readonly<Record<Control, readonly string[]>> = {
  'spend-cap': [
    'A tick with a stand-in command ran on clean books, and had to leave a mark: the stand-in works.',
    'The day’s books were filled until one more estimate exceeded the cap by a millionth of a dollar.',
    'The same tick was asked for again. It had to be halted by `spend-cap`, before any work: no mark.',
  ],
  'kill-flag': [
    'A tick with a stand-in command ran while no flag was set, and had to leave a mark: the stand-in works.',
    'The kill flag for ticks was set in the ledger.',
    'The same tick was asked for again. It had to be halted by `kill-flag`, before any work: no mark.',
  ],
  'kill-process': [
    'A tick ran a stand-in command that started descendants: a child, one in a session of its own, one whose parents were gone, one deaf to SIGTERM.',
    'When all of them were at work, the tick was told to end, as its process is by a SIGTERM.',
    'After the tick had ended nothing of them could be alive, and the mark that the command was about to leave could not be there.',
  ],
};

export interface Account {
  readonly runner: string;
  readonly control: Control;
  /** When it was written into the ledger, ISO. */
  readonly at: string;
  readonly config: string;
  /** The ledger whose history holds the drill, and its number there. */
  readonly store: string;
  readonly seq: number;
  /** The ledger of its own that the drill was run in. */
  readonly stage: string;
  readonly ruling: Ruling;
}

/** The account for people. It says nothing that the ledger's entry does not, but for how the drill is run. */
export function accountText({ runner, control, at, config, store, seq, stage, ruling }: Account): string {
  const { outcome, said, evidence, containment } = ruling;
  const facts: readonly (readonly [string, string | number | boolean])[] = [
    ['runner', runner],
    ['control', control],
    ['at', at],
    ['config', config],
    ['ledger', store],
    ['transaction', seq],
    ['drilled in', stage],
    ...(containment === undefined ? [] : [['containment', containment] as const]),
  ];
  return [
    `# ${TITLES[control]}`,
    '',
    `**${outcome.toUpperCase()}**: ${said}.`,
    '',
    ...table('what', facts),
    '',
    '## What was done',
    '',
    ...STEPS[control].map((step, index) => `${index + 1}. ${step}`),
    '',
    '## What was seen',
    '',
    ...table('evidence', Object.entries(evidence)),
    '',
    'It counts for the clock as long as the runner’s config has this digest.',
    '',
  ].join('\n');
}

const table = (head: string, rows: readonly (readonly [string, string | number | boolean])[]): string[] => [
  `| ${head} | |`,
  '| --- | --- |',
  ...rows.map(([name, value]) => `| ${name} | ${cell(String(value))} |`),
];

/** No text leaves its cell, or means anything to Markdown. */
const cell = (text: string): string => `\`${text.replace(/[`|\s]+/g, ' ').slice(0, 200)}\``;
