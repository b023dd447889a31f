import type { PullRequest, Repository } from './repository.ts';

/** What started a run: its payload, and what the service derives from it. */
export interface Event {
  readonly name: string;
  readonly ref: string;
  readonly sha: string;
  readonly headRef?: string;
  readonly baseRef?: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** A pull request from a fork: its token reads, and it has no secrets. */
  readonly fromFork: boolean;
}

const common = (repository: Repository) => ({
  repository: {
    full_name: repository.slug,
    name: repository.slug.split('/')[1],
    owner: { login: repository.slug.split('/')[0] },
    default_branch: 'main',
    private: false,
  },
  sender: { login: 'octocat', type: 'User' },
});

export function push(repository: Repository, branch = 'main'): Event {
  const ref = `refs/heads/${branch}`;
  const sha = repository.git('rev-parse', ref);
  return { name: 'push', ref, sha, fromFork: false, payload: { ...common(repository), ref, after: sha } };
}

export function pullRequest(repository: Repository, pull: PullRequest, action = 'synchronize'): Event {
  const from = pull.fromFork
    ? { full_name: 'contributor/octo-repo', fork: true }
    : { full_name: repository.slug, fork: false };
  return {
    name: 'pull_request',
    ref: `refs/pull/${pull.number}/merge`,
    sha: pull.merge,
    headRef: pull.headRef,
    baseRef: 'main',
    fromFork: pull.fromFork,
    payload: {
      ...common(repository),
      action,
      number: pull.number,
      pull_request: {
        number: pull.number,
        head: { sha: pull.head, ref: pull.headRef, repo: from },
        base: { sha: repository.git('rev-parse', 'main'), ref: 'main', repo: { full_name: repository.slug } },
      },
    },
  };
}

/** A platform says how a deployment stands; the run belongs to the deployed commit. */
export function deploymentStatus(
  repository: Repository,
  status: { sha: string; state: string; url?: string; environment?: string; ref?: string },
): Event {
  const { sha, state, url = '', environment = 'Preview', ref = '' } = status;
  return {
    name: 'deployment_status',
    ref: ref === '' ? '' : `refs/heads/${ref}`,
    sha,
    fromFork: false,
    payload: {
      ...common(repository),
      action: 'created',
      deployment_status: { id: 7, state, environment, environment_url: url, target_url: url },
      deployment: { id: 5, sha, ref: ref || sha, environment, task: 'deploy', payload: {} },
    },
  };
}

/** Its payload has the cron and nothing of the repository. */
export const schedule = (repository: Repository, cron: string): Event => ({
  name: 'schedule',
  ref: 'refs/heads/main',
  sha: repository.git('rev-parse', 'refs/heads/main'),
  fromFork: false,
  payload: { schedule: cron },
});

export function workflowDispatch(
  repository: Repository,
  inputs: Readonly<Record<string, unknown>> = {},
  branch = 'main',
): Event {
  const ref = `refs/heads/${branch}`;
  return {
    name: 'workflow_dispatch',
    ref,
    sha: repository.git('rev-parse', ref),
    fromFork: false,
    payload: { ...common(repository), ref, inputs },
  };
}
