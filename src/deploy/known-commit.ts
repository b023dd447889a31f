import type { Exec, Execution } from '../ports/exec.ts';
import { printable } from '../proof/encode.ts';
import { inconclusive } from '../proof/errors.ts';
import { commitOfBuildId } from './version.ts';

/** What git says of the commit that a build id names. */
export interface CommitKnown {
  /** In full, where git knows it; else as the build id has it. */
  readonly commit: string | undefined;
  /** Why it is not confirmed to be in the checked-out history; undefined when it is. */
  readonly problem: string | undefined;
}

const TIMEOUT_MS = 10_000;

/** Asks git whether the commit in a build id lies in the history that is checked out in a folder. Throws `git-missing`. */
export async function confirmCommit(
  buildId: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
  exec: Exec,
): Promise<CommitKnown> {
  const named = commitOfBuildId(buildId);
  if (named === undefined) return { commit: undefined, problem: `the build id ${buildId} names no commit` };
  const git = async (...args: readonly string[]): Promise<Execution> => {
    const ran = await exec.run({ file: 'git', args, cwd, env, timeoutMs: TIMEOUT_MS });
    if (ran.ended === 'not-found')
      throw inconclusive(
        'git-missing',
        'git was not found on PATH, so the commit can’t be confirmed; install git',
      );
    return ran;
  };
  const found = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${named}^{commit}`);
  const commit = found.code === 0 ? found.stdout.toString().trim() : named;
  if (found.code !== 0) {
    const shallow = await git('rev-parse', '--is-shallow-repository');
    if (shallow.code !== 0)
      return { commit, problem: `${cwd} is no checkout that git can read: ${firstLine(shallow)}` };
    return { commit, problem: unknown(named, shallow.stdout.toString().trim() === 'true') };
  }
  const inside = await git('merge-base', '--is-ancestor', commit, 'HEAD');
  if (inside.code === 0) return { commit, problem: undefined };
  const shallow = await git('rev-parse', '--is-shallow-repository');
  return { commit, problem: unknown(named, shallow.stdout.toString().trim() === 'true') };
}

const unknown = (named: string, isShallow: boolean): string =>
  isShallow
    ? `the commit ${named} is not in the checked-out history, which is a shallow clone: check out with \`fetch-depth: 0\``
    : `the commit ${named} is not in the checked-out history`;

const firstLine = ({ stderr, ended }: Execution): string =>
  printable(stderr.trim().split('\n')[0] ?? '', 120) || ended;
