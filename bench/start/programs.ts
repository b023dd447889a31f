import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { copyProgram } from '../program.ts';
import type { Program } from './launch.ts';

export type Name =
  | 'empty'
  | 'line'
  | 'verifyLive'
  | 'stamp'
  | 'stampByCommit'
  | 'coreBundled'
  | 'core'
  | 'action'
  | 'actionChecked';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');
// Nobody listens on the discard port, and nobody is asked before the first line.
const URL_TO_WATCH = 'http://127.0.0.1:9/';
const ID = 'build-1795191564-1a2b3c4';
const useOf = (core: string) => `import * as core from ${JSON.stringify(core)};\ncore.info('ready');\n`;

/** All programs by name, made in `folder`, a git repository with a finished build in it. */
export async function makePrograms(folder: string): Promise<Record<Name, Program>> {
  const git = (...args: string[]) => execFileSync('git', ['-C', folder, ...args], { stdio: 'ignore' });
  git('init');
  git('-c', 'user.name=bench', '-c', 'user.email=bench@localhost', 'commit', '--allow-empty', '-m', 'empty');
  mkdirSync(join(folder, 'dist'));
  writeFileSync(
    join(folder, 'dist/index.html'),
    '<!doctype html>\n<html><head></head><body></body></html>\n',
  );
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const program = copyProgram(folder);
  const core = await bundle(join(folder, 'core-bundled.mjs'));
  const verifyLive = ['verify-live', '--url', URL_TO_WATCH, '--build-id', ID];
  const action = {
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_NAME: 'push',
    RUNNER_TEMP: folder,
    INPUT_MODE: 'verify-live',
    INPUT_URL: URL_TO_WATCH,
    'INPUT_BUILD-ID': ID,
  };
  const programs: Record<Name, Omit<Program, 'cwd'>> = {
    empty: { args: [file('empty.mjs', '')], env: {} },
    line: { args: [file('line.mjs', "process.stdout.write('ready\\n');\n")], env: {}, line: /^ready$/ },
    verifyLive: { args: [program, ...verifyLive], env: {}, line: /^verify-live start=/ },
    stamp: { args: [program, 'stamp', '--build-id', ID], env: {}, line: /^stamp start=/ },
    stampByCommit: { args: [program, 'stamp'], env: {}, line: /^stamp start=/ },
    core: {
      args: [file('core.mjs', useOf(import.meta.resolve('@actions/core')))],
      env: {},
      line: /^ready$/,
    },
    coreBundled: { args: [core], env: {}, line: /^ready$/ },
    action: {
      args: [program],
      env: action,
      line: /^verify-live start=/,
    },
    actionChecked: {
      args: [program],
      env: {
        ...action,
        INPUT_TOKEN: 'ghs_0123456789abcdef0123456789abcdef',
        GITHUB_REPOSITORY: 'octo-org/octo-repo',
        GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
        GITHUB_API_URL: 'http://127.0.0.1:9',
        GITHUB_STATE: file('state', ''),
      },
      line: /^verify-live start=/,
    },
  };
  const here = Object.entries(programs).map(([name, program]) => [name, { ...program, cwd: folder }]);
  return Object.fromEntries(here);
}

/** What an action that only imports the toolkit's core would ship. */
async function bundle(outfile: string): Promise<string> {
  await build({
    stdin: { contents: useOf('@actions/core'), resolveDir: ROOT },
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    outfile,
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
  return outfile;
}
