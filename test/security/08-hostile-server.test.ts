import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../e2e/run-dist.ts';
import { startServer, type Target } from '../targets/server.ts';

// Whatever a server does, a run is over at its timeout and stays small. Redirects, cookies, rebinding and expressions that never
// end have their cells in smoke/hostile and smoke/sandbox, MCP in smoke/mcp-hostile; here the whole program is measured.

const MIB = 1024 * 1024;
let server: Target;
beforeAll(async () => {
  const zeros = gzipSync(Buffer.alloc(64 * MIB));
  const twice = gzipSync(gzipSync(Buffer.alloc(64 * MIB)));
  const chunk = Buffer.alloc(64 * 1024, 'a');
  server = await startServer((request, response) => {
    const pour = (text: Buffer): void => {
      while (!response.destroyed && response.write(text));
      if (!response.destroyed) response.once('drain', () => pour(text));
    };
    const encoded = (encoding: string) => ({ 'content-type': 'text/html', 'content-encoding': encoding });
    switch (request.url) {
      case '/bomb':
        return void response.writeHead(200, encoded('gzip')).end(zeros);
      case '/twice':
        return void response.writeHead(200, encoded('gzip, gzip')).end(twice);
      case '/chain':
        return void response.writeHead(200, encoded(Array(50).fill('gzip').join(', '))).end(zeros);
      case '/endless':
        response.writeHead(200, { 'content-type': 'text/html' });
        return pour(chunk);
      case '/sse':
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        return pour(Buffer.from('data: {"jsonrpc":"2.0","method":"notifications/message"}\n\n'.repeat(200)));
      case '/deep':
        return void response.writeHead(200, { 'content-type': 'application/json' }).end('['.repeat(2 * MIB));
      default:
        return; // It takes the request, and says nothing.
    }
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const TIMEOUT_MS = 5_000;

/** The most memory that the program had, in bytes. */
async function measured(args: readonly string[]) {
  let peak = 0;
  let timer: NodeJS.Timeout | undefined;
  const run = await runCli([...args, `--timeout=${TIMEOUT_MS}ms`], {
    onStart: ({ pid }) => {
      timer = setInterval(() => {
        try {
          const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
          peak = Math.max(peak, Number(kib ?? 0) * 1024);
        } catch {
          // It has ended.
        }
      }, 20);
    },
  });
  clearInterval(timer);
  return { run, peak };
}

it.each(['/bomb', '/twice', '/chain', '/endless', '/sse', '/deep', '/silent'])(
  '%s is over in time, and small',
  async (path) => {
    const flags = [
      '--build-id=build-1',
      '--where=contains',
      '--within=4s',
      '--max-polls=1',
      '--confirmations=1',
    ];
    const args =
      path === '/sse'
        ? ['smoke', `--mcp=${server.url}${path}`, '--tools=x', '--within=4s']
        : ['verify-live', `--url=${server.url}${path}`, ...flags];
    const { run, peak } = await measured(args);
    expect([run.stdout, [1, 3].includes(run.code ?? -1)]).toEqual([run.stdout, true]);
    expect(run.timedOut).toBe(false);
    expect(peak).toBeGreaterThan(20 * MIB);
    expect(peak).toBeLessThan(300 * MIB);
    // From when the program began to when it said its end, as it tells itself; a busy machine starts it late.
    expect(run.stdout).toMatch(/ outcome=(failed|inconclusive) /);
  },
);
