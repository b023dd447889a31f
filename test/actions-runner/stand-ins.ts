import { execFile } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Run } from './contexts.ts';
import { GIT_ENVIRONMENT } from './repository.ts';

/** What a stand-in for somebody else's action is given. */
export interface StandInCall {
  readonly inputs: Readonly<Record<string, string>>;
  readonly workspace: string;
  readonly runnerTemp: string;
  readonly token: string;
  readonly run: Run;
  log(line: string): void;
}

/** Runs in the harness in place of an action; what it returns are the step's outputs, what it throws fails the step. */
// biome-ignore lint/suspicious/noConfusingVoidType: a stand-in without outputs returns nothing
export type StandIn = (call: StandInCall) => Promise<Readonly<Record<string, string>> | void>;

/** By the action's name, without a version: what ours and our users' workflows use beside our own action. */
export const STAND_INS: Readonly<Record<string, StandIn>> = {
  'actions/checkout': checkout,
  'actions/setup-node': async () => undefined,
  'actions/upload-artifact': async ({ inputs, workspace, run }) => {
    const { artifacts, repository } = run.services;
    const name = inputs.name || 'artifact';
    const key = `${run.id}/${name}`;
    if (artifacts.has(key)) throw new Error(`an artifact named ${name} is there already (409)`);
    const folder = join(repository.root, '.artifacts', key);
    await mkdir(folder, { recursive: true });
    await cp(resolve(workspace, inputs.path ?? '.'), folder, { recursive: true });
    artifacts.set(key, folder);
  },
  'actions/download-artifact': async ({ inputs, workspace, run }) => {
    const { artifacts, hub } = run.services;
    // Another run's needs a token that may read it.
    const isOther = inputs['run-id'] !== undefined && inputs['run-id'] !== String(run.id);
    const actions = hub.api.tokens.get(inputs['github-token'] ?? '')?.actions;
    if (isOther && actions === undefined) throw new Error('Resource not accessible by integration (403)');
    const folder = artifacts.get(`${isOther ? inputs['run-id'] : run.id}/${inputs.name}`);
    if (folder === undefined) throw new Error(`there is no artifact named ${inputs.name}`);
    await cp(folder, resolve(workspace, inputs.path || '.'), { recursive: true });
  },
};

const execute = promisify(execFile);

/** actions/checkout, as far as it matters here: the ref, the token's rules, sparse patterns, and whether the token stays. */
async function checkout({ inputs, workspace, token, run }: StandInCall): Promise<Record<string, string>> {
  const { git, repository } = run.services;
  const folder = resolve(workspace, inputs.path || '.');
  const url = `${git.origin}/${inputs.repository || repository.slug}`;
  // Input defaults: a given ref, else the commit of the event.
  const ref = inputs.ref || run.event.sha;
  const basic = Buffer.from(`x-access-token:${inputs.token || token}`).toString('base64');
  const credentials = [`http.${git.origin}/.extraheader`, `AUTHORIZATION: basic ${basic}`] as const;
  const call = (...args: string[]) =>
    execute('git', args, { cwd: folder, env: { ...GIT_ENVIRONMENT, HOME: folder } });
  await mkdir(folder, { recursive: true });
  await call('init', '--quiet', '--initial-branch=main');
  await call('remote', 'add', 'origin', url).catch(() => call('remote', 'set-url', 'origin', url));
  const patterns = (inputs['sparse-checkout'] ?? '').split('\n').filter((line) => line.trim() !== '');
  if (patterns.length > 0) {
    const cone = inputs['sparse-checkout-cone-mode'] !== 'false';
    await call('sparse-checkout', 'set', cone ? '--cone' : '--no-cone', ...patterns);
  }
  await call('config', ...credentials);
  try {
    const depth = inputs['fetch-depth'] === '0' ? [] : ['--depth=1'];
    if (depth.length === 0)
      await call('fetch', '--quiet', '--tags', 'origin', '+refs/heads/*:refs/remotes/origin/*');
    await call('fetch', '--quiet', '--no-tags', ...depth, 'origin', ref);
    await call('checkout', '--quiet', '--force', '--detach', 'FETCH_HEAD');
  } catch (error) {
    throw new Error(String((error as { stderr?: string }).stderr ?? error).trim());
  } finally {
    if (inputs['persist-credentials'] === 'false') await call('config', '--unset', credentials[0]);
  }
  const { stdout } = await call('rev-parse', 'HEAD');
  return { commit: stdout.trim(), ref };
}
