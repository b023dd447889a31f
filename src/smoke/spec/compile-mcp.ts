import { resolve } from 'node:path';
import type { Headers, McpCall, McpCheck } from '../plan.ts';
import { compileContent } from './compile-expect.ts';
import { negate } from './compile-test.ts';
import { compileUrl } from './compile-url.ts';
import type { Compiling } from './compiling.ts';
import type { McpCheckSpec } from './mcp.ts';
import type { Source } from './source.ts';

type Own = Omit<McpCheck, 'name' | 'place' | 'retry' | 'skip' | 'timeoutMs'>;

export async function compileMcp(spec: McpCheckSpec, source: Source, compiling: Compiling): Promise<Own> {
  const { command, expect } = spec;
  const calls: McpCall[] = [];
  for (const [index, call] of (spec.call ?? []).entries()) {
    const at = source.in('call').in(index);
    const { not, ...own } = call.expect ?? {};
    calls.push({
      place: at.place,
      tool: call.tool,
      arguments: call.arguments ? at.in('arguments').json() : ({ kind: 'map', entries: [] } as const),
      isError: call.expect?.error,
      expectations: [
        ...(await compileContent(own, at.in('expect'), compiling)),
        ...(not ? (await compileContent(not, at.in('expect').in('not'), compiling)).map(negate) : []),
      ],
    });
  }
  const lock = source.in('expect').in('tools-lock');
  return {
    kind: 'mcp',
    server:
      command === undefined
        ? {
            kind: 'http',
            url: compileUrl(source.in('mcp'), compiling),
            headers: compileHeaders(spec.headers, source),
          }
        : { kind: 'stdio', command: command.map((_, index) => source.in('command').in(index).template()) },
    era: spec.era ?? 'auto',
    tools: expect?.tools && { names: expect.tools, place: source.in('expect').in('tools').place },
    exact: expect?.exact ?? false,
    toolsLock:
      expect?.['tools-lock'] === undefined
        ? undefined
        : { path: resolve(compiling.folder, lock.text()), place: lock.place },
    calls,
  };
}

export const compileHeaders = (
  spec: Readonly<Record<string, unknown>> | undefined,
  source: Source,
): Headers =>
  new Map(
    Object.keys(spec ?? {}).map((name) => [name.toLowerCase(), source.in('headers').in(name).template()]),
  );
