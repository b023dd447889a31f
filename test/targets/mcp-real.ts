import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { onFreePort } from './ports.ts';
import { listen } from './server.ts';

const require = createRequire(import.meta.url);

/** Servers that nobody here wrote, as commands for stdio. */
export const EVERYTHING = [
  process.execPath,
  require.resolve('@modelcontextprotocol/server-everything/dist/index.js'),
  'stdio',
];
export const MEMORY = [
  process.execPath,
  require.resolve('@modelcontextprotocol/server-memory/dist/index.js'),
];
/** One built with the server library of the modern era, below. */
export const LIBRARY = [process.execPath, fileURLToPath(new URL('./mcp-library-stdio.ts', import.meta.url))];

export interface RunningServer extends AsyncDisposable {
  readonly mcp: string;
}

/** The reference server, over Streamable HTTP on a port of its own. */
export const everythingOverHttp = (): Promise<RunningServer> => onFreePort(everythingAt);

async function everythingAt(port: number): Promise<RunningServer | undefined> {
  const url = `http://127.0.0.1:${port}`;
  const [file = '', script = ''] = EVERYTHING;
  const child = spawn(file, [script, 'streamableHttp'], {
    env: { ...process.env, PORT: `${port}` },
    stdio: 'ignore',
  });
  for (let tries = 0; tries < 200 && !(await isUp(url)); tries += 1) await delay(50);
  if (child.exitCode !== null) return undefined;
  return { mcp: `${url}/mcp`, [Symbol.asyncDispose]: () => ended(child) };
}

const isUp = (url: string): Promise<boolean> =>
  fetch(url, { method: 'HEAD' }).then(
    () => true,
    () => false,
  );

async function ended(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await closed;
}

/** Three tools: one that adds, one with structured output, one that fails. */
export function libraryServer(): McpServer {
  const server = new McpServer({ name: 'library', version: '2' }, { capabilities: { tools: {} } });
  const numbers = z.object({ a: z.number(), b: z.number() });
  server.registerTool('add', { description: 'PROSE', inputSchema: numbers }, ({ a, b }) => ({
    content: [{ type: 'text', text: `${a + b}` }],
  }));
  const outputSchema = z.object({ sum: z.number() });
  server.registerTool('sum', { inputSchema: numbers, outputSchema }, ({ a, b }) => ({
    content: [{ type: 'text', text: 'see the structure' }],
    structuredContent: { sum: a + b },
  }));
  server.registerTool('broken', { inputSchema: z.object({}) }, () => {
    throw new Error('this tool is broken');
  });
  return server;
}

/** The same over Streamable HTTP; `reject` serves the modern era only. */
export async function libraryOverHttp(legacy: 'stateless' | 'reject'): Promise<RunningServer> {
  const handler = createMcpHandler(() => libraryServer(), { legacy });
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = await handler.fetch(webRequest(request, Buffer.concat(chunks)));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    for await (const chunk of answer.body ?? []) response.write(chunk);
    response.end();
  });
  const { port, ...listening } = await listen(server);
  return { ...listening, mcp: `http://127.0.0.1:${port}/mcp` };
}

const webRequest = (request: IncomingMessage, body: Buffer): Request =>
  new Request(`http://${request.headers.host}${request.url}`, {
    method: request.method ?? 'GET',
    headers: Object.entries(request.headers).map(
      ([name, value]) => [name, String(value)] as [string, string],
    ),
    ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
  });
