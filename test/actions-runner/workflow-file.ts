import { parse } from 'yaml';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from './official.ts';

export interface InputDefinition {
  readonly type?: 'string' | 'boolean' | 'number' | 'choice' | 'environment';
  readonly required?: boolean;
  readonly default?: unknown;
}

/** What stands under `workflow_call`. */
export interface CallDefinition {
  readonly inputs?: Readonly<Record<string, InputDefinition>>;
  readonly secrets?: Readonly<Record<string, { readonly required?: boolean } | null>>;
  readonly outputs?: Readonly<Record<string, { readonly value: string }>>;
}

export interface StepDefinition {
  readonly id?: string;
  readonly name?: string;
  readonly if?: unknown;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly 'working-directory'?: string;
  readonly 'continue-on-error'?: unknown;
  readonly 'timeout-minutes'?: unknown;
}

export interface JobDefinition {
  readonly name?: string;
  readonly needs?: string | readonly string[];
  readonly if?: unknown;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly secrets?: 'inherit' | Readonly<Record<string, string>>;
  readonly permissions?: PermissionsValue;
  readonly strategy?: unknown;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly environment?: string | { readonly name: string; readonly deployment?: boolean };
  readonly concurrency?: unknown;
  readonly defaults?: { readonly run?: RunDefaults };
  readonly steps?: readonly StepDefinition[];
  readonly 'runs-on'?: unknown;
  readonly 'timeout-minutes'?: unknown;
  readonly 'continue-on-error'?: unknown;
}

export interface RunDefaults {
  readonly shell?: string;
  readonly 'working-directory'?: string;
}

export type PermissionsValue = 'read-all' | 'write-all' | Readonly<Record<string, string>> | null;

/** A workflow as it is written, once the official parser has accepted it. */
export interface WorkflowDefinition {
  readonly name?: string;
  readonly on: unknown;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly permissions?: PermissionsValue;
  readonly concurrency?: unknown;
  readonly defaults?: { readonly run?: RunDefaults };
  readonly jobs: Readonly<Record<string, JobDefinition>>;
}

export interface WorkflowFile {
  /** `.github/workflows/prove.yml` */
  readonly path: string;
  readonly definition: WorkflowDefinition;
  readonly call: CallDefinition | undefined;
}

/** Reads a workflow with the official parser. Throws what it found wrong, one error a line. */
export async function readWorkflow(path: string, text: string): Promise<WorkflowFile> {
  const problems = await problemsOf(path, text);
  if (problems.length > 0) throw new Error(`${path} is no valid workflow:\n${problems.join('\n')}`);
  const definition = parse(text) as WorkflowDefinition;
  return { path, definition, call: callDefinition(definition.on) };
}

/** What the official parser has to say against a workflow. */
export async function problemsOf(path: string, text: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name: path, content: text }, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

function callDefinition(on: unknown): CallDefinition | undefined {
  if (on === 'workflow_call' || (Array.isArray(on) && on.includes('workflow_call'))) return {};
  if (typeof on !== 'object' || on === null || !('workflow_call' in on)) return undefined;
  return (on.workflow_call ?? {}) as CallDefinition;
}

/** A list from what may be one text, a list or nothing. */
export const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;
