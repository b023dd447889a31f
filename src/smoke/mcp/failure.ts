import { parseJsonText } from '../json-text.ts';
import { MODERN } from './era.ts';
import type { Exchange } from './exchange.ts';
import type { Evidence } from './session.ts';
import type { StdioLife } from './stdio.ts';
import { McpTrouble, type TroubleCode } from './trouble.ts';

/** Why a server could not be asked, or answered wrongly. The codes stand in the proof. */
export type FailureCode =
  | 'unreachable'
  | 'refused'
  | 'auth-wall'
  | 'redirect'
  | 'server-error'
  | 'rate-limit'
  | 'not-mcp'
  | 'protocol-version'
  | 'rpc-error'
  | 'bad-result'
  | 'ended'
  | 'not-started'
  | 'bound';

export interface Failure {
  readonly code: FailureCode;
  /** `untestable` where there was no answer at all. */
  readonly status: 'fail' | 'untestable';
  readonly observed: string;
  readonly detail?: string;
}

/**
 * Explains why asking an MCP server failed, from the error and from what was seen on the wire; undefined for an error that
 * neither the network nor a server caused, which the caller rethrows. `mask` takes secrets out before a text is cut.
 */
export function explainFailure(
  error: unknown,
  { exchanges, life }: Evidence,
  mask: (text: string) => string = (text) => text,
): Failure | undefined {
  const last = exchanges.at(-1);
  return (
    (life ? explainLife(error, life, mask(life.lastWords).trim()) : undefined) ??
    (last ? explainExchange(last) : undefined) ??
    (error instanceof McpTrouble ? explainTrouble(error.code, error.message) : undefined) ??
    explainProtocol(error) ??
    (last && isLibrarys(error) ? explainStatus(last) : undefined)
  );
}

/** A program that did not live long enough to answer. */
function explainLife(error: unknown, life: StdioLife, said: string): Failure | undefined {
  const detail = said === '' ? {} : { detail: `the last it wrote to stderr: ${said.slice(-500)}` };
  if (life.notStarted !== undefined) {
    return { code: 'not-started', status: 'untestable', observed: `not started: ${life.notStarted}` };
  }
  if (error instanceof McpTrouble && error.code === 'timeout') {
    return {
      code: 'unreachable',
      status: life.answers > 0 ? 'fail' : 'untestable',
      observed: 'no answer in time',
      ...detail,
    };
  }
  if (life.code === undefined || error instanceof McpTrouble) return undefined;
  return {
    code: 'ended',
    status: 'fail',
    observed: `it ended with code ${life.code} before it answered`,
    ...detail,
  };
}

/** What the HTTP exchange alone decides, whatever the client made of it. */
function explainExchange({ status, fault, trouble, location }: Exchange): Failure | undefined {
  if (fault)
    return { code: 'unreachable', status: 'untestable', observed: fault.code, detail: fault.explanation };
  if (trouble === 'timeout' && status === undefined) {
    return { code: 'unreachable', status: 'untestable', observed: 'no answer in time' };
  }
  if (status === 401 || status === 403) {
    return {
      code: 'auth-wall',
      status: 'fail',
      observed: `HTTP ${status}: ${status === 401 ? 'it wants credentials' : 'it refuses access'}`,
      detail:
        'the server is up, behind an auth wall: send credentials by `headers` (no authorization is begun from here)',
    };
  }
  if (status === 429)
    return { code: 'rate-limit', status: 'untestable', observed: 'HTTP 429: too many requests' };
  if (status !== undefined && status >= 500) {
    return { code: 'server-error', status: 'fail', observed: `HTTP ${status}` };
  }
  if (status !== undefined && status >= 300 && status < 400) {
    return {
      code: 'redirect',
      status: 'fail',
      observed: `HTTP ${status}${location === undefined ? '' : ` to ${location}`}`,
      detail:
        'only a redirect within the origin that keeps the method is followed: give the URL that it leads to',
    };
  }
  return undefined;
}

