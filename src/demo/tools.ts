import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseJson } from '../proof/parse-json.ts';
import { listen, type Site } from './site.ts';

/** What a client asks, as far as this little server understands it. */
interface Question {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: { readonly protocolVersion?: string };
}

/** An MCP server with the given tools and nothing else: Streamable HTTP, one JSON answer for each question. */
export async function startTools(names: () => readonly string[]): Promise<Site> {
  const server = createServer(async (request, response) => {
    const question =
      request.method === 'POST' ? (parseJson(await text(request)) as Question | undefined) : undefined;
    if (!question) response.writeHead(405).end();
    else if (question.id === undefined) response.writeHead(202).end();
    else {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: question.id, ...answerTo(question, names()) }));
    }
  });
  return listen(server);
}

function answerTo({ method, params }: Question, names: readonly string[]): object {
  switch (method) {
    case 'initialize': {
      const protocolVersion = params?.protocolVersion ?? '2025-06-18';
      return {
        result: {
          protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: 'demo', version: '1.0.0' },
        },
      };
    }
    case 'tools/list':
      return { result: { tools: names.map((name) => ({ name, inputSchema: { type: 'object' } })) } };
    default:
      return { error: { code: -32601, message: 'no such method' } };
  }
}
