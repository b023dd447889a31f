import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunnerCommand } from '../targets/runner-commands.ts';
import { githubVariables, idTokenClaims, type Run, runnerContext, type Source } from './contexts.ts';
import { evaluateValue, interpolateMap, type Scope, type Status } from './expressions.ts';
import type { Scopes } from './permissions.ts';
import { endOrphans } from './processes.ts';
import type { StandIn } from './stand-ins.ts';
import { createJobLog, isAnnotation, type JobLog } from './step-log.ts';
import { type Post, runPost, runStep } from './steps.ts';
import type { JobDefinition, WorkflowDefinition } from './workflow-file.ts';

export type Result = 'success' | 'failure' | 'cancelled' | 'skipped';

export interface StepResult {
  readonly name: string;
  readonly id: string | undefined;
  readonly outcome: Result;
  /** As `outcome`, but `success` where `continue-on-error` forgave it. */
  readonly conclusion: Result;
  readonly outputs: Readonly<Record<string, string>>;
  /** Every workflow command that the runner heard. */
  readonly commands: readonly RunnerCommand[];
  readonly summary: string;
  /** Undefined for a stand-in, and where nothing was started. */
  readonly exitCode?: number | null | undefined;
}

export interface JobResult {
  /** As the check of the job is called: `call / prove`. */
  readonly name: string;
  readonly result: Result;
  readonly outputs: Readonly<Record<string, string>>;
  readonly steps: readonly StepResult[];
  /** What the job's log shows: masked. */
  readonly log: string;
  readonly annotations: readonly RunnerCommand[];
  readonly summary: string;
  /** What its token could do. */
  readonly scopes: Scopes;
}

/** A job that is about to run: everything evaluated but its steps. */
export interface JobPlan {
  readonly run: Run;
  readonly id: string;
  readonly name: string;
  readonly source: Source;
  readonly workflow: WorkflowDefinition;
  readonly definition: JobDefinition;
  /** inputs, vars, needs, strategy, matrix, and `github` without its token. */
  readonly contexts: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly scopes: Scopes;
  readonly settings: Settings;
  readonly signal: AbortSignal;
}

/** What a test may choose for all jobs of a run. */
export interface Settings {
  readonly action: { readonly folder: string; readonly repository: string };
  readonly standIns: Readonly<Record<string, StandIn>>;
  /** What the runner's seconds (of a cancel) and minutes (of `timeout-minutes`) last here. */
  readonly secondMs: number;
  readonly minuteMs: number;
  /** Where jobs have their folders. */
  readonly folder: string;
  /** Folders of commands that come before those of PATH. */
  readonly commands: readonly string[];
  readonly onLine: (line: string, job: string) => void;
}

/** What the steps of a job share and change. */
export interface JobState {
  readonly plan: JobPlan;
  readonly token: string;
  readonly log: JobLog;
  readonly workspace: string;
  readonly runnerTemp: string;
  /** What every step's process finds, whatever the workflow says. */
  readonly fixed: Readonly<Record<string, string>>;
  env: Record<string, string>;
  paths: string[];
  status: Status;
  readonly steps: Record<string, Pick<StepResult, 'outputs' | 'outcome' | 'conclusion'>>;
  readonly posts: Post[];
  scope(env?: Readonly<Record<string, string>>): Scope;
}

