import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseJson } from '../proof/parse-json.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The run's commit as people look at it, and what else its event tells. */
export interface RunEvent {
  /** Undefined outside of a run. */
  readonly headSha: string | undefined;
  /** The pull request comes from another repository: its run's token can only read. */
  readonly fork: boolean;
  /** The repository's default branch, where the event tells it. */
  readonly defaultBranch: string | undefined;
}

const sha = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);
const repository = z.looseObject({ full_name: z.string() }).nullish();
const eventSchema = z.looseObject({
  pull_request: z.looseObject({
    head: z.looseObject({ sha, repo: repository }),
    base: z.looseObject({ repo: repository }).optional(),
  }),
});
const deploymentSchema = z.looseObject({ deployment: z.looseObject({ sha }) });
const workflowRunSchema = z.looseObject({ workflow_run: z.looseObject({ head_sha: sha }) });
const repositorySchema = z.looseObject({ repository: z.looseObject({ default_branch: z.string().min(1) }) });

/**
 * Reads the event that started the run. On pull requests GITHUB_SHA is a merge commit that nobody looks at, on
 * `workflow_run` the default branch's newest; the payload has the commit that is meant.
 */
export async function readEvent(env: Environment): Promise<RunEvent> {
  const payload = await readPayload(env.GITHUB_EVENT_PATH);
  const pull = eventSchema.safeParse(payload).data?.pull_request;
  const defaultBranch = repositorySchema.safeParse(payload).data?.repository.default_branch;
  if (pull) {
    const fork = pull.head.repo?.full_name !== (pull.base?.repo?.full_name ?? env.GITHUB_REPOSITORY);
    return { headSha: pull.head.sha, fork, defaultBranch };
  }
  const deployment = deploymentSchema.safeParse(payload).data?.deployment;
  const workflowRun = workflowRunSchema.safeParse(payload).data?.workflow_run;
  const headSha = deployment?.sha ?? workflowRun?.head_sha ?? env.GITHUB_SHA;
  return { headSha, fork: false, defaultBranch };
}

async function readPayload(path: string | undefined): Promise<unknown> {
  if (!path) return undefined;
  try {
    return parseJson(await readFile(path, 'utf8'));
  } catch (error) {
    // Without its event a run still has a commit.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
