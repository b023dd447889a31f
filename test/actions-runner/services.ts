import { spawnSync } from 'node:child_process';
import { type GitHttp, serveGit } from '../targets/git-http.ts';
import { type GitHub, serveGitHub } from '../targets/github.ts';
import { concurrencyGroups } from './concurrency.ts';
import { allows, type Scopes } from './permissions.ts';
import type { Repository } from './repository.ts';

/** GitHub as runs see it: the API, the runner's services and git over http, all of one repository, with tokens that may so much. */
export interface Services extends AsyncDisposable {
  readonly repository: Repository;
  readonly hub: GitHub;
  readonly git: GitHttp;
  /** What GITHUB_SERVER_URL says. */
  readonly serverUrl: string;
  readonly groups: ReturnType<typeof concurrencyGroups>;
  /** Makes a job's token; disposal is the end of the job, and of the token. */
  issue(scopes: Scopes): { readonly token: string } & Disposable;
  nextRunId(): number;
  /** What was uploaded, by run and name: the folders, which outlive the runs. */
  readonly artifacts: Map<string, string>;
}

/**
 * `presentAs`: `served` (default) lets GITHUB_SERVER_URL be where git is really served, so that the default store is the
 * repository itself; `github.com` lets it be that name, without which the artifact client takes the server for one that
 * has no artifacts. One address can't be both on loopback.
 */
export async function startServices(
  repository: Repository,
  options: { readonly presentAs?: 'served' | 'github.com' } = {},
): Promise<Services> {
  const hub = await serveGitHub(repository.slug);
  hub.api.contents = (path) => contentsOf(repository, path);
  const scopesOf = new Map<string, Scopes>();
  const git = await serveGit(repository.root, {
    refuses: (authorization, service) => {
      const scopes = scopesOf.get(passwordOf(authorization));
      if (!scopes) return 401;
      // A private repository that may not be seen is not there; one that may not be written says so.
      if (!allows(scopes, 'contents', 'read')) return 404;
      return allows(scopes, 'contents', service) ? undefined : 403;
    },
  });
  let runs = 9000;
  return {
    repository,
    hub,
    git,
    serverUrl: options.presentAs === 'github.com' ? 'https://github.com' : git.origin,
    groups: concurrencyGroups(),
    artifacts: new Map(),
    issue: (scopes) => {
      const granted = Object.entries(scopes).filter(([, level]) => level !== 'none');
      const token = hub.token(Object.fromEntries(granted));
      scopesOf.set(token, scopes);
      return {
        token,
        [Symbol.dispose]: () => {
          scopesOf.delete(token);
          hub.api.tokens.delete(token);
        },
      };
    },
    nextRunId: () => {
      runs += 1;
      return runs;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([hub[Symbol.asyncDispose](), git[Symbol.asyncDispose]()]);
    },
  };
}

/** A file or folder of the default branch. */
function contentsOf({ path: gitDir }: Repository, path: string): Uint8Array | readonly string[] | undefined {
  const git = (...args: string[]) => spawnSync('git', ['--git-dir', gitDir, ...args], { stdio: 'pipe' });
  const type = git('cat-file', '-t', `main:${path}`).stdout.toString().trim();
  if (type === 'blob') return git('cat-file', 'blob', `main:${path}`).stdout;
  if (type !== 'tree') return undefined;
  return git('ls-tree', '--name-only', `main:${path}`).stdout.toString().split('\n').filter(Boolean);
}

/** The password of Basic credentials, the token of others. */
function passwordOf(authorization = ''): string {
  const [, scheme = '', value = ''] = /^(\S+) (.+)$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== 'basic') return value;
  const text = Buffer.from(value, 'base64').toString();
  return text.slice(text.indexOf(':') + 1);
}
