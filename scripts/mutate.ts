// Mutation testing of the deciding files: Stryker changes one thing at a time and runs the tests that pass by it.
// `node scripts/mutate.ts [--update] [file …]`; exit 1 for a survivor that the baseline does not know, and for a file whose
// score is below the least. What is mutated and which tests are asked stands in test/mutation/stryker.config.mjs.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const ROOT = resolve(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'test/mutation');
const TOOLS = join(FOLDER, 'tools');
const BASELINE = join(FOLDER, 'baseline.json');
const REPORT = join(ROOT, 'build/mutation.json');
const LEAST_SCORE = 85;
const UNREVIEWED = 'not looked at yet';

/** A file of Stryker's report: https://github.com/stryker-mutator/mutation-testing-elements, version 2 of its schema. */
interface ReportedFile {
  readonly source: string;
  readonly mutants: readonly ReportedMutant[];
}
interface ReportedMutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: Position; readonly end: Position };
  readonly status:
    | 'Killed'
    | 'Survived'
    | 'NoCoverage'
    | 'Timeout'
    | 'CompileError'
    | 'RuntimeError'
    | 'Ignored';
}
/** Both count from one. */
interface Position {
  readonly line: number;
  readonly column: number;
}

interface Result {
  /** Without those that were not tried: they run while the module is loaded. */
  readonly mutants: number;
  readonly killed: number;
  /** Killed of all, in per cent. */
  readonly score: number;
  /** What survived, and why that is harmless. */
  readonly survivors: Readonly<Record<string, string>>;
}
type Baseline = Record<string, Result>;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { update: { type: 'boolean' } },
});
const baseline = JSON.parse(readFileSync(BASELINE, 'utf8')) as Baseline;

mutate(positionals);
let findings = 0;
const { files } = JSON.parse(readFileSync(REPORT, 'utf8')) as { files: Record<string, ReportedFile> };
for (const [file, reported] of Object.entries(files)) {
  const result = resultOf(reported, baseline[file]);
  const unknown = Object.keys(result.survivors).filter((name) => result.survivors[name] === UNREVIEWED);
  console.log(`${file}: ${result.killed} of ${result.mutants} noticed, score ${result.score}`);
  for (const name of unknown) console.log(`  survived: ${name}`);
  findings += unknown.length + (result.score < LEAST_SCORE ? 1 : 0);
  baseline[file] = result;
}
if (values.update) {
  const sorted = Object.fromEntries(Object.entries(baseline).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(BASELINE, `${JSON.stringify(sorted, null, 2)}\n`);
}
if (findings > 0) console.log(`${findings} findings: see test/mutation/README.md`);
process.exitCode = findings > 0 && !values.update ? 1 : 0;

/** Runs Stryker on these files, or on all; throws where it could not do its work. */
function mutate(only: readonly string[]): void {
  const stryker = join(TOOLS, 'node_modules/@stryker-mutator/core/bin/stryker.js');
  const npm = ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps', '--loglevel=error'];
  if (!existsSync(stryker)) execFileSync('npm', npm, { cwd: TOOLS, stdio: 'inherit' });
  const args = ['run', join(FOLDER, 'stryker.config.mjs'), '--concurrency', String(availableParallelism())];
  if (only.length > 0) args.push('--mutate', only.join(','));
  const { status } = spawnSync(process.execPath, [stryker, ...args], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) throw new Error(`Stryker ended with ${status}: nothing was compared`);
}

function resultOf({ source, mutants }: ReportedFile, known: Result | undefined): Result {
  const lines = source.split('\n');
  const tried = mutants.filter(({ status }) => status !== 'Ignored' && !status.endsWith('Error'));
  const survived = tried.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
  const killed = tried.length - survived.length;
  const names = survived.map((mutant) => nameOf(lines, mutant)).sort();
  return {
    mutants: tried.length,
    killed,
    score: tried.length === 0 ? 100 : Math.round((1000 * killed) / tried.length) / 10,
    survivors: Object.fromEntries(
      numbered(names).map((name) => [name, known?.survivors[name] ?? UNREVIEWED]),
    ),
  };
}

/** Names a mutant by its line and what is changed in it, without numbers: it stays the same while the file around it changes. */
function nameOf(lines: readonly string[], { location: { start, end }, replacement }: ReportedMutant): string {
  const first = lines[start.line - 1] ?? '';
  const last = lines[end.line - 1] ?? '';
  const was =
    start.line === end.line
      ? first.slice(start.column - 1, end.column - 1)
      : [
          first.slice(start.column - 1),
          ...lines.slice(start.line, end.line - 1),
          last.slice(0, end.column - 1),
        ].join(' ');
  const before = first.slice(0, start.column - 1).trimStart();
  const after = last.slice(end.column - 1, end.column + 59);
  return `${before}⟦${short(was)} → ${short(replacement ?? '')}⟧${after}`;
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`;
}

/** The second of the same name is told apart from the first. */
function numbered(names: readonly string[]): string[] {
  const times = new Map<string, number>();
  return names.map((name) => {
    const count = (times.get(name) ?? 0) + 1;
    times.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}
