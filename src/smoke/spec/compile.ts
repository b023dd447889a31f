import { resolve } from 'node:path';
import { type Body, METHODS, type Method, type PlannedCheck, type Retry, type Step } from '../plan.ts';
import { compileCapture } from './compile-capture.ts';
import { compileExpectations } from './compile-expect.ts';
import { compileHeaders, compileMcp } from './compile-mcp.ts';
import { compileUrl } from './compile-url.ts';
import type { Compiling } from './compiling.ts';
import { millisecondsOf } from './kinds.ts';
import type { McpCheckSpec } from './mcp.ts';
import type { Source } from './source.ts';
import type { CheckSpec, StepSpec } from './spec.ts';

const DEFAULT_TIMEOUT_MS = 15_000;

export async function compileCheck(
  spec: CheckSpec,
  source: Source,
  compiling: Compiling,
): Promise<PlannedCheck> {
  refuseUnsafeRetry(spec, source);
  const base = {
    name: source.in('name').text(),
    place: source.place,
    skip: spec.skip,
    retry: compileRetry(spec.retry),
    timeoutMs: spec.timeout === undefined ? DEFAULT_TIMEOUT_MS : millisecondsOf(spec.timeout),
  };
  // What one check captures, another does not see: they run beside one another.
  const outside = new Set(compiling.reading.known);
  try {
    if ('mcp' in spec || 'command' in spec) {
      return { ...base, ...(await compileMcp(spec as McpCheckSpec, source, compiling)) };
    }
    if ('steps' in spec) {
      const steps: Step[] = [];
      for (const [index, step] of spec.steps.entries()) {
        steps.push(await compileStep(step, source.in('steps').in(index), compiling));
      }
      return { ...base, kind: 'flow', steps };
    }
    return { ...base, kind: 'page', steps: [await compileStep(spec as StepSpec, source, compiling)] };
  } finally {
    compiling.reading.known.clear();
    for (const name of outside) compiling.reading.known.add(name);
  }
}

/** What is no GET or HEAD may do something each time: it is repeated only where the user says that this is harmless. */
function refuseUnsafeRetry(spec: CheckSpec, source: Source): void {
  if (!spec.retry || spec.retry.unsafe) return;
  const requests = 'steps' in spec ? spec.steps : [spec as StepSpec];
  const method = METHODS.find(
    (name) => name !== 'get' && name !== 'head' && requests.some((step) => step[name] !== undefined),
  );
  const unsafe = 'call' in spec && spec.call ? '`call`' : method && `\`${method}\``;
  if (unsafe) {
    source
      .in('retry')
      .refuse(
        `this would repeat ${unsafe}, which may do something each time; say \`unsafe: true\` where that is harmless`,
      );
  }
}

function compileRetry(spec: CheckSpec['retry']): Retry | undefined {
  if (!spec) return undefined;
  return {
    forMs: millisecondsOf(spec.for),
    everyMs: spec.every === undefined ? undefined : millisecondsOf(spec.every),
  };
}

async function compileStep(spec: StepSpec, source: Source, compiling: Compiling): Promise<Step> {
  const method = METHODS.find((name) => spec[name] !== undefined) ?? 'get';
  const step: Step = {
    place: source.in(method).place,
    method: method.toUpperCase() as Method,
    url: compileUrl(source.in(method), compiling),
    headers: compileHeaders(spec.headers, source),
    body: await compileBody(spec, source, compiling),
    follow: spec.follow ?? true,
    render: spec.render ?? false,
    expectations: await compileExpectations(spec.expect, source.in('expect'), compiling),
    captures: Object.entries(spec.capture ?? {}).map(([name, from]) =>
      compileCapture(name, from, source.in('capture').in(name), compiling),
    ),
  };
  for (const { name } of step.captures) compiling.reading.known.add(name);
  return step;
}

async function compileBody(
  spec: StepSpec,
  source: Source,
  { files, folder }: Compiling,
): Promise<Body | undefined> {
  if (spec.json !== undefined) return { kind: 'json', value: source.in('json').json() };
  if (spec.text !== undefined) return { kind: 'text', text: source.in('text').template() };
  if (spec.form !== undefined) {
    const form = source.in('form').json();
    const entries = form.kind === 'map' ? form.entries : [];
    return {
      kind: 'form',
      fields: entries.map(([name], index) => [
        name,
        source
          .in('form')
          .in(Object.keys(spec.form ?? {})[index] ?? '')
          .template(),
      ]),
    };
  }
  if (spec.file === undefined) return undefined;
  const at = source.in('file');
  const path = resolve(folder, at.text());
  const found = await files.read(path);
  if ('bytes' in found) return { kind: 'file', bytes: found.bytes };
  at.refuse(`the file ${path} ${found.why}`);
  return undefined;
}
