import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Event } from './events.ts';
import type { JobResult, Result, Settings } from './job.ts';
import { type Course, type Environments, runJobs, together } from './jobs.ts';
import { ownAction } from './own-action.ts';
import { RESTRICTED, requested, type Scopes } from './permissions.ts';
import { type ActionRepository, loadCalled, startProblems } from './reusable.ts';
import type { Services } from './services.ts';
import { STAND_INS, type StandIn } from './stand-ins.ts';
import { readWorkflow } from './workflow-file.ts';

export interface RunOptions {
  readonly services: Services;
  /** The text of a workflow in the user's repository; or the name of one of ours, such as `ci.yml`. */
  readonly workflow: string;
  /** Where a text stands; default `.github/workflows/caller.yml`. */
  readonly path?: string;
  readonly event: Event;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
  readonly environments?: Environments;
  /** What a token may do where no workflow says it; default the restricted setting. */
  readonly defaultPermissions?: Scopes;
  /** For a re-run: the id of the first attempt's run, and which attempt this is. */
  readonly runId?: number;
  readonly attempt?: number;
  readonly actor?: string;
  readonly triggeringActor?: string;
  /** Somebody presses "Cancel workflow". */
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string, job: string) => void;
  /** Folders of commands that the jobs find before those of PATH. */
  readonly commands?: readonly string[];
  /** Stand-ins for more actions, by name without a version. */
  readonly actions?: Readonly<Record<string, StandIn>>;
  /** What a second of the runner's waiting and a minute of `timeout-minutes` last; default as they are. */
  readonly secondMs?: number;
  readonly minuteMs?: number;
  /** Our action; default the checkout's action.yml with the dist that tests run. */
  readonly action?: Partial<ActionRepository>;
}

export interface Check {
  readonly name: string;
  readonly conclusion: string;
  readonly from: 'job' | 'api';
}

export interface WorkflowRun {
  readonly id: number;
  readonly result: Result | 'startup_failure';
  /** Why it did not start. */
  readonly problems: readonly string[];
  /** By name, as their checks are called: `prove / prove`. */
  readonly jobs: Readonly<Record<string, JobResult>>;
  /** Of the workflow's own jobs, by job. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** All jobs' logs, as shown. */
  readonly logs: string;
  /** What branch protection can require: one for each job, and those made through the API meanwhile. */
  readonly checks: readonly Check[];
  readonly summary: string;
}

/** Runs a workflow as GitHub would, with the runner's rules. Throws for a workflow that is not valid. */
export async function runWorkflow(options: RunOptions): Promise<WorkflowRun> {
  const { services, event } = options;
  const { repository, hub } = services;
  const action = { ...ownAction(), ...options.action };
  const isOurs = !options.workflow.includes('\n');
  const path = isOurs
    ? `.github/workflows/${basename(options.workflow)}`
    : (options.path ?? '.github/workflows/caller.yml');
  const text = isOurs ? await readFile(join(action.workflows, basename(path)), 'utf8') : options.workflow;
  const file = await readWorkflow(path, text);
  checkListens(file.definition.on, event.name, path);
  const id = options.runId ?? services.nextRunId();
  const source = {
    repository: isOurs ? action.repository : repository.slug,
    path,
    sha: event.sha,
    isAction: isOurs,
  };
  const load: Course['load'] = async (job, from) =>
    job.uses === undefined ? undefined : loadCalled(job.uses, from, action, repository);
  const scopes = requested(file.definition.permissions) ?? options.defaultPermissions ?? RESTRICTED;
  const problems = await startProblems({ file, source }, scopes, load);
  if (problems.length > 0) {
    return {
      id,
      result: 'startup_failure',
      problems,
      jobs: {},
      outputs: {},
      logs: '',
      checks: [],
      summary: '',
    };
  }
  const folder = await mkdtemp(join(tmpdir(), 'ship-proof-runner-'));
  const settings: Settings = {
    action,
    standIns: { ...STAND_INS, ...options.actions },
    secondMs: options.secondMs ?? 1_000,
    minuteMs: options.minuteMs ?? 60_000,
    folder,
    commands: options.commands ?? [],
    onLine: options.onLine ?? (() => {}),
  };
  const actor = options.actor ?? 'octocat';
  const before = hub.api.checkRuns.length;
  try {
    const ends = await runJobs({
      run: {
        services,
        event,
        id,
        number: id - 9000,
        attempt: options.attempt ?? 1,
        actor,
        triggeringActor: options.triggeringActor ?? actor,
        workflow: { name: file.definition.name ?? path, path },
      },
      file,
      source,
      inputs: (event.payload.inputs ?? {}) as Record<string, unknown>,
      secrets: event.fromFork ? {} : (options.secrets ?? {}),
      environments: options.environments ?? {},
      vars: options.vars ?? {},
      scopes,
      prefix: '',
      settings,
      signal: options.signal ?? new AbortController().signal,
      held: [],
      load,
    });
    const all = together([...ends.values()]);
    return {
      id,
      result: all.result,
      problems: [],
      jobs: Object.fromEntries(all.jobs.map((job) => [job.name, job])),
      outputs: Object.fromEntries([...ends].map(([name, { outputs }]) => [name, outputs])),
      logs: all.jobs.map(({ name, log }) => `=== ${name}\n${log}`).join('\n'),
      checks: [
        ...all.jobs.map(({ name, result }) => ({ name, conclusion: result, from: 'job' as const })),
        ...hub.api.checkRuns.slice(before).map(({ fields }) => ({
          name: String(fields.name),
          conclusion: String(fields.conclusion ?? fields.status),
          from: 'api' as const,
        })),
      ],
      summary: all.jobs.map(({ summary }) => summary).join(''),
    };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Names of events only: branch and path filters are the service's, and are not judged here. */
function checkListens(on: unknown, event: string, path: string): void {
  const events = typeof on === 'string' ? [on] : Array.isArray(on) ? on : Object.keys(on as object);
  if (!events.includes(event))
    throw new Error(`${path} does not run on ${event}, only on ${events.join(', ')}`);
}
