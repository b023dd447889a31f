import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The abbreviated commit that is checked out in a folder; undefined without git or outside a repository. */
export async function shortCommit(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', '--short=7', 'HEAD'], {
      cwd,
      timeout: 5_000,
    });
    return /^[0-9a-f]{7,64}$/.exec(stdout.trim())?.[0];
  } catch {
    // No git, no repository, no commit yet: the runner may know, and an id without a commit is an id all the same.
    return /^[0-9a-f]{7}/.exec(env.GITHUB_SHA ?? '')?.[0];
  }
}