/** Runs a job's steps, then their post steps in reverse; the token ends with it. */
export async function runJob(plan: JobPlan): Promise<JobResult> {
  const { run, settings, definition, scopes } = plan;
  using granted = run.services.issue(scopes);
  const log = createJobLog((line) => settings.onLine(line, plan.name));
  for (const secret of [granted.token, ...Object.values(plan.secrets)]) log.mask(secret);
  const state = await openJob(plan, granted.token, log);
  const limit = new AbortController();
  const minutes = Number(evaluateValue(definition['timeout-minutes'] ?? 360, state.scope()));
  const timer = setTimeout(() => limit.abort(), Math.min(minutes * settings.minuteMs, 2 ** 31 - 1));
  const signal = AbortSignal.any([plan.signal, limit.signal]);
  const results: StepResult[] = [];
  const noteEnd = (result: StepResult): void => {
    results.push(result);
    // A cancelled job stays one, whatever its last steps do.
    if (signal.aborted) state.status = 'cancelled';
    else if (result.conclusion === 'failure' && state.status === 'success') state.status = 'failure';
  };
  try {
    for (const step of definition.steps ?? []) {
      if (signal.aborted) state.status = 'cancelled';
      noteEnd(await runStep(step, state, signal));
    }
    for (const post of [...state.posts].reverse()) noteEnd(await runPost(post, state, signal));
    if (limit.signal.aborted) log.write(`##[error]The job has exceeded its time of ${minutes} minutes.`);
  } finally {
    clearTimeout(timer);
    const left = endOrphans(state.fixed.RUNNER_TRACKING_ID ?? '');
    if (left > 0) log.write(`Terminated ${left} orphan processes`);
  }
  const outputs = Object.entries(interpolateMap(definition.outputs, state.scope()));
  const hidden = outputs.filter(([, value]) => log.hides(value));
  for (const [name] of hidden) log.write(`##[warning]Skip output '${name}' since it may contain secret.`);
  return {
    name: plan.name,
    result: state.status,
    outputs: Object.fromEntries(outputs.filter((entry) => !hidden.includes(entry))),
    steps: results,
    log: log.lines.join('\n'),
    annotations: results.flatMap(({ commands }) => commands.filter(isAnnotation)),
    summary: results.map(({ summary }) => summary).join(''),
    scopes,
  };
}

async function openJob(plan: JobPlan, token: string, log: JobLog): Promise<JobState> {
  const { run, settings, source } = plan;
  const { hub } = run.services;
  const folder = await mkdtemp(join(settings.folder, 'job-'));
  const [workspace, runnerTemp, home, temporary, tools] = ['workspace', 'temp', 'home', 'tmp', 'tools'].map(
    (name) => join(folder, name),
  ) as [string, string, string, string, string];
  for (const path of [workspace, runnerTemp, home, temporary, tools]) await mkdir(path, { recursive: true });
  const github = { ...(plan.contexts.github as object), token, workspace };
  const runner = runnerContext(runnerTemp, tools);
  const idToken = plan.scopes['id-token'] === 'write';
  if (idToken) hub.oidc.claims = { ...hub.oidc.claims, ...idTokenClaims(run, source) };
  const services = hub.environment({ idToken, run: `run-${run.id}`, job: `job-${randomUUID()}` });
  const state: JobState = {
    plan,
    token,
    log,
    workspace,
    runnerTemp,
    fixed: {
      HOME: home,
      ...(process.platform === 'win32'
        ? { USERPROFILE: home, TEMP: temporary, TMP: temporary }
        : { TMPDIR: temporary }),
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      ...services,
      ...githubVariables(github),
      ...Object.fromEntries(
        Object.entries(runner).map(([name, value]) => [`RUNNER_${name.toUpperCase()}`, value]),
      ),
      RUNNER_WORKSPACE: folder,
      RUNNER_TRACKING_ID: `github_${randomUUID()}`,
    },
    env: {},
    paths: [],
    status: 'success',
    steps: {},
    posts: [],
    scope: (env) => ({
      status: state.status,
      contexts: {
        inputs: {},
        matrix: {},
        strategy: {},
        needs: {},
        vars: {},
        ...plan.contexts,
        github,
        runner,
        env: env ?? state.env,
        steps: state.steps,
        secrets: { ...plan.secrets, GITHUB_TOKEN: token, github_token: token },
        job: {
          status: state.status,
          workflow_repository: source.repository,
          workflow_file_path: source.path,
          workflow_sha: source.sha,
          workflow_ref: `${source.repository}/${source.path}@${source.sha}`,
        },
      },
    }),
  };
  state.env = interpolateMap(plan.workflow.env, state.scope());
  state.env = { ...state.env, ...interpolateMap(plan.definition.env, state.scope()) };
  return state;
}
