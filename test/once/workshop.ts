import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Proof, proofSchema } from '../../src/proof/schema.ts';
import { type Run, type RunOptions, runCli } from '../e2e/run-dist.ts';
import { bareRepository, git, temporaryFolder } from '../ledger/fixtures.ts';

export interface Answer extends Run {
  readonly proof: Proof;
  /** What the proof says about the keys: `claimed`, `state`, `key`, `fence`, `exit-code`. */
  readonly result: Proof['result'];
}

/** A folder with a store of its own, and a file that every effect adds a line to. */
export interface Workshop extends Disposable {
  readonly path: string;
  readonly store: string;
  /** Runs `ship-proof <args> --store … --json` in the folder; what stands after `--` stays last. */
  run(args: readonly string[], options?: RunOptions): Promise<Answer>;
  /** A command that adds the line to the file of effects. */
  effect(line?: string): readonly string[];
  effects(): string[];
  entries(namespace?: string): Record<string, unknown>[];
  /** The newest commit of the ledger. */
  head(): string;
}

export function openWorkshop(): Workshop {
  const folder = temporaryFolder();
  const path = join(folder.path, 'work');
  mkdirSync(path);
  const repository = bareRepository(join(folder.path, 'store.git'));
  const store = `git+file:${repository}`;
  const file = join(path, 'effects');
  return {
    path,
    store,
    run: (args, options) => runJson(withFlags(args, ['--store', store]), { cwd: path, ...options }),
    effect: (line = 'did it') => ['sh', '-c', `echo '${line}' >> ${file}`],
    effects: () => linesOf(file),
    entries: (namespace = 'default') =>
      git(['-C', repository, 'log', '--reverse', '--format=%b', `refs/ship-proof/${namespace}`])
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    head: () => git(['-C', repository, 'rev-parse', 'refs/ship-proof/default']),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** Runs the command line with `--json`, and reads the proof that it printed. */
export async function runJson(args: readonly string[], options: RunOptions = {}): Promise<Answer> {
  const run = await runCli(withFlags(args, ['--json']), options);
  return { ...run, ...readAnswer(run) };
}

export function readAnswer({ stdout, stderr, code, signal }: Run): Pick<Answer, 'proof' | 'result'> {
  if (stdout === '') throw new Error(`no proof was printed (exit ${code}, ${signal}): ${stderr}`);
  const proof = proofSchema.parse(JSON.parse(stdout));
  return { proof, result: proof.result };
}

/** Adds flags before `--`. */
export function withFlags(args: readonly string[], flags: readonly string[]): string[] {
  const end = args.indexOf('--');
  return end < 0 ? [...args, ...flags] : [...args.slice(0, end), ...flags, ...args.slice(end)];
}

export function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Waits until something is there, however long this machine takes. */
export async function until<T>(
  look: () => T | undefined | false,
  what: string,
  limitMs = 30_000,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = look();
    if (found) return found;
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
