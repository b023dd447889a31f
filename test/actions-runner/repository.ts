import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Paths and contents; null removes a file. */
export type Files = Readonly<Record<string, string | null>>;

export interface PullRequest {
  readonly number: number;
  readonly head: string;
  readonly headRef: string;
  /** The merge commit that `pull_request` runs on. */
  readonly merge: string;
  readonly fromFork: boolean;
}

/** A repository as GitHub would hold it: a bare one, changed by commits that a test makes. */
export interface Repository extends Disposable {
  /** `octo-org/octo-repo` */
  readonly slug: string;
  /** The folder that is served: `<root>/octo-org/octo-repo.git`. */
  readonly root: string;
  readonly path: string;
  /** Commits on a branch (default `main`), which is made from main where it is new; returns the commit. */
  commit(files: Files, branch?: string): string;
  /** Opens a pull request whose head has these changes, and merges it for the test run as GitHub does. */
  openPullRequest(files: Files, options?: { readonly fromFork?: boolean }): PullRequest;
  git(...args: string[]): string;
}

/**
 * `action`: a folder with action.yml and dist/, which stand in the repository's root then (as links), so that `uses: ./`
 * finds them after a checkout.
 */
export function makeRepository(files: Files, options: { slug?: string; action?: string } = {}): Repository {
  const slug = options.slug ?? 'octo-org/octo-repo';
  const root = mkdtempSync(join(tmpdir(), 'ship-proof-hub-'));
  const path = join(root, `${slug}.git`);
  const work = join(root, '.work');
  const run = (cwd: string, ...args: string[]) =>
    execFileSync('git', args, { cwd, encoding: 'utf8', env: GIT_ENVIRONMENT, stdio: 'pipe' }).trim();
  mkdirSync(path, { recursive: true });
  run(path, 'init', '--quiet', '--bare', '--initial-branch=main');
  run(path, 'config', 'http.receivepack', 'true');
  // GitHub hands out any commit that can be reached, a pull request's merge commit too.
  run(path, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  run(root, 'init', '--quiet', '--initial-branch=main', work);

  const commit = (changes: Files, target: string): string => {
    for (const [name, content] of Object.entries(changes)) {
      const file = join(work, name);
      rmSync(file, { force: true });
      if (content === null) continue;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    run(work, 'add', '--all');
    run(work, 'commit', '--quiet', '--allow-empty', '--message', 'change');
    run(work, 'push', '--quiet', path, `HEAD:${target}`);
    return run(work, 'rev-parse', 'HEAD');
  };
  if (options.action) {
    for (const name of ['action.yml', 'dist']) symlinkSync(join(options.action, name), join(work, name));
  }
  commit(files, 'refs/heads/main');
  let pulls = 0;
  return {
    slug,
    root,
    path,
    commit: (changes, branch = 'main') => {
      run(work, 'checkout', '--quiet', '-B', branch, existing(run(path, 'for-each-ref'), branch));
      return commit(changes, `refs/heads/${branch}`);
    },
    openPullRequest: (changes, { fromFork = false } = {}) => {
      pulls += 1;
      const headRef = `change-${pulls}`;
      run(work, 'checkout', '--quiet', '-B', headRef, 'main');
      // A fork's branch stands in the fork: here only the pull request's own refs point to it.
      const head = commit(changes, `refs/pull/${pulls}/head`);
      if (!fromFork) run(path, 'update-ref', `refs/heads/${headRef}`, head);
      run(work, 'checkout', '--quiet', '--detach', 'main');
      run(work, 'merge', '--quiet', '--no-ff', '--message', 'merge', head);
      run(work, 'push', '--quiet', path, `HEAD:refs/pull/${pulls}/merge`);
      return { number: pulls, head, headRef, merge: run(work, 'rev-parse', 'HEAD'), fromFork };
    },
    git: (...args) => run(path, ...args),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

const existing = (refs: string, branch: string): string =>
  refs.split('\n').some((line) => line.endsWith(`\trefs/heads/${branch}`)) ? branch : 'main';

/** Nothing of the developer's configuration; a fixed author, so that nothing has to be asked. */
export const GIT_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'octocat',
  GIT_AUTHOR_EMAIL: 'octocat@example.com',
  GIT_COMMITTER_NAME: 'octocat',
  GIT_COMMITTER_EMAIL: 'octocat@example.com',
};
