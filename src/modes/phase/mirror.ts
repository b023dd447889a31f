import type { Deploy } from '../../deploy/records.ts';
import { createGitHub, type GitHub } from '../../ports/github.ts';
import { placeFromEnvironment } from '../../ports/github-place.ts';
import type { Ports } from '../mode.ts';

/** What GitHub shows of a promotion or rollback while this process is on it. Its word counts for nothing: the ledger is the truth. */
export interface Mirror {
  /** Says how it ended. Never throws, and takes a few seconds at most. */
  end(state: 'success' | 'failure' | 'error'): Promise<void>;
}

const PATIENCE_MS = 5_000;
const NEEDS = 'deployments: write';

/** Shows a deploy on its environment's page, where the action's token may; where it may not, one line says so. */
export function mirrorDeployment(
  { environment, deployId, commit, version }: Deploy,
  how: 'promote' | 'rollback',
  given: { readonly token?: string | undefined; readonly urls?: readonly URL[] | undefined },
  ports: Ports,
): Mirror {
  if (ports.front !== 'action') return { end: async () => {} };
  const problem = (because: string): undefined => void ports.log.event({ deployment: 'no', because });
  const place = placeFromEnvironment(ports.env, given.token);
  const github = typeof place === 'string' ? undefined : createGitHub(place, ports);
  const run = ports.holder.run?.url;
  const shared = {
    ...(run === undefined ? {} : { log_url: run }),
    ...(given.urls?.[0] ? { environment_url: given.urls[0].href } : {}),
  };
  const create = async (): Promise<number | undefined> => {
    const ref = commit?.length === 40 ? commit : ports.env.GITHUB_SHA;
    if (!github || !ref) return problem(typeof place === 'string' ? place : 'no commit is known');
    const body = {
      ...{ ref, environment, auto_merge: false, required_contexts: [] },
      task: how === 'promote' ? 'deploy' : 'deploy:rollback',
      description: `${how} of ${deployId}`.slice(0, 140),
      payload: { deployId, ...(version === undefined ? {} : { version }) },
    };
    const reply = await post(github, '/deployments', body, ports);
    if (!reply.ok) return problem(reply.problem.text);
    const { id } = reply.body as { id?: unknown };
    if (typeof id !== 'number') return problem('the answer has no id');
    await say(github, id, { ...shared, state: 'in_progress' });
    return id;
  };
  const say = async (to: GitHub, id: number, status: Readonly<Record<string, string>>): Promise<void> => {
    const reply = await post(to, `/deployments/${id}/statuses`, status, ports);
    if (!reply.ok) problem(reply.problem.text);
  };
  // It need not be there before the work begins.
  const created = create().catch((error: unknown) => problem(String(error)));
  return {
    end: async (state) => {
      const said = created
        .then(async (id) => {
          if (id !== undefined && github) await say(github, id, { ...shared, state });
        })
        .catch((error: unknown) => problem(String(error)));
      // A run that was cancelled has better things to write down in its last seconds.
      if (ports.signal.aborted) await Promise.race([said, ports.clock.sleep(1_000)]);
      else await said;
    },
  };
}

const post = (github: GitHub, path: string, body: unknown, { clock }: Ports) =>
  github.request({ method: 'POST', path, body, needs: NEEDS }, clock.monotonic() + PATIENCE_MS);

/** What an outcome is called there. */
export const deploymentState = (
  isDone: boolean,
  outcome: string | undefined,
): 'success' | 'failure' | 'error' => {
  if (!isDone) return outcome === 'inconclusive' ? 'error' : 'failure';
  return outcome === undefined || outcome === 'passed' ? 'success' : 'failure';
};
