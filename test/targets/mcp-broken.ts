import type { ServerResponse } from 'node:http';
import { type McpOptions, type McpTarget, mcpServer, send, tool } from './mcp-server.ts';
import { type ListenOptions, startServer, type Target } from './server.ts';

/** Every tool in one page each: `one`, `two`, `three`. */
export const paginated = (options: McpOptions = {}): Promise<McpTarget> => {
  const names = ['one', 'two', 'three'];
  return mcpServer({
    ...options,
    page: (cursor) => {
      const index = cursor === undefined ? 0 : Number(cursor.slice(1));
      const more = index + 1 < names.length ? { nextCursor: `p${index + 1}` } : {};
      return { tools: [tool(names[index] ?? '')], ...more };
    },
  });
};

/** Gives the same cursor and page for ever. */
export const repeatedCursor = (options: McpOptions = {}): Promise<McpTarget> =>
  mcpServer({ ...options, page: () => ({ tools: [tool('echo')], nextCursor: 'again' }) });

/** Two cursors that lead to each other. */
export const circlingCursors = (): Promise<McpTarget> =>
  mcpServer({ page: (cursor) => ({ tools: [tool('echo')], nextCursor: cursor === 'a' ? 'b' : 'a' }) });

/** A new cursor with each page, for ever. */
export const endlessCursors = (): Promise<McpTarget> =>
  mcpServer({ page: (_, given) => ({ tools: [tool(`tool-${given}`)], nextCursor: `p${given}` }) });

/** Ends its list by an empty cursor, and begins anew when it is sent. */
export const emptyCursor = (): Promise<McpTarget> =>
  mcpServer({ page: () => ({ tools: [tool('echo')], nextCursor: '' }) });

export interface AuthWall extends Target {
  readonly mcp: string;
}

/** Wants a token, and points at metadata that nobody may ask for here: `requests` shows whether somebody did. */
export async function authWall(status: 401 | 403): Promise<AuthWall> {
  const target = await startServer((request, response) => {
    const metadata = `http://${request.headers.host}/.well-known/oauth-protected-resource`;
    const scope = status === 403 ? ' error="insufficient_scope", scope="admin",' : '';
    response
      .writeHead(status, { 'www-authenticate': `Bearer${scope} resource_metadata="${metadata}"` })
      .end();
  });
  return { ...target, mcp: `${target.url}/mcp` };
}

/** Events for ever, in place of an answer to `method`. */
export const endlessEvents = (method = 'tools/list', everyMs = 5): Promise<McpTarget> =>
  mcpServer({ instead: (asked, _, response) => asked === method && endless(response, everyMs) });

/** The right answer to everything, and then events for ever on the same stream. */
export const neverClosed = (): Promise<McpTarget> =>
  mcpServer({
    instead: (method, id, response) => {
      if (method !== 'tools/list') return false;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const result = { resultType: 'complete', ttlMs: 0, cacheScope: 'private', tools: [tool('echo')] };
      response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`);
      return endless(response, 5);
    },
  });

function endless(response: ServerResponse, everyMs: number): true {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
  const timer = setInterval(() => response.write(': still here\n\n'), everyMs);
  response.on('close', () => clearInterval(timer));
  return true;
}

/** Ends each stream after an id, to be taken up again with no delay, for ever. */
export async function endlessResumption(): Promise<Target & { readonly mcp: string }> {
  const target = await startServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end('id: 1\nretry: 0\ndata: \n\n');
  });
  return { ...target, mcp: `${target.url}/mcp` };
}

/** Answers `tools/list` with an answer of another kind. */
export const oddList = (answer: (id: unknown, response: ServerResponse) => void): Promise<McpTarget> =>
  mcpServer({
    instead: (method, id, response) => {
      if (method === 'tools/list') answer(id, response);
      return method === 'tools/list';
    },
  });

/** Names that only a modern client would be told of in vain, and descriptions in their place. */
export const wrongVersion = (era: 'modern' | 'legacy'): Promise<McpTarget> =>
  era === 'legacy'
    ? mcpServer({ era, versions: ['1999-01-01'] })
    : mcpServer({
        era,
        instead: (_, id, response) => {
          const error = {
            code: -32022,
            message: 'Unsupported',
            data: { supported: ['2031-01-01'], requested: '2026-07-28' },
          };
          send(response, { jsonrpc: '2.0', id, error }, 'json');
          return true;
        },
      });

/** The same small answer to everything. */
export async function answers(
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
  options: ListenOptions = {},
): Promise<Target & { readonly mcp: string }> {
  const target = await startServer((_, response) => {
    response.writeHead(status, { 'content-type': type, ...headers }).end(body);
  }, options);
  return { ...target, mcp: `${target.url}/mcp` };
}
