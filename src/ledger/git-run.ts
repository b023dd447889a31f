import type { Clock } from '../ports/clock.ts';
import type { Exec, Execution } from '../ports/exec.ts';
import { inconclusive } from '../proof/errors.ts';
import { type GitSurroundings, gitEnvironment, type Setting } from './git-environment.ts';
import type { Patience } from './ledger.ts';

/** A repository on this machine, and the way to run git in it. */
export interface Repository {
  readonly gitDir: string;
  /** Characters of an object id: 40, or 64 in a SHA-256 repository. */
  readonly idLength: number;
  readonly git: Git;
}

export interface GitOptions {
  readonly gitDir?: string;
  readonly input?: string | Uint8Array;
  readonly patience?: Patience | undefined;
  /** For this child alone. */
  readonly settings?: readonly Setting[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly limitMs?: number;
}

/**
 * Runs git: `command` is our own words, `operands` are values (paths, refs, ids, URLs). A failing exit is data; git
 * missing and a caller's abort are thrown.
 */
export type Git = (
  command: readonly string[],
  operands?: readonly string[],
  options?: GitOptions,
) => Promise<Execution>;

/** Of one child. Long enough for a slow server, short enough to leave time for a second try. */
const CHILD_LIMIT_MS = 60_000;

export function gitRunner(exec: Exec, clock: Clock, surroundings: GitSurroundings): Git {
  return async (command, operands = [], options = {}) => {
    for (const operand of operands) {
      // git would read it as an option, and some of its options run programs.
      if (operand.startsWith('-') || operand.includes('\0'))
        throw new TypeError('a git operand looks like an option');
    }
    const { patience, limitMs = CHILD_LIMIT_MS } = options;
    const leftMs = patience?.deadline === undefined ? limitMs : patience.deadline - clock.monotonic();
    const execution = await exec.run({
      file: 'git',
      args: [...command, ...operands],
      env: {
        ...gitEnvironment({
          ...surroundings,
          settings: [...surroundings.settings, ...(options.settings ?? [])],
        }),
        ...(options.gitDir === undefined ? {} : { GIT_DIR: options.gitDir }),
        ...options.environment,
      },
      ...(options.input === undefined ? {} : { input: options.input }),
      // Even a late child gets a moment: a doubtful push is decided by one more look.
      timeoutMs: Math.max(1_000, Math.min(limitMs, leftMs)),
      signal: patience?.signal,
    });
    if (execution.ended === 'not-found') throw missing();
    if (execution.ended === 'aborted') throw patience?.signal?.reason ?? new Error('aborted');
    return execution;
  };
}

/** The same repository, on which no child outlasts the caller's patience. */
export const patient = (repo: Repository, patience: Patience | undefined): Repository => ({
  ...repo,
  git: (command, operands, options) => repo.git(command, operands, { patience, ...options }),
});

/** The same git with more settings. */
export const withSettings =
  (git: Git, settings: readonly Setting[]): Git =>
  (command, operands, options) =>
    git(command, operands, { ...options, settings: [...settings, ...(options?.settings ?? [])] });

export interface GitVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** 2.31 reads GIT_CONFIG_COUNT, without which nothing here would hold; 2.32 GIT_CONFIG_GLOBAL. */
const OLDEST: GitVersion = { major: 2, minor: 32, patch: 0 };

/** The version of the git on PATH, or an error that says what to install. */
export async function requireGit(git: Git): Promise<GitVersion> {
  const { code, stdout } = await git(['--version']);
  const text = stdout.toString('utf8').trim().slice(0, 80);
  const match = /^git version (\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  if (code !== 0 || match === null) {
    throw inconclusive(
      'git-unusable',
      `"git --version" did not answer with a version (it said "${text}"); install git 2.32 or newer`,
    );
  }
  const version = { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0) };
  if (!isAtLeast(version, OLDEST)) {
    throw inconclusive(
      'git-too-old',
      `this machine's git is ${match[1]}.${match[2]}; the ledger needs 2.32 or newer. Update git, or use a redis:// store`,
    );
  }
  return version;
}

export function isAtLeast(version: GitVersion, wanted: GitVersion): boolean {
  if (version.major !== wanted.major) return version.major > wanted.major;
  if (version.minor !== wanted.minor) return version.minor > wanted.minor;
  return version.patch >= wanted.patch;
}

const missing = () =>
  inconclusive(
    'git-missing',
    'git was not found on PATH; install git 2.32 or newer, or use a redis:// store',
  );
