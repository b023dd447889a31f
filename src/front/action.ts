import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { logfmt } from '../proof/encode.ts';
import type { Json } from '../proof/schema.ts';
import { annotationsOf } from '../report/annotations.ts';
import { summaryLine, summaryOf } from '../report/summary.ts';
import type { Front } from './front.ts';
import type { RawInput } from './parse.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The names under which the step keeps things for its post step. */
const PHASE = 'ship-proof-phase';
const CLAIMS = 'ship-proof-claims';
const CHECK = 'ship-proof-check';

/**
 * The action's runner: inputs from `with:`, outputs to its files, annotations and the step's summary. The toolkit, which
 * takes longer to load than all the rest, is loaded when there is something to publish; what has to be said before that
 * (masks, state) is two of the runner's simplest forms.
 */
export function actionFront(env: Environment, print: (text: string) => void): Front {
  const isPost = isPostStep(env);
  saveState(env, PHASE, 'main');
  return {
    kind: 'action',
    mode: isPost ? 'settle' : (env.INPUT_MODE ?? '').trim(),
    inputs: (mode) => {
      const given = givenInputs(env);
      if (!isPost) return given;
      // The step's own inputs, as far as they say where the ledger is; and the claims and the check run that it left open.
      const source = 'the state of the step';
      const left = [
        { name: 'claims', value: openClaims(env) || '[]', source },
        { name: 'check', value: openCheck(env) || 'null', source },
      ];
      return [...given.filter(({ name }) => name in mode.input.shape), ...left];
    },
    command: undefined,
    channels: { logFd: 1, json: false, outputFile: env.GITHUB_OUTPUT },
    print: (line) => print(`${line}\n`),
    remember: (claims) => saveState(env, CLAIMS, JSON.stringify(claims)),
    rememberCheck: (open) => saveState(env, CHECK, open ? JSON.stringify(open) : ''),
    mask: (secret) => print(`::add-mask::${commandData(secret)}\n`),
    out: join(
      env.RUNNER_TEMP ?? env.TMPDIR ?? '/tmp',
      `ship-proof-${env.GITHUB_ACTION ?? 'action'}${isPost ? '-post' : ''}`,
    ),
    publish: async (proof, evidence) => {
      const core = await import('@actions/core');
      const annotate = { error: core.error, warning: core.warning, notice: core.notice };
      for (const { level, message, ...properties } of annotationsOf(proof))
        annotate[level](message, properties);
      if (env.GITHUB_STEP_SUMMARY && proof.checks.length > 0) {
        const text = [summaryOf(proof), ...(evidence.notes ?? [])].join('\n');
        // The runner's file may be gone, for a command to delete; the verdict and the outputs are there all the same.
        await core.summary
          .addRaw(text, true)
          .write()
          .catch((error: Error) =>
            print(`${proof.mode} ${logfmt({ 'job-summary': 'no', because: error.message })}\n`),
          );
      }
      // Last, and by file: nothing printed before or after can pass for an output.
      const outputs = {
        ...proof.result,
        'proof-outcome': proof.outcome,
        proof: evidence.proof ?? '',
        artifact: evidence.artifact ?? '',
        summary: summaryLine(proof),
      };
      for (const [name, value] of Object.entries(outputs)) {
        core.setOutput(name, outputText(value));
      }
    },
  };
}

/** A list of texts is one a line, as inputs take it; the texts are printable, so none of them makes a line of its own. */
function outputText(value: Json): string {
  if (typeof value === 'string') return value;
  const isLines = Array.isArray(value) && value.every((item) => typeof item === 'string');
  return isLines ? value.join('\n') : JSON.stringify(value);
}

/** Whether this is the post step of a step that left nothing open: then there is nothing to say. */
export const isIdlePostStep = (env: Environment): boolean =>
  isPostStep(env) && ['', '[]'].includes(openClaims(env)) && openCheck(env) === '';

const isPostStep = (env: Environment): boolean => env[`STATE_${PHASE}`] === 'main';
const openClaims = (env: Environment): string => env[`STATE_${CLAIMS}`] ?? '';
const openCheck = (env: Environment): string => env[`STATE_${CHECK}`] ?? '';

/** Names and values of ours are single lines, which the runner's file takes as they are; the last of a name counts. */
function saveState(env: Environment, name: string, value: string): void {
  if (env.GITHUB_STATE) appendFileSync(env.GITHUB_STATE, `${name}=${value}\n`);
}

/** Data of a workflow command, escaped as the runner unescapes it. */
const commandData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

/** The runner hands every declared input over, empty where it was not given. */
function givenInputs(env: Environment): RawInput[] {
  return Object.entries(env).flatMap(([variable, value]) => {
    const [, suffix] = /^INPUT_(.+)$/.exec(variable) ?? [];
    const name = suffix?.toLowerCase();
    if (name === undefined || name === 'mode' || !value?.trim()) return [];
    return [{ name, value: value.trim(), source: `with: ${name}` }];
  });
}
