import type { GitHubPlace } from './github.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The API of the run's own server and repository, or, in words, what is missing to reach it. */
export function placeFromEnvironment(env: Environment, token: string | undefined): GitHubPlace | string {
  const repository = env.GITHUB_REPOSITORY;
  if (!repository || !/^[\w.-]+\/[\w.-]+$/.test(repository))
    return 'no repository is known: outside of GitHub Actions, set GITHUB_REPOSITORY (owner/name) and GITHUB_SHA';
  if (!token) return 'there is no token: give the input `token`';
  const apiUrl = (env.GITHUB_API_URL || 'https://api.github.com').replace(/\/+$/, '');
  const url = URL.parse(apiUrl);
  const isSafe =
    url?.protocol === 'https:' ||
    (url?.protocol === 'http:' && /^(127\.|localhost$|\[::1\])/.test(url.hostname));
  if (!isSafe)
    return `the token is not sent to ${url?.origin ?? 'GITHUB_API_URL, which is no URL'}: it is not https`;
  return { apiUrl, repository, token };
}

/** The workflow file of the run, relative to its repository; undefined outside of one. */
export function workflowFile(env: Environment): string | undefined {
  const { GITHUB_WORKFLOW_REF: ref = '', GITHUB_REPOSITORY: repository = '' } = env;
  const path = ref.startsWith(`${repository}/`) ? ref.slice(repository.length + 1).split('@')[0] : undefined;
  return path && /^\.github\/workflows\/[\w.-]+$/.test(path) ? path : undefined;
}
