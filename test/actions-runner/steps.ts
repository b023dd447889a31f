import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathOf } from '../targets/requirements.ts';
import { parseFileCommands } from '../targets/runner-files.ts';
import { evaluateValue, holds, interpolate, interpolateMap } from './expressions.ts';
import type { JobState, Result, StepResult } from './job.ts';
import { resolveAction } from './node-action.ts';
import { type Command, runProcess } from './processes.ts';
import { createStepReader } from './step-log.ts';
import type { StepDefinition } from './workflow-file.ts';

/** What is left to do for a step when the job ends. */
export interface Post {
  readonly name: string;
  readonly entry: string;
  readonly condition: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
}

interface Outcome {
  readonly outcome: Result;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly state?: Readonly<Record<string, string>>;
  readonly commands?: StepResult['commands'];
  readonly summary?: string;
  readonly exitCode?: number | null;
}

const FILES = ['OUTPUT', 'ENV', 'STATE', 'STEP_SUMMARY', 'PATH'] as const;
/** What a step may not set for those after it. */
const PROTECTED = /^(GITHUB_|RUNNER_|NODE_OPTIONS$|CI$)/;

/** Runs one step, or skips it; what it changed for those after it is in `state`. */
export async function runStep(
  step: StepDefinition,
  state: JobState,
  signal: AbortSignal,
): Promise<StepResult> {
  const env = { ...state.env, ...interpolateMap(step.env, state.scope()) };
  const scope = state.scope(env);
  const name = interpolate(
    step.name ?? (step.run === undefined ? (step.uses ?? '') : `Run ${step.run.split('\n')[0]}`),
    scope,
  );
  let ended: Outcome = { outcome: 'skipped' };
  if (holds(step.if, scope)) {
    state.log.write(`##[group]${name}`);
    // A step that begins after the cancel (`always()`) is left to end.
    const own = signal.aborted ? new AbortController().signal : signal;
    try {
      ended = await (step.run === undefined ? runUses : runScript)(step, name, env, state, own);
    } catch (error) {
      state.log.write(`##[error]${(error as Error).message}`);
      ended = { outcome: 'failure' };
    }
  }
  const forgiven =
    ended.outcome === 'failure' && evaluateValue(step['continue-on-error'] ?? false, scope) === true;
  const result: StepResult = {
    name,
    id: step.id,
    outputs: {},
    commands: [],
    summary: '',
    ...ended,
    conclusion: forgiven ? 'success' : ended.outcome,
  };
  if (step.id !== undefined) state.steps[step.id] = result;
  return result;
}

/** Runs what a step left for the job's end. */
export async function runPost(post: Post, state: JobState, signal: AbortSignal): Promise<StepResult> {
  const name = `Post ${post.name}`;
  const base = { name, id: undefined, outputs: {}, commands: [], summary: '' };
  if (!holds(post.condition, state.scope())) return { ...base, outcome: 'skipped', conclusion: 'skipped' };
  state.log.write(`##[group]${name}`);
  const states = Object.fromEntries(
    Object.entries(post.state).map(([key, value]) => [`STATE_${key}`, value]),
  );
  const own = signal.aborted ? new AbortController().signal : signal;
  const command = { file: process.execPath, args: [post.entry], cwd: state.workspace };
  const ended = await runCommand(command, { ...post.variables, ...states }, {}, state, own);
  return { ...base, ...ended, conclusion: ended.outcome };
}

type RunStep = (
  step: StepDefinition,
  name: string,
  env: Readonly<Record<string, string>>,
  state: JobState,
  signal: AbortSignal,
) => Promise<Outcome>;

const runUses: RunStep = async (step, name, env, state, signal) => {
  const { plan } = state;
  const scope = state.scope(env);
  const inputs = interpolateMap(step.with, scope);
  const { settings, source } = plan;
  const places = { workspace: state.workspace, action: settings.action, source, standIns: settings.standIns };
  const resolved = await resolveAction(step.uses ?? '', inputs, places, scope);
  if (resolved.kind === 'stand-in') {
    const { workspace, runnerTemp, token, log } = state;
    const call = { inputs, workspace, runnerTemp, token, run: plan.run };
    return { outcome: 'success', outputs: (await resolved.run({ ...call, log: log.write })) ?? {} };
  }
  const variables = { ...env, ...resolved.inputs, GITHUB_ACTION: step.id ?? '__self' };
  const command = { file: process.execPath, args: [resolved.main], cwd: state.workspace };
  const ended = await runCommand(command, variables, step, state, signal);
  if (resolved.post !== undefined) {
    const { post: entry, postIf: condition } = resolved;
    state.posts.push({ name, entry, condition, variables, state: ended.state ?? {} });
  }
  return ended;
};

