import type { Run } from '../proof/schema.ts';

/** The run that the runner's environment describes; undefined outside of one. */
export function runFromEnvironment(env: Readonly<Record<string, string | undefined>>): Run | undefined {
  if (env.GITHUB_ACTIONS !== 'true') return undefined;
  const { GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id, GITHUB_SERVER_URL: server } = env;
  const fields: Record<keyof Run, string | number | undefined> = {
    repository,
    id,
    attempt: Number.parseInt(env.GITHUB_RUN_ATTEMPT ?? '', 10) || undefined,
    commit: env.GITHUB_SHA,
    actor: env.GITHUB_ACTOR,
    event: env.GITHUB_EVENT_NAME,
    job: env.GITHUB_JOB,
    url: server && repository && id ? `${server}/${repository}/actions/runs/${id}` : undefined,
  };
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''),
  ) as Run;
}

/** Events whose checkout may be somebody else's: config read from it must not reach a secret. */
const CONTRIBUTED = new Set([
  'pull_request',
  'pull_request_target',
  'deployment',
  'deployment_status',
  'workflow_run',
  'issue_comment',
  'pull_request_review',
  'pull_request_review_comment',
  'merge_group',
]);

export const isContributedEvent = (env: Readonly<Record<string, string | undefined>>): boolean =>
  env.GITHUB_ACTIONS === 'true' && CONTRIBUTED.has(env.GITHUB_EVENT_NAME ?? '');
