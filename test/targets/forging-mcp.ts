import { text } from 'node:stream/consumers';
import { startServer, type Target } from './server.ts';

/** An MCP server whose tools, instructions and own name are these texts. */
export const hostileMcp = (forged: readonly string[]): Promise<Target> =>
  startServer(async (request, response) => {
    const body = await text(request);
    const { id, method } = (body === '' ? {} : JSON.parse(body)) as { id?: number; method?: string };
    if (id === undefined) return void response.writeHead(202).end();
    const says = forged.join('');
    const result =
      method === 'initialize'
        ? {
            protocolVersion: '2025-06-18',
            capabilities: { tools: {} },
            serverInfo: { name: says, version: says },
            instructions: says,
          }
        : { tools: forged.map((name) => ({ name, description: says, inputSchema: { type: 'object' } })) };
    response.writeHead(200, { 'content-type': 'application/json', 'x-served-by': `DEPLOYED` });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  });