/** A script goes into a file, for bash: `-e` where no shell is named, with pipefail where bash is. */
const runScript: RunStep = async (step, _, env, state, signal) => {
  const { definition, workflow } = state.plan;
  const defaults = { ...workflow.defaults?.run, ...definition.defaults?.run };
  const shell = step.shell ?? defaults.shell;
  if (shell !== undefined && shell !== 'bash') throw new Error(`the shell ${shell} is not supported here`);
  const scope = state.scope(env);
  const script = join(state.runnerTemp, `${randomUUID()}.sh`);
  await writeFile(script, interpolate(step.run ?? '', scope));
  const flags = shell === 'bash' ? ['--noprofile', '--norc', '-eo', 'pipefail'] : ['-e'];
  const folder = interpolate(step['working-directory'] ?? defaults['working-directory'] ?? '.', scope);
  const command = { file: pathOf('bash'), args: [...flags, script], cwd: resolve(state.workspace, folder) };
  return runCommand(command, { ...env, GITHUB_ACTION: step.id ?? '__run' }, step, state, signal, true);
};

/** The runtime's credentials are for JavaScript actions only. */
const RUNTIME = /^ACTIONS_(RUNTIME|RESULTS|CACHE)_/;

async function runCommand(
  command: Omit<Command, 'env'>,
  variables: Readonly<Record<string, string>>,
  step: StepDefinition,
  state: JobState,
  signal: AbortSignal,
  isScript = false,
): Promise<Outcome> {
  const { settings } = state.plan;
  const folder = join(state.runnerTemp, '_runner_file_commands', randomUUID());
  await mkdir(folder, { recursive: true });
  const fileOf = (name: string) => join(folder, name.toLowerCase());
  await Promise.all(FILES.map((name) => writeFile(fileOf(name), '')));
  const eventPath = join(state.runnerTemp, '_github_workflow_event.json');
  await writeFile(eventPath, JSON.stringify(state.plan.run.event.payload));
  const fixed = Object.entries(state.fixed).filter(([name]) => !isScript || !RUNTIME.test(name));
  const env = {
    PATH: [...[...state.paths].reverse(), ...settings.commands, process.env.PATH ?? ''].join(
      process.platform === 'win32' ? ';' : ':',
    ),
    ...variables,
    ...Object.fromEntries(fixed),
    ...Object.fromEntries(FILES.map((name) => [`GITHUB_${name}`, fileOf(name)])),
    GITHUB_EVENT_PATH: eventPath,
  };
  const reader = createStepReader(state.log);
  const minutes = Number(evaluateValue(step['timeout-minutes'] ?? 360, state.scope()));
  const limits = { signal, timeoutMs: minutes * settings.minuteMs, secondMs: settings.secondMs };
  const { code, why } = await runProcess({ ...command, env }, reader.line, limits);
  if (why === 'timed-out') state.log.write(`##[error]The step has timed out after ${minutes} minutes.`);
  else if (why === 'cancelled') state.log.write('##[error]The operation was canceled.');
  else if (code !== 0) state.log.write(`##[error]Process completed with exit code ${code}.`);
  const read = (name: (typeof FILES)[number]) => readFile(fileOf(name), 'utf8');
  for (const [name, value] of Object.entries(parseFileCommands(await read('ENV')))) {
    if (PROTECTED.test(name))
      state.log.write(`##[error]Can't update ${name} environment variable using GITHUB_ENV.`);
    else state.env[name] = value;
  }
  state.paths.push(...(await read('PATH')).split('\n').filter((line) => line !== ''));
  const ended: Outcome = {
    outcome: why === 'cancelled' ? 'cancelled' : why === 'timed-out' || code !== 0 ? 'failure' : 'success',
    outputs: parseFileCommands(await read('OUTPUT')),
    state: parseFileCommands(await read('STATE')),
    summary: await read('STEP_SUMMARY'),
    commands: reader.commands,
    exitCode: code,
  };
  await rm(folder, { recursive: true, force: true });
  return ended;
}
