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
    ref: env.GITHUB_REF,
    actor: env.GITHUB_ACTOR,
    event: env.GITHUB_EVENT_NAME,
    job: env.GITHUB_JOB,
    url: server && repository && id ? `${server}/${repository}/actions/runs/${id}` : undefined,
  };
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''),
  ) as Run;
}

/** Events that only somebody who may write to the repository brings about, and whose checkout is the repository's own. */
const OWN = new Set([
  'push',
  'schedule',
  'workflow_dispatch',
  'repository_dispatch',
  'release',
  'create',
  'delete',
]);

/**
 * Whether the checkout may be somebody else's: then config read from it must not reach a secret. Of an event that is not known
 * (there are new ones each year) that has to be assumed.
 */
export const isContributedEvent = (env: Readonly<Record<string, string | undefined>>): boolean =>
  env.GITHUB_ACTIONS === 'true' && !OWN.has(env.GITHUB_EVENT_NAME ?? '');
