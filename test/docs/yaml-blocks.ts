import { parse } from 'yaml';
import { commonOutputs } from '../../src/modes/common.ts';
import { MODES } from '../../src/modes/registry.ts';
import { ownAction } from '../actions-runner/own-action.ts';
import { RESTRICTED } from '../actions-runner/permissions.ts';
import { loadCalled, startProblems } from '../actions-runner/reusable.ts';
import { problemsOf, readWorkflow, type StepDefinition } from '../actions-runner/workflow-file.ts';
import { problemsOfCall } from './calls.ts';
import type { Block } from './pages.ts';

type Data = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const SECTIONS = ['version', 'stamp', 'live', 'smoke', 'idempotency', 'deploy', 'runners', 'policy'];
const JOB_KEYS = ['permissions', 'steps', 'env', 'if', 'needs'];

/** What a block of YAML is, by its shape; undefined for nothing that we know. */
export function kindOf(
  data: unknown,
): 'workflow' | 'job' | 'steps' | 'config' | 'checks' | 'writes' | undefined {
  if (Array.isArray(data)) {
    if (data.every((item) => isMap(item) && ('uses' in item || 'run' in item))) return 'steps';
    if (data.every((item) => isMap(item) && 'observe' in item)) return 'writes';
    if (data.every((item) => isMap(item) && 'name' in item)) return 'checks';
    return undefined;
  }
  if (!isMap(data)) return undefined;
  if ('jobs' in data) return 'workflow';
  const keys = Object.keys(data);
  if (keys.length > 0 && keys.every((key) => SECTIONS.includes(key))) return 'config';
  return 'steps' in data && keys.every((key) => JOB_KEYS.includes(key)) ? 'job' : undefined;
}

/** What is wrong with a block of YAML: by GitHub's own parser where it is a workflow, by ours where it is for us. */
export async function yamlProblems({ text }: Pick<Block, 'text'>): Promise<string[]> {
  const data: unknown = parse(text);
  switch (kindOf(data)) {
    case 'workflow':
      return workflowProblems(/^on:/m.test(text) ? text : `on: push\n${text}`);
    case 'job':
      return workflowProblems(`on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n${indent(text, 4)}`);
    case 'steps':
      return workflowProblems(
        `on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n${indent(text, 6)}`,
      );
    case 'config':
      return configProblems(text, data as Data);
    case 'checks':
      return configProblems(`smoke:\n  base-url: https://app.example.com\n  checks:\n${indent(text, 4)}`, {
        smoke: {},
      });
    case 'writes':
      return configProblems(`idempotency:\n  writes:\n${indent(text, 4)}`, { idempotency: {} });
    default:
      return ['this is no workflow, no part of one, no config and no list of checks'];
  }
}

const indent = (text: string, by: number): string => text.replace(/^(?=.)/gm, ' '.repeat(by));

async function workflowProblems(text: string): Promise<string[]> {
  const problems = await problemsOf('example.yml', text);
  if (problems.length > 0) return problems;
  const file = await readWorkflow('example.yml', text);
  const source = { repository: 'octo-org/octo-repo', path: 'example.yml', sha: '', isAction: false };
  const nothing = { git: () => '' };
  const start = await startProblems({ file, source }, RESTRICTED, async ({ uses }, from) =>
    uses === undefined ? undefined : loadCalled(uses, from, ownAction(), nothing),
  );
  const steps = Object.values(file.definition.jobs).flatMap((job) => job.steps ?? []);
  const own = steps.filter(({ uses }) => uses?.startsWith('org/ship-proof@'));
  return [
    ...start,
    ...(await Promise.all(own.map(stepProblems))).flat(),
    ...(await outputProblems(own, text)),
  ];
}

/** A step's inputs, by the program's own rules; what an expression gives is known at run time only. */
async function stepProblems({ with: inputs = {} }: StepDefinition): Promise<string[]> {
  const { mode, ...given } = inputs;
  const entries = Object.entries(given);
  const names = (known: object) => entries.filter(([name]) => !Object.hasOwn(known, name));
  const load = MODES[String(mode)];
  if (!load) return [`there is no mode ${String(mode)}`];
  const unknown = names((await load()).input.shape).map(([name]) => `${mode} has no input ${name}`);
  const literal = entries.filter(([, value]) => !String(value).includes('${{'));
  const raws = literal.map(([name, value]) => ({ name, value: String(value), source: 'the step' }));
  return [...unknown, ...(await problemsOfCall({ mode: String(mode), inputs: () => raws }))];
}

/** What a block reads of its own steps has to be an output of their modes. */
async function outputProblems(steps: readonly StepDefinition[], text: string): Promise<string[]> {
  const problems = steps.map(async ({ id, with: inputs = {} }) => {
    const mode = await MODES[String(inputs.mode)]?.();
    const read = [...text.matchAll(/\bsteps\.([\w-]+)\.outputs\.([\w-]+)/g)].filter(
      ([, step]) => step === id,
    );
    const outputs = { ...mode?.outputs, ...commonOutputs };
    return read.flatMap(([, , name = '']) =>
      name in outputs ? [] : [`${mode?.name} has no output ${name}`],
    );
  });
  return (await Promise.all(problems)).flat();
}

/** A config, as each mode reads it that has a section in it. */
async function configProblems(config: string, data: Data): Promise<string[]> {
  const modes = await Promise.all(Object.values(MODES).map((load) => load()));
  const readers = modes.filter(({ section }) => section !== undefined && section in data);
  const calls = readers.flatMap(({ name, section = '', sectionBy }) => {
    const by = sectionBy === undefined || !isMap(data[section]) ? [undefined] : Object.keys(data[section]);
    return by.map((value) => ({
      mode: name,
      config,
      inputs: () =>
        sectionBy && value !== undefined ? [{ name: sectionBy, value, source: 'the test' }] : [],
    }));
  });
  // A policy is read with the config, whatever the mode.
  const any = calls.length > 0 ? calls : [{ mode: 'demo', config, inputs: () => [] }];
  const found = await Promise.all(any.map(problemsOfCall));
  return [...new Set(found.flat())];
}
