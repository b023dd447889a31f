import { join } from 'node:path';
import * as core from '@actions/core';
import { annotationsOf } from '../report/annotations.ts';
import { summaryLine, summaryOf } from '../report/summary.ts';
import type { Front } from './front.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The action's runner: inputs from `with:`, outputs to its files, annotations and the step's summary. */
export function actionFront(env: Environment, print: (text: string) => void): Front {
  return {
    mode: core.getInput('mode'),
    // The runner hands every declared input over, empty where it was not given.
    inputs: () =>
      Object.entries(env).flatMap(([variable, value]) => {
        const [, suffix] = /^INPUT_(.+)$/.exec(variable) ?? [];
        const name = suffix?.toLowerCase();
        return name === undefined || name === 'mode' || !value?.trim()
          ? []
          : [{ name, value: value.trim(), source: `with: ${name}` }];
      }),
    channels: { logFd: 1, json: false, outputFile: env.GITHUB_OUTPUT },
    print: (line) => print(`${line}\n`),
    mask: (secret) => core.setSecret(secret),
    out: join(env.RUNNER_TEMP ?? env.TMPDIR ?? '/tmp', `ship-proof-${env.GITHUB_ACTION ?? 'action'}`),
    publish: async (proof, files) => {
      for (const { level, message, ...properties } of annotationsOf(proof)) core[level](message, properties);
      if (env.GITHUB_STEP_SUMMARY) await core.summary.addRaw(summaryOf(proof), true).write();
      // Last, and by file: nothing printed before or after can pass for an output.
      const outputs = {
        ...proof.result,
        'proof-outcome': proof.outcome,
        proof: files.proof ?? '',
        summary: summaryLine(proof),
      };
      for (const [name, value] of Object.entries(outputs)) {
        core.setOutput(name, typeof value === 'string' ? value : JSON.stringify(value));
      }
    },
  };
}
