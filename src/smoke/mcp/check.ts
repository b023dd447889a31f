import type { Place } from '../../config/place.ts';
import type { Json } from '../../proof/schema.ts';
import type { McpCheck } from '../plan.ts';
import type { Finding, Tried } from '../result.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { render, renderJson, type Template, type Values } from '../template.ts';
import { judgeResult, notOffered } from './call.ts';
import { isModern, protocolText } from './era.ts';
import { explainFailure, type FailureCode } from './failure.ts';
import type { Send } from './fetch.ts';
import { isWhole, judgeListing, nameText, usableTools } from './findings.ts';
import { checkLock } from './lock-file.ts';
import { type Listing, walkPages } from './pages.ts';
import { type McpServer, type McpSession, openMcp } from './session.ts';
import type { ListedTool } from './tools.ts';

/** What an MCP check needs of the run that it is part of. */
export interface McpContext {
  readonly values: Values;
  /** A URL of the check, resolved against the base URL. */
  readonly resolveUrl: (text: string) => URL;
  readonly send: Send;
  readonly sandbox: Sandbox;
  /** The whole environment of a server on stdio. */
  readonly childEnv: Readonly<Record<string, string>>;
  /** Where servers on stdio run, and outside of which no lock is written. */
  readonly cwd: string;
  readonly userAgent: string;
  /** Our own, for servers that ask who is calling. */
  readonly version: string;
  /** Locks are written, not obeyed. */
  readonly updateLocks: boolean;
  /** Takes the secrets out of what is shortened here: half a secret is one that nobody would know any more. */
  readonly mask?: (text: string) => string;
  readonly signal: AbortSignal;
}

/**
 * One attempt at an MCP check: whether the server speaks, which tools it offers, and what calling them gives. Throws only
 * for bugs and for an aborted run; the server's process, its session and every connection are gone when it returns.
 */
export async function runMcpCheck(check: McpCheck, context: McpContext): Promise<Tried> {
  const { version, signal } = context;
  const { era, timeoutMs } = check;
  await using session = await openMcp(serverOf(check, context), { era, timeoutMs, signal, version });
  const findings: Finding[] = [];
  const failures: FailureCode[] = [];
  /** Asks for one thing; what the server or the network did wrong becomes a finding, and then there is no value. */
  const ask = async <T>(
    about: { readonly title: string; readonly expected: string; readonly place: Place },
    work: () => Promise<T>,
  ): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      const failure = explainFailure(error, session.evidence(), context.mask);
      if (!failure) throw error;
      const { code, ...finding } = failure;
      failures.push(code);
      findings.push({ ...about, ...finding });
      return undefined;
    }
  };

  const speaking = { title: 'connect', expected: 'a server that speaks MCP', place: check.place };
  await ask(speaking, () => session.connect());
  const list = { title: 'tools/list', expected: 'a list of tools', place: placeOfTools(check) };
  const listing = failures.length > 0 ? undefined : await ask(list, () => listTools(session));
  const usable = listing && usableTools(listing, seesHeaders(session, check), placeOfTools(check));
  if (usable) findings.push(...usable.findings, ...(await judgeTools(check, usable.listing, context)));
  for (const call of usable ? check.calls : []) {
    const title = `call ${nameText(call.tool)}`;
    const tool = usable?.listing.items.find(({ name }) => name === call.tool);
    const args = renderJson(call.arguments, context.values).value as { [key: string]: Json };
    const about = { title, expected: 'a result', place: call.place };
    const result = tool && (await ask(about, () => session.call(tool, args)));
    const wrong = tool ? [] : [notOffered(call, usable?.listing.items ?? [])];
    if (result) wrong.push(...(await judgeResult(call, result, context)));
    findings.push(...wrong.map((finding) => ({ ...finding, title: `${title}, ${finding.title}` })));
    if (failures.some((code) => !TOLD.has(code))) break;
  }
  const failure = failures[0] === undefined ? {} : { failure: failures[0] };
  return {
    status: worst(findings),
    findings,
    observed: { ...observedOf(session, listing), ...failure },
    judged: countJudged(check),
  };
}

/** Errors that the server itself told: it can still answer the next call. */
const TOLD: ReadonlySet<FailureCode> = new Set(['rpc-error', 'bad-result']);

const placeOfTools = ({ tools, place }: McpCheck): Place => tools?.place ?? place;

function serverOf({ server }: McpCheck, context: McpContext): McpServer {
  const fill = (template: Template) => render(template, context.values).text;
  if (server.kind === 'stdio') {
    return { kind: 'stdio', argv: server.command.map(fill), cwd: context.cwd, env: context.childEnv };
  }
  const endpoint = context.resolveUrl(fill(server.url));
  const given = [...server.headers].map(([name, template]) => [name, fill(template)] as const);
  const headers = { 'user-agent': context.userAgent, ...Object.fromEntries(given) };
  return { kind: 'http', endpoint, headers, send: context.send };
}

/** Only over HTTP, and only in the modern era, do tools ask for headers; there clients drop those that do it wrongly. */
const seesHeaders = (session: McpSession, { server }: McpCheck): boolean =>
  server.kind === 'http' && isModern(session.about().protocol);

/** A server that announces no tools is not asked for them: clients would not ask either. */
async function listTools(session: McpSession): Promise<Listing<ListedTool>> {
  if (!session.about().tools) return { items: [], pages: 0, end: 'complete' };
  return walkPages((cursor) => session.page(cursor));
}

async function judgeTools(
  check: McpCheck,
  listing: Listing<ListedTool>,
  context: McpContext,
): Promise<readonly Finding[]> {
  const place = placeOfTools(check);
  const findings = judgeListing(listing, { names: check.tools?.names, exact: check.exact, place });
  if (!check.toolsLock || !isWhole(listing)) return findings;
  const lock = { ...check.toolsLock, root: context.cwd, update: context.updateLocks };
  return [...findings, ...(await checkLock(listing.items, lock))];
}

function observedOf(session: McpSession, listing: Listing<ListedTool> | undefined): Record<string, Json> {
  const { protocol, server } = session.about();
  const { exchanges, life } = session.evidence();
  const status = exchanges.at(-1)?.status;
  return {
    protocol: protocolText(protocol),
    ...(server === undefined ? {} : { server }),
    ...(listing ? { tools: listing.items.length, pages: listing.pages } : {}),
    ...(life ? { noise: life.noise } : { requests: exchanges.length }),
    ...(status === undefined ? {} : { status }),
  };
}

function worst(findings: readonly Finding[]): Tried['status'] {
  const order = ['fail', 'untestable', 'warn'] as const;
  return order.find((status) => findings.some((finding) => finding.status === status)) ?? 'pass';
}

/** Connecting, the list's end and its names count as one each. */
const countJudged = (check: McpCheck): number =>
  3 +
  [check.tools, check.exact, check.toolsLock].filter(Boolean).length +
  check.calls.reduce((sum, call) => sum + 1 + call.expectations.length, 0);
