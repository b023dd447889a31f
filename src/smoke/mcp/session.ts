import type { Client, Transport } from '@modelcontextprotocol/client';
import type { Json } from '../../proof/schema.ts';
import { type Era, negotiationFor, startsAgainAsLegacy } from './era.ts';
import type { Exchange } from './exchange.ts';
import { createMcpFetch, type McpFetchOptions } from './fetch.ts';
import type { Page } from './pages.ts';
import { createStages } from './stage.ts';
import { createStdioTransport, type StdioLife, type StdioServer } from './stdio.ts';
import type { ListedTool } from './tools.ts';
import { McpTrouble } from './trouble.ts';

export type McpServer =
  | ({ readonly kind: 'http' } & Pick<McpFetchOptions, 'endpoint' | 'headers' | 'send'>)
  | ({ readonly kind: 'stdio' } & Omit<StdioServer, 'maxBytes'>);

export interface SessionOptions {
  readonly era: Era;
  /** For each request. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Our own version, for servers that ask who is calling. */
  readonly version: string;
}

/** What was seen on the wire, for whoever has to explain a failure. */
export interface Evidence {
  readonly exchanges: readonly Exchange[];
  readonly life?: StdioLife;
}

export interface ToolResult {
  /** Its content blocks that are text, a line each. */
  readonly text: string;
  readonly structured: Json | undefined;
  readonly isError: boolean;
}

export interface McpSession extends AsyncDisposable {
  readonly evidence: () => Evidence;
  /** Shakes hands. */
  connect(): Promise<void>;
  /** Known once it is connected. */
  readonly about: () => {
    readonly protocol: string | undefined;
    readonly server: string | undefined;
    readonly tools: boolean;
  };
  page(cursor: string | undefined): Promise<Page<ListedTool>>;
  call(tool: ListedTool, args: { [key: string]: Json }): Promise<ToolResult>;
}

/** For one answer over HTTP, and for all that a server on stdio writes. */
const MAX_BYTES = 8 * 1024 * 1024;
const CLOSING_MS = 2_000;
const SLACK_MS = 250;
/** Requests at most: for the modern era, again with a version that both know, `initialize` and that it is done. */
const HANDSHAKE = { http: 4, stdio: 2 } as const;
/** The library's own timers are not to speak before ours. */
const NEVER_MS = 2 ** 31 - 1;

/** A session with an MCP server: nothing is sent before `connect`, and nothing is left of it after its disposal. */
export async function openMcp(server: McpServer, options: SessionOptions): Promise<McpSession> {
  const library = await import('@modelcontextprotocol/client');
  const stages = createStages(options.signal);
  let line = open(options.era);

  function open(era: Era): {
    client: Client;
    transport: Transport;
    evidence: Evidence;
    end(): Promise<void>;
  } {
    const probeMs = server.kind === 'stdio' ? options.timeoutMs : NEVER_MS;
    const client = new library.Client(
      { name: 'ship-proof', version: options.version },
      {
        versionNegotiation: negotiationFor(era, probeMs),
        // Compiling a schema is running what the server sent.
        jsonSchemaValidator: {
          getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
        },
        // Nobody is here to answer a tool that asks back.
        inputRequired: { autoFulfill: false },
      },
    );
    // What goes wrong beside an answer shows in what becomes of it.
    client.onerror = () => {};
    if (server.kind === 'stdio') {
      const transport = createStdioTransport(
        { ...server, maxBytes: MAX_BYTES },
        { parse: library.deserializeMessage, onTrouble: (trouble) => stages.current().fail(trouble) },
      );
      return {
        client,
        transport,
        evidence: { exchanges: [], life: transport.life },
        end: () => transport.close(),
      };
    }
    const { fetch, exchanges } = createMcpFetch({
      ...server,
      timeoutMs: options.timeoutMs,
      maxBytes: MAX_BYTES,
      stage: stages.current,
    });
    // No auth provider: without one the library begins no authorization.
    const transport = new library.StreamableHTTPClientTransport(server.endpoint, { fetch });
    const end = async () => {
      // A session that is left open costs the server something; one that will not end is the server's own affair.
      await stages.run(() => transport.terminateSession(), bound(CLOSING_MS)).catch(() => {});
      await transport.close();
    };
    return { client, transport, evidence: { exchanges }, end };
  }

  const bound = (ms: number) => ({ ms, error: () => new McpTrouble('timeout', 'no answer in time') });
  // Over HTTP each exchange has a bound of its own, which speaks first; this one ends streams taken up again and again.
  const request = <T>(work: () => Promise<T>, requests = 1): Promise<T> =>
    stages.run(work, bound(options.timeoutMs * requests + SLACK_MS));
  const libraryBound = { timeout: NEVER_MS };

  return {
    evidence: () => line.evidence,
    connect: async () => {
      try {
        await request(() => line.client.connect(line.transport, libraryBound), HANDSHAKE[server.kind]);
      } catch (error) {
        const { life } = line.evidence;
        const exited = life?.code !== undefined;
        if (!life || !startsAgainAsLegacy(options.era, { exited, answers: life.answers })) throw error;
        await line.end();
        line = open('legacy');
        await request(() => line.client.connect(line.transport, libraryBound));
      }
    },
    about: () => {
      const known = line.client.getServerVersion();
      return {
        protocol: line.client.getNegotiatedProtocolVersion(),
        server: known ? `${known.name} ${known.version}`.slice(0, 128) : undefined,
        tools: line.client.getServerCapabilities()?.tools !== undefined,
      };
    },
    page: async (cursor) => {
      // Not `listTools`: it walks on for 64 pages, and prints names of tools to the console.
      const params = cursor === undefined ? {} : { cursor };
      const { tools, nextCursor } = await request(() =>
        line.client.request({ method: 'tools/list', params }, libraryBound),
      );
      return {
        items: tools.map(({ name, inputSchema }) => ({
          name,
          inputSchema: inputSchema as ListedTool['inputSchema'],
        })),
        nextCursor,
      };
    },
    call: async (tool, args) => {
      const toolDefinition = {
        name: tool.name,
        inputSchema: { ...tool.inputSchema, type: 'object' as const },
      };
      const result = await request(() =>
        line.client.callTool({ name: tool.name, arguments: args }, { ...libraryBound, toolDefinition }),
      );
      return {
        text: result.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n'),
        structured: result.structuredContent as Json | undefined,
        isError: result.isError === true,
      };
    },
    [Symbol.asyncDispose]: () => line.end(),
  };
}