const BOUNDS: Readonly<Partial<Record<TroubleCode, string>>> = {
  timeout: 'the answer began and did not end in time',
  'no-answer': 'an answer without what was asked for',
  'too-many-requests': 'a stream that broke off again and again',
  'other-origin': 'a redirect to another origin',
};

function explainTrouble(code: TroubleCode, message: string): Failure {
  if (code === 'other-origin') {
    return {
      code: 'redirect',
      status: 'fail',
      observed: `a redirect to ${message}`,
      detail: 'requests and credentials stay with the origin of the check',
    };
  }
  if (code === 'refused-address') return { code: 'refused', status: 'untestable', observed: message };
  return { code: 'bound', status: 'fail', observed: BOUNDS[code] ?? message };
}

/** Errors that speak the protocol: a JSON-RPC error, no version in common, a result that is none. */
function explainProtocol(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? error.code : undefined;
  const data = 'data' in error ? error.data : undefined;
  const rpc = typeof code === 'number' ? { code, message: error.message, data } : rpcErrorIn(data);
  const supported = field(rpc?.data, 'supported');
  if (Array.isArray(supported)) return versionFailure(`it speaks ${supported.slice(0, 5).join(', ')}`);
  // The library has no code for this one.
  const [, version] = /protocol version is not supported: (.*)/.exec(error.message) ?? [];
  if (version !== undefined) return versionFailure(`it speaks ${version}`);
  if (code === 'ERA_NEGOTIATION_FAILED' && error.cause === undefined && field(data, 'status') === undefined) {
    return versionFailure(`it does not speak ${MODERN}`);
  }
  if (rpc)
    return { code: 'rpc-error', status: 'fail', observed: `JSON-RPC error ${rpc.code}: ${rpc.message}` };
  if (code === 'UNSUPPORTED_RESULT_TYPE') {
    return { code: 'bad-result', status: 'fail', observed: 'it asks back instead of giving a result' };
  }
  if (code === 'INVALID_RESULT') {
    return {
      code: 'bad-result',
      status: 'fail',
      observed: 'a result that breaks the protocol: clients refuse it',
    };
  }
  return undefined;
}

/** The JSON-RPC error that came as the body of an HTTP error. */
function rpcErrorIn(data: unknown): { code: number; message: string; data: unknown } | undefined {
  const text = field(data, 'text');
  const reading = typeof text === 'string' ? parseJsonText(text) : undefined;
  const error = reading?.kind === 'json' ? field(reading.value, 'error') : undefined;
  const code = field(error, 'code');
  if (typeof code !== 'number') return undefined;
  return { code, message: String(field(error, 'message') ?? ''), data: field(error, 'data') };
}

const field = (value: unknown, name: string): unknown =>
  value !== null && typeof value === 'object' && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

/** What the client throws at an answer that it can't take; anything else is no answer's fault. */
const isLibrarys = (error: unknown): boolean =>
  error instanceof Error && /^((Sdk|SdkHttp|\$?Zod|Syntax)Error)$/.test(error.name);

const versionFailure = (observed: string): Failure => ({
  code: 'protocol-version',
  status: 'fail',
  observed,
  detail: 'no protocol version in common: look at `era`, and at the versions that the server supports',
});

function explainStatus({ status, type, complete }: Exchange): Failure | undefined {
  if (status === undefined) return undefined;
  const observed = `HTTP ${status}${type === undefined ? '' : ` with ${type}`}`;
  const spoken = type === 'application/json' || type === 'text/event-stream';
  if (status >= 400 || !spoken) {
    return { code: 'not-mcp', status: 'fail', observed, detail: 'no MCP server answers at this URL' };
  }
  return complete
    ? { code: 'not-mcp', status: 'fail', observed: `${observed}, but no MCP message` }
    : undefined;
}
