import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Source } from './contexts.ts';
import { evaluateValue, type Scope } from './expressions.ts';
import { exceeding, requested, type Scopes } from './permissions.ts';
import type { Repository } from './repository.ts';
import { type CallDefinition, type JobDefinition, readWorkflow, type WorkflowFile } from './workflow-file.ts';

/** Our own repository, as callers name it: action.yml with dist/ in one folder, the workflows in another. */
export interface ActionRepository {
  readonly repository: string;
  readonly folder: string;
  readonly workflows: string;
}

export interface Called {
  readonly file: WorkflowFile;
  readonly source: Source;
}

/** Loads what a job's `uses:` names: by local path of the workflow's own repository, or ours at a version. */
export async function loadCalled(
  uses: string,
  from: Source,
  action: ActionRepository,
  repository: Pick<Repository, 'git'>,
): Promise<Called> {
  const [, local] = /^(?:\.|\$)\/(\.github\/workflows\/[^@]+)$/.exec(uses) ?? [];
  const [, owner, path] = /^([^/]+\/[^/]+)\/(\.github\/workflows\/[^@]+)@.+$/.exec(uses) ?? [];
  const source =
    local !== undefined
      ? { ...from, path: local }
      : { repository: owner ?? '', path: path ?? '', sha: from.sha, isAction: true };
  if (local === undefined && owner !== action.repository)
    throw new Error(`the called workflow ${uses} is not known here`);
  const text = source.isAction
    ? readFileSync(join(action.workflows, source.path.replace('.github/workflows/', '')), 'utf8')
    : repository.git('show', `${source.sha}:${source.path}`);
  return { file: await readWorkflow(source.path, text), source };
}

/**
 * Why GitHub would not start a run: everything is validated before the first job, whatever its `if` says. `scopes` is what
 * a job has that declares nothing, `ceiling` what a called workflow's jobs may ask for.
 */
export async function startProblems(
  { file, source }: Called,
  scopes: Scopes,
  load: (job: JobDefinition, from: Source) => Promise<Called | undefined>,
  ceiling?: Scopes,
): Promise<string[]> {
  const problems: string[] = [];
  for (const [id, job] of Object.entries(file.definition.jobs)) {
    const own = requested(job.permissions) ?? scopes;
    const excess = ceiling ? exceeding(own, ceiling) : [];
    if (excess.length > 0) problems.push(`The nested job '${id}' is requesting ${excess.join(', ')}.`);
    const called = await load(job, source);
    if (!called) continue;
    if (!called.file.call) problems.push(`${called.file.path} has no workflow_call`);
    problems.push(...callProblems(job, called.file.call ?? {}));
    const inner = requested(called.file.definition.permissions) ?? own;
    problems.push(...(await startProblems(called, inner, load, own)));
  }
  return problems;
}

function callProblems(job: JobDefinition, { inputs = {}, secrets = {} }: CallDefinition): string[] {
  const given = job.with ?? {};
  const named = job.secrets === 'inherit' ? undefined : (job.secrets ?? {});
  return [
    ...Object.keys(given)
      .filter((name) => !(name in inputs))
      .map((name) => `Invalid input, ${name} is not defined`),
    ...Object.keys(inputs)
      .filter((name) => inputs[name]?.required && !(name in given))
      .map((name) => `Input ${name} is required, but not provided`),
    ...Object.keys(named ?? {})
      .filter((name) => !(name in secrets))
      .map((name) => `Invalid secret, ${name} is not defined`),
    ...Object.keys(secrets)
      .filter((name) => secrets[name]?.required && named && !(name in named))
      .map((name) => `Secret ${name} is required, but not provided`),
  ];
}

const ABSENT = { string: '', choice: '', environment: '', boolean: false, number: 0 } as const;

/** The `inputs` of a called workflow. Throws where a value is not of its type: nothing is converted but to text. */
export function typedInputs(
  { inputs = {} }: CallDefinition,
  given: Readonly<Record<string, unknown>>,
  scope: Scope,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { type = 'string', default: fallback }]) => {
      const value = name in given ? given[name] : (evaluateValue(fallback, scope) ?? ABSENT[type]);
      if (type === 'boolean' || type === 'number') {
        if (typeof value !== type)
          throw new Error(`the input ${name} takes a ${type}, not ${JSON.stringify(value)}`);
        return [name, value];
      }
      return [name, String(value ?? '')];
    }),
  );
}
