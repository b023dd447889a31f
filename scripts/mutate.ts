// Mutation testing of the deciding files: changes one thing at a time, and asks those tests of the file's own folder that
// import it whether they notice. `node scripts/mutate.ts [--sample N] [--jobs N] [--update] [file …]`; exit 1 for a survivor that the baseline
// does not know, and for a file whose score is below the least.
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Mutant, mutantsOf } from './mutants.ts';

const ROOT = resolve(import.meta.dirname, '..');
const BASELINE = join(ROOT, 'test/mutation/baseline.json');
const LEAST_SCORE = 85;
const UNREVIEWED = 'not looked at yet';

const DECIDING = [
  ...['once/claim', 'once/claims', 'once/decide', 'once/replay/change', 'once/replay/verdict'],
  ...['deploy/attempt', 'deploy/begin', 'deploy/pointer', 'deploy/promote', 'deploy/require-proof'],
  ...['deploy/rollback', 'deploy/rollback-target', 'deploy/settle-phase', 'deploy/verdict'],
  ...['runner/breaker', 'runner/cap', 'runner/clock', 'runner/guard', 'runner/meter', 'runner/meter-money'],
  ...['runner/tick-settle', 'runner/tick-start', 'runner/watchdog'],
  ...[
    'live/freshness',
    'live/schedule',
    'live/verdict',
    'proof/outcome',
    'proof/overrides',
    'proof/parse-json',
  ],
].map((name) => `src/${name}.ts`);

interface Result {
  /** Of how many that there are; fewer were tried where only a sample was. */
  readonly mutants: number;
  readonly tried: number;
  readonly killed: number;
  /** Killed of tried, in per cent, survivors that change nothing among them. */
  readonly score: number;
  readonly survivors: readonly { readonly mutant: string; readonly reason: string }[];
}
type Baseline = Record<string, Result>;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sample: { type: 'string' }, jobs: { type: 'string' }, update: { type: 'boolean' } },
});
const sample = values.sample === undefined ? Number.POSITIVE_INFINITY : Number(values.sample);
const jobs = Number(values.jobs ?? 2);
const baseline = JSON.parse(readFileSync(BASELINE, 'utf8')) as Baseline;

/** A copy of the tree for one worker; the packages are shared. */
function copyTree(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ship-proof-mutate-'));
  for (const name of ['src', 'test', 'docs', 'scripts', 'package.json', 'tsconfig.json', 'action.yml'])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  // What is asked is whether the deciders' own tests notice; those that race processes for minutes ask something else.
  const exclude = ['**/*race*', '**/tick-stores*'];
  const test = `{ include: [process.env.MUTATED_TESTS], exclude: ${JSON.stringify(exclude)}, testTimeout: 60_000 }`;
  writeFileSync(join(folder, 'vitest.config.ts'), `export default { test: ${test} };\n`);
  return folder;
}

/** Whether the tests that import the file pass in this copy; a run that takes too long fails as well. */
function testsPass(folder: string, file: string, limitMs: number): Promise<boolean> {
  const args = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'related', file];
  const options = { cwd: folder, timeout: limitMs, killSignal: 'SIGKILL', maxBuffer: 64 << 20 } as const;
  const tests = `test/${file.split('/').slice(1, -1).join('/')}/**/*.test.ts`;
  const env = { ...process.env, SHIP_PROOF_RELIABILITY: '', MUTATED_TESTS: tests };
  return new Promise((done) => {
    // Without a test there is nobody who could notice.
    const flags = ['--run', '--passWithNoTests=false', '--bail=1', '--maxWorkers=1', '--reporter=dot'];
    execFile(process.execPath, [...args, ...flags], { ...options, env }, (error) => done(error === null));
  });
}

async function mutateFile(file: string, folders: readonly string[]): Promise<Result> {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const all = mutantsOf(source);
  const step = Math.max(1, all.length / sample);
  // Spread evenly, so that a sample sees all of the file.
  const chosen = all.filter((_, n) => Math.floor(n / step) !== Math.floor((n - 1) / step));
  const started = performance.now();
  if (!(await testsPass(folders[0] ?? '', file, 600_000)))
    throw new Error(`the tests of ${file} fail without any mutant: mend them first`);
  const limitMs = 20_000 + Math.ceil(5 * (performance.now() - started));
  const waiting = [...chosen];
  const survived: Mutant[] = [];
  await Promise.all(
    folders.map(async (folder) => {
      for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
        const { start, end, put } = mutant;
        writeFileSync(join(folder, file), source.slice(0, start) + put + source.slice(end));
        if (await testsPass(folder, file, limitMs)) survived.push(mutant);
      }
      writeFileSync(join(folder, file), source);
    }),
  );
  const known = new Map(baseline[file]?.survivors.map(({ mutant, reason }) => [mutant, reason]));
  const killed = chosen.length - survived.length;
  return {
    mutants: all.length,
    tried: chosen.length,
    killed,
    score: Math.round((1000 * killed) / Math.max(1, chosen.length)) / 10,
    survivors: survived
      .map(({ name }) => ({ mutant: name, reason: known.get(name) ?? UNREVIEWED }))
      .sort((a, b) => (a.mutant < b.mutant ? -1 : 1)),
  };
}

const folders = Array.from({ length: jobs }, copyTree);
let wrong = 0;
try {
  for (const file of positionals.length > 0 ? positionals : DECIDING) {
    const result = await mutateFile(file, folders);
    const unknown = result.survivors.filter(({ reason }) => reason === UNREVIEWED);
    console.log(
      `${file}: ${result.killed} of ${result.tried} killed (${result.mutants} in all), score ${result.score}`,
    );
    for (const { mutant } of unknown) console.log(`  survived: ${mutant}`);
    wrong += unknown.length + (result.score < LEAST_SCORE ? 1 : 0);
    if (!values.update) continue;
    baseline[file] = result;
    const sorted = Object.fromEntries(Object.entries(baseline).sort(([a], [b]) => (a < b ? -1 : 1)));
    writeFileSync(BASELINE, `${JSON.stringify(sorted, null, 2)}\n`);
  }
} finally {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
if (wrong > 0) console.log(`${wrong} findings: see test/mutation/README.md`);
process.exitCode = wrong > 0 && !values.update ? 1 : 0;
