// Runs the long lists in full and writes what they counted into docs/reliability.md: `npm run reliability`, or with test
// files as arguments, of which only the rows are written anew. Nothing is written where a test failed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Figure, FigureKind } from '../test/targets/figures.ts';

const ROOT = resolve(import.meta.dirname, '..');
const PAGE = join(ROOT, 'docs/reliability.md');
/** The figures themselves stand in the page, for the next run to keep those that it does not take anew. */
const KEPT = /<!-- figures: (.*) -->/;

const SECTIONS: Readonly<Record<FigureKind, readonly [title: string, words: string]>> = {
  crash: [
    'Crash points',
    'The steps of an undisturbed run are counted: each child process, request, file write and ref update. Then, for each of them, the process is killed before or after it, a fresh one takes over, and the invariants are checked.',
  ],
  race: [
    'Races',
    'Several processes want the same thing at once; each effect happened once, and nothing was lost.',
  ],
  state: [
    'States explored',
    'The deciding functions alone, in every history of a few steps and in long random ones. A mutant is a decider without one of its guards; each mutant broke an invariant, so the invariants detect a missing guard.',
  ],
  load: ['Load held', 'Long runs that were killed again and again; the books were right at the end.'],
  fault: ['Faults survived', 'Answers that were lost on the way; every entry is in the ledger exactly once.'],
  input: [
    'Bad inputs tried',
    'Made from valid inputs by cutting, doubling and swapping, or generated from a grammar. Each was understood, or refused with a coded error; the work grew no faster than the input.',
  ],
};

/** Test files that give figures; one that has not been run in full is named as absent. */
const SOURCES: readonly string[] = [
  ...['test/e2e/claims-crash.test.ts', 'test/e2e/phase-crash.test.ts', 'test/e2e/tick-crash.test.ts'],
  ...['test/e2e/claims-race.test.ts', 'test/ledger/races.test.ts', 'test/runner/tick-race.test.ts'],
  ...['test/once/exploration.test.ts', 'test/runner/tick-exploration.test.ts', 'test/deploy/model.test.ts'],
  ...['test/e2e/tick-loop.test.ts', 'test/ledger/git-remote.test.ts', 'test/ledger/redis.test.ts'],
  ...['test/e2e/no-surprises.test.ts', 'test/fuzz/answers.test.ts', 'test/fuzz/config.test.ts'],
  ...['test/fuzz/evidence.test.ts', 'test/fuzz/records.test.ts'],
];

interface Kept extends Figure {
  /** The day of the run, and its machine. */
  readonly on: string;
}

const chosen = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'ship-proof-figures-'));
try {
  const target = join(folder, 'figures.jsonl');
  const args = ['run', '--config', 'vitest.reliability.config.ts', ...chosen];
  const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, SHIP_PROOF_FIGURES: target },
  });
  if (status !== 0) process.exitCode = status ?? 1;
  else writePage(existsSync(target) ? linesOf(target) : []);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function linesOf(target: string): Kept[] {
  const on = `${new Date().toISOString().slice(0, 10)}, ${process.platform}, ${cpus().length} cores`;
  return readFileSync(target, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => ({ ...(JSON.parse(line) as Figure), on }));
}

function writePage(fresh: readonly Kept[]): void {
  const before = existsSync(PAGE) ? KEPT.exec(readFileSync(PAGE, 'utf8'))?.[1] : undefined;
  const old = before === undefined ? [] : (JSON.parse(before) as Kept[]);
  const anew = new Set(fresh.map(({ file }) => file));
  const kept = [...old.filter(({ file }) => !anew.has(file)), ...fresh].sort((a, b) =>
    `${a.file} ${a.name}` < `${b.file} ${b.name}` ? -1 : 1,
  );
  const absent = SOURCES.filter((file) => !kept.some((figure) => figure.file === file && figure.full));
  const sections = Object.entries(SECTIONS).map(([kind, [title, words]]) => {
    const rows = kept.filter((figure) => figure.kind === kind && figure.full).map(rowOf);
    const table = [
      '| what | how many | besides | run on | command |',
      '| --- | --: | --- | --- | --- |',
      ...rows,
    ];
    return `## ${title}\n\n${words}\n\n${rows.length > 0 ? table.join('\n') : 'Not yet run in full.'}\n`;
  });
  const missing =
    absent.length === 0
      ? ''
      : `## Not yet run in full\n\n${absent.map((file) => `- \`${commandOf(file)}\``).join('\n')}\n\n`;
  const text = `# Reliability

How ship-proof was tested under kills, races, faults and bad inputs, how often, and with which command you can repeat it. \`npm run reliability\`
runs everything and writes this page; with test files as arguments it updates only their rows. Every row is from a run in which nothing was
lost and nothing happened twice: a run that finds anything else fails, and writes nothing.

${sections.join('\n')}
${missing}<!-- figures: ${JSON.stringify(kept).replaceAll('--', '\\u002d\\u002d')} -->
`;
  writeFileSync(PAGE, text);
}

function commandOf(file: string): string {
  return `npm run reliability -- ${file}`;
}

function rowOf({ name, value, unit, detail, file, on }: Kept): string {
  const count = `${value.toLocaleString('en')} ${unit}`;
  return `| ${cell(name)} | ${count} | ${cell(detail ?? '')} | ${on} | \`${commandOf(file)}\` |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
