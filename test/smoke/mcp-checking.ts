import { createHttp } from '../../src/ports/http.ts';
import { createRedactor } from '../../src/proof/redact.ts';
import { type McpContext, runMcpCheck } from '../../src/smoke/mcp/check.ts';
import { createSend } from '../../src/smoke/mcp/send.ts';
import type { Expectation, McpCall, McpCheck } from '../../src/smoke/plan.ts';
import type { Tried } from '../../src/smoke/result.ts';
import { createSandbox } from '../../src/smoke/sandbox/sandbox.ts';
import { type JsonTemplate, literalTemplate } from '../../src/smoke/template.ts';

/** What a check says, as short as a test needs it. */
export interface Asked {
  readonly mcp?: string;
  readonly command?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly era?: McpCheck['era'];
  readonly tools?: readonly string[];
  readonly exact?: boolean;
  readonly lock?: string;
  readonly call?: readonly {
    readonly tool: string;
    readonly arguments?: Record<string, string | number>;
    readonly error?: boolean;
    readonly expectations?: readonly Expectation[];
  }[];
  readonly timeoutMs?: number;
}

const at = (line: number) => ({ file: 'checks.yml', line });

export function planned(asked: Asked): McpCheck {
  const headers = Object.entries(asked.headers ?? {}).map(
    ([name, value]) => [name, literalTemplate(value)] as const,
  );
  return {
    kind: 'mcp',
    name: 'tools',
    place: at(1),
    retry: undefined,
    skip: undefined,
    timeoutMs: asked.timeoutMs ?? 10_000,
    server: asked.command
      ? { kind: 'stdio', command: asked.command.map(literalTemplate) }
      : { kind: 'http', url: literalTemplate(asked.mcp ?? ''), headers: new Map(headers) },
    era: asked.era ?? 'auto',
    tools: asked.tools && { names: asked.tools, place: at(2) },
    exact: asked.exact ?? false,
    toolsLock: asked.lock === undefined ? undefined : { path: asked.lock, place: at(3) },
    calls: (asked.call ?? []).map(plannedCall),
  };
}

const plannedCall = (call: NonNullable<Asked['call']>[number], index: number): McpCall => ({
  place: at(10 + index),
  tool: call.tool,
  arguments: {
    kind: 'map',
    entries: Object.entries(call.arguments ?? {}).map(([name, value]) => [
      literalTemplate(name),
      argument(value),
    ]),
  },
  expectations: call.expectations ?? [],
  isError: call.error,
});

const argument = (value: string | number): JsonTemplate =>
  typeof value === 'string' ? { kind: 'text', template: literalTemplate(value) } : { kind: 'value', value };

/** Runs a check as the program would, over the real network. */
export function check(asked: Asked, context: Partial<McpContext> = {}): Promise<Tried> {
  const reachable = { origins: new Set<string>(), allowPrivate: true };
  return runMcpCheck(planned(asked), {
    values: new Map(),
    resolveUrl: (text) => new URL(text),
    send: createSend({ http: createHttp(), reachable, secrets: createRedactor() }),
    sandbox: createSandbox(),
    childEnv: { PATH: process.env.PATH ?? '', MARK: 'given' },
    cwd: process.cwd(),
    userAgent: 'ship-proof/test',
    version: '0.0.0',
    updateLocks: false,
    signal: AbortSignal.timeout(50_000),
    ...context,
  });
}

/** What went wrong, as `status title: observed`. */
export const told = ({ findings }: Tried): string[] =>
  findings.map(({ status, title, observed }) => `${status} ${title}: ${observed}`);
