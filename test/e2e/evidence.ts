import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { type Proof, proofSchema } from '../../src/proof/schema.ts';
import { type GitHub, serveGitHub } from '../targets/github.ts';
import type { Grants } from '../targets/github-api.ts';
import { origin, type Site } from '../targets/origin.ts';
import { eventsWith, NEW } from './prove.ts';
import { type ActionOptions, type ActionRun, runAction } from './run-dist.ts';

/** A site that serves the new build, and a GitHub beside it. */
export interface Scene extends AsyncDisposable {
  readonly hub: GitHub;
  readonly site: Site;
  /** Runs the action as a step of a run on that GitHub, by a token that may do this. */
  act(inputs: Readonly<Record<string, string>>, options?: SceneOptions): Promise<ActionRun>;
  /** `verify-live` of the new build. */
  verify(inputs?: Readonly<Record<string, string>>, options?: SceneOptions): Promise<ActionRun>;
  /** The post step of a step. */
  after(
    step: ActionRun,
    inputs: Readonly<Record<string, string>>,
    options?: SceneOptions,
  ): Promise<ActionRun>;
}

export interface SceneOptions extends ActionOptions {
  readonly grants?: Grants;
  readonly idToken?: boolean;
}

export const FULL: Grants = { checks: 'write', attestations: 'write', contents: 'write' };

export async function openScene(): Promise<Scene> {
  const [hub, site] = await Promise.all([serveGitHub(), origin()]);
  site.deploy(NEW);
  const act: Scene['act'] = (inputs, { grants = FULL, idToken = false, ...options } = {}) =>
    runAction(inputs, {
      token: hub.token(grants),
      ...options,
      env: { ...hub.environment({ idToken }), ...options.env },
    });
  return {
    hub,
    site,
    act,
    verify: (inputs, options) =>
      act({ mode: 'verify-live', url: `${site.url}/`, 'build-id': NEW, within: '10s', ...inputs }, options),
    after: (step, inputs, options) => act(inputs, { ...options, state: step.state }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([hub[Symbol.asyncDispose](), site[Symbol.asyncDispose]()]);
    },
  };
}

export const proofOf = async (run: ActionRun): Promise<Proof> =>
  proofSchema.parse(JSON.parse(await readFile(run.outputs.proof ?? '', 'utf8')));

/** The log's lines about a publication. */
export const told = (run: ActionRun, key: string) => eventsWith(run, key);

/** Signals the process once it has said something. */
export const signalOn =
  (words: string, signal: NodeJS.Signals) =>
  (child: ChildProcess): void => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      const before = text.includes(words);
      text += chunk.toString();
      if (!before && text.includes(words)) child.kill(signal);
    });
  };
