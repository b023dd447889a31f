import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { EXIT_CODES } from '../../src/proof/outcome.ts';
import { type Proof, proofSchema } from '../../src/proof/schema.ts';
import { type LogEvent, parseLogfmt } from '../targets/logfmt.ts';
import { parseRunnerCommands } from '../targets/runner-commands.ts';
import { type Run, type RunOptions, runAction, runCli } from './run-dist.ts';

export const OLD = 'build-1795190000-0ld';
export const NEW = 'build-1795191111-abc';

export const FRONTS = ['command line', 'action'] as const;
export type Front = (typeof FRONTS)[number];
export type Inputs = Readonly<Record<string, string>>;

/** One run of a mode, with the proof that it wrote; every run is held to what all output has to be. */
export interface Proved extends Run {
  /** Undefined where the input was invalid: then nothing is written. */
  readonly proof: Proof | undefined;
  /** The mode's and the common outputs; on the command line those of the proof. */
  readonly outputs: Readonly<Record<string, string>>;
  /** All that a reader of the log, the evidence or the outputs gets to see. */
  readonly everything: string;
}

/** Runs a mode through one of the fronts, to its end. */
export async function prove(
  front: Front,
  mode: string,
  inputs: Inputs,
  options: RunOptions = {},
): Promise<Proved> {
  const proved =
    front === 'action' ? await byAction(mode, inputs, options) : await byCli(mode, inputs, options);
  expectHarmless(front, proved);
  expectConsistent(proved);
  return proved;
}

/** The most common run: `verify-live` for the new build, with no more patience than a test has. */
export const verifyLive = (
  front: Front,
  url: string,
  inputs: Inputs = {},
  options: RunOptions = {},
): Promise<Proved> =>
  prove(front, 'verify-live', { url, 'build-id': NEW, within: '20s', ...inputs }, options);

/** The fields of the events that have this one. */
export const eventsWith = (run: { readonly events: readonly LogEvent[] }, key: string) =>
  run.events.map(({ fields }) => fields).filter((fields) => fields[key] !== undefined);

/** The log lines of looks. */
export const polls = (run: { readonly events: readonly LogEvent[] }) => eventsWith(run, 'poll');

async function byCli(mode: string, inputs: Inputs, options: RunOptions): Promise<Proved> {
  const folder = await mkdtemp(join(tmpdir(), 'ship-proof-out-'));
  try {
    const run = await runCli([mode, ...flags(inputs), '--out', folder], options);
    const evidence = await readEvidence(folder);
    const proof = evidence && proofSchema.parse(JSON.parse(evidence.proof));
    const outputs = Object.entries({ ...proof?.result, 'proof-outcome': proof?.outcome ?? '' });
    const everything = [run.stdout, run.stderr, evidence?.proof, evidence?.junit].join('\n');
    return {
      ...run,
      proof,
      outputs: Object.fromEntries(outputs.map(([name, value]) => [name, textOf(value)])),
      everything,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function byAction(mode: string, inputs: Inputs, options: RunOptions): Promise<Proved> {
  // A wrapper's shell hands no variable on whose name has a hyphen: there, the environment's own names carry the inputs.
  const renamed = Object.entries(inputs).map(([name, value]) => [
    `SHIP_PROOF_INPUT_${name.toUpperCase().replaceAll('-', '_')}`,
    value,
  ]);
  await using run = options.wrap
    ? await runAction({ mode }, { ...options, env: { ...options.env, ...Object.fromEntries(renamed) } })
    : await runAction({ mode, ...inputs }, options);
  const path = run.outputs.proof;
  const evidence = path ? await readEvidence(join(path, '..')) : undefined;
  const proof = evidence && proofSchema.parse(JSON.parse(evidence.proof));
  // The line that tells the runner what to mask has to hold it.
  const shown = run.stdout.replaceAll(/^::add-mask::.*$/gm, '');
  const everything = [
    shown,
    run.stderr,
    run.summary,
    JSON.stringify(run.outputs),
    evidence?.proof,
    evidence?.junit,
  ];
  for (const [name, value] of Object.entries(proof?.result ?? {}))
    expect(run.outputs[name]).toBe(textOf(value));
  expect([run.environment, run.paths]).toEqual([{}, []]);
  return { ...run, proof, everything: everything.join('\n') };
}

export const flags = (inputs: Inputs): string[] =>
  Object.entries(inputs).map(([name, value]) => `--${name}=${value}`);

/** As the action puts it out: a list of texts is one a line. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const isLines = Array.isArray(value) && value.every((item) => typeof item === 'string');
  return isLines ? value.join('\n') : JSON.stringify(value);
}

async function readEvidence(folder: string): Promise<{ proof: string; junit: string } | undefined> {
  try {
    const [proof, junit] = await Promise.all(
      ['proof.json', 'junit.xml', 'tests.tap'].map((name) => readFile(join(folder, name), 'utf8')),
    );
    return { proof: proof ?? '', junit: junit ?? '' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const OUR_COMMANDS = ['add-mask', 'error', 'warning'];

/** stdout is events and nothing else, in the action also our own commands; stderr is empty; nothing is a control character. */
export function expectHarmless(front: Front, { stdout, stderr }: Run): void {
  expect(stderr).toBe('');
  expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
  const commands = parseRunnerCommands(stdout);
  const ours = front === 'action' ? OUR_COMMANDS : [];
  const foreign = commands.filter(({ command, syntax }) => syntax !== 'v2' || !ours.includes(command));
  expect(foreign).toEqual([]);
  const commandLines = new Set(commands.map(({ line }) => line - 1));
  for (const [index, line] of stdout.split('\n').slice(0, -1).entries()) {
    if (!commandLines.has(index) && !/^(NOT )?DEPLOYED /.test(line)) parseLogfmt(line);
  }
}

/** The exit code, the log's last event, the outputs and the proof say the same. */
function expectConsistent({ code, proof, outputs, events, timedOut }: Proved): void {
  expect(timedOut).toBe(false);
  const { outcome } =
    events.map(({ fields }) => fields).findLast((fields) => fields.outcome !== undefined) ?? {};
  expect(code).toBe(EXIT_CODES[outcome as keyof typeof EXIT_CODES]);
  if (outcome === 'invalid') expect(proof).toBeUndefined();
  else expect([proof?.outcome, outputs['proof-outcome']]).toEqual([outcome, outcome]);
}
