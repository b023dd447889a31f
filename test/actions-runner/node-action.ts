import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { inputVariables } from '../targets/runner-environment.ts';
import type { Source } from './contexts.ts';
import { interpolate, type Scope } from './expressions.ts';
import type { StandIn } from './stand-ins.ts';

/** An action that the runner starts with node: its files, and its inputs as the manifest and the step give them. */
export interface NodeAction {
  readonly kind: 'node';
  readonly main: string;
  readonly post: string | undefined;
  readonly postIf: string;
  readonly inputs: Readonly<Record<string, string>>;
}

export type Resolved = NodeAction | { readonly kind: 'stand-in'; readonly run: StandIn };

export interface Places {
  readonly workspace: string;
  /** The folder of our own action, and the name of its repository. */
  readonly action: { readonly folder: string; readonly repository: string };
  /** Where the workflow in which the step stands comes from. */
  readonly source: Source;
  readonly standIns: Readonly<Record<string, StandIn>>;
}

/** What `uses:` names. `./` is the checked-out workspace, `$/` the repository and commit of the workflow's own file. */
export async function resolveAction(
  uses: string,
  given: Readonly<Record<string, string>>,
  { workspace, action, source, standIns }: Places,
  scope: Scope,
): Promise<Resolved> {
  if (uses.startsWith('./')) return readAction(resolve(workspace, uses), given, scope);
  if (uses === '$/' || uses.startsWith('$/')) {
    if (!source.isAction)
      throw new Error('`$/` in a workflow of the caller’s repository: not supported here');
    return readAction(join(action.folder, uses.slice(2)), given, scope);
  }
  const [name = '', ref] = uses.split('@');
  if (ref === undefined) throw new Error(`\`${uses}\` names no version`);
  if (name === action.repository) return readAction(action.folder, given, scope);
  const run = standIns[name];
  if (!run) throw new Error(`there is no stand-in for the action ${name}; give one in \`actions\``);
  return { kind: 'stand-in', run };
}

async function readAction(
  folder: string,
  given: Readonly<Record<string, string>>,
  scope: Scope,
): Promise<NodeAction> {
  const path = join(folder, 'action.yml');
  if (!existsSync(path)) {
    throw new Error(`Can't find 'action.yml' under '${folder}'. Did you forget to run actions/checkout?`);
  }
  const manifest = parse(await readFile(path, 'utf8')) as {
    inputs?: Record<string, { default?: unknown } | null>;
    runs: { using: string; main: string; post?: string; 'post-if'?: string };
  };
  if (!/^node\d+$/.test(manifest.runs.using))
    throw new Error(`an action using ${manifest.runs.using} is not supported here`);
  const defaults = Object.entries(manifest.inputs ?? {}).map(
    ([name, input]) => [name, interpolate(String(input?.default ?? ''), scope)] as const,
  );
  const { main, post, 'post-if': postIf = 'always()' } = manifest.runs;
  return {
    kind: 'node',
    main: join(folder, main),
    post: post === undefined ? undefined : join(folder, post),
    postIf,
    // One that is not declared is passed all the same, with a warning.
    inputs: inputVariables({ ...Object.fromEntries(defaults), ...given }),
  };
}
