import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Run, runCli } from '../e2e/run-dist.ts';
import { startServer, type Target } from '../targets/server.ts';

// Whatever a server does, a run is over at its timeout and stays small. Leaks by cookies and redirects, and rebinding, have their
// cells in smoke/hostile, expressions in smoke/sandbox, MCP in smoke/mcp-hostile; here the whole program is measured.

const MIB = 1024 * 1024;
let server: Target;
beforeAll(async () => {
  const zeros = gzipSync(Buffer.alloc(64 * MIB));
  const twice = gzipSync(gzipSync(Buffer.alloc(64 * MIB)));
  const chunk = Buffer.alloc(64 * 1024, 'a');
  const attributes = Array.from({ length: 400_000 }, (_, i) => `a${i}=1`).join(' ');
  server = await startServer((request, response) => {
    const pour = (text: Buffer): void => {
      while (!response.destroyed && response.write(text));
      if (!response.destroyed) response.once('drain', () => pour(text));
    };
    const encoded = (encoding: string) => ({ 'content-type': 'text/html', 'content-encoding': encoding });
    const [path = '', at = '0'] = (request.url ?? '').split('?');
    switch (path) {
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
      case '/name':
      case '/attributes':
        response.writeHead(200, { 'content-type': 'text/html' });
        return void response.end(`<${path === '/name' ? 'a'.repeat(4.9e6) : `p ${attributes}`}>`);
      case '/redos':
        return void response.writeHead(200, { 'content-type': 'text/plain' }).end(`${'a'.repeat(5_000)}!`);
      case '/redirects':
        return void response.writeHead(302, { location: `/redirects?${Number(at) + 1}` }).end();
      case '/escapes': {
        // A cookie is masked in all spellings: one of signs that JSON escapes has very many in a text of such signs.
        const escapes = '\\'.repeat(60);
        response.writeHead(200, { 'content-type': 'text/plain', 'set-cookie': `a=${escapes}x` });
        return void response.end(escapes.repeat(100));
      }
      case '/captures': {
        response.writeHead(200, { 'content-type': 'application/json' });
        const tokens = Array.from({ length: 200_000 }, (_, index) => `token+${index}/"`);
        return void response.end(JSON.stringify({ tokens }));
      }
      case '/plain':
        return void response.writeHead(200, { 'content-type': 'text/plain' }).end('build-1');
      default:
        return; // It takes the request, and says nothing.
    }
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const TIMEOUT_MS = 5_000;

interface Measured {
  readonly run: Run;
  /** The most memory that the program had, in bytes. */
  readonly peak: number;
  /** From start to exit, without the time in which the program could have gone on and other processes had its processor. */
  readonly ownMs: number;
}

async function measured(args: readonly string[]): Promise<Measured> {
  let [peak, waitedMs] = [0, 0];
  let timer: NodeJS.Timeout | undefined;
  const run = await runCli([...args, `--timeout=${TIMEOUT_MS}ms`], {
    onStart: ({ pid }) => {
      timer = setInterval(() => {
        try {
          const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
          peak = Math.max(peak, Number(kib ?? 0) * 1024);
          // Its second field: nanoseconds of waiting for a processor (Linux, sched-stats.rst).
          const [, waitedNs] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
          waitedMs = Math.max(waitedMs, Number(waitedNs) / 1e6);
        } catch {
          // It has ended.
        }
      }, 20);
    },
  });
  clearInterval(timer);
  return { run, peak, ownMs: run.ms - waitedMs };
}

const look = (path: string, where = 'contains'): string[] => [
  'verify-live',
  `--url=${server.url}${path}`,
  '--build-id=build-1',
  `--where=${where}`,
  // Longer than the timeout, which has to end it.
  '--within=25s',
  '--max-polls=1',
  '--confirmations=1',
];
const check =
  (path: string, expect: object, capture = {}) =>
  (): string[] => [
    'smoke',
    `--base-url=${server.url}`,
    `--checks=${JSON.stringify([{ name: 'a', get: path, timeout: '25s', expect, capture }])}`,
    '--within=25s',
  ];

/** What a server does, and what is asked of it. */
const ASKED: Readonly<Record<string, (path: string) => readonly string[]>> = {
  '/bomb': look,
  '/twice': look,
  '/chain': look,
  '/endless': look,
  '/deep': look,
  '/silent': look,
  '/redirects': look,
  '/sse': (path) => ['smoke', `--mcp=${server.url}${path}`, '--tools=x', '--within=25s'],
  // In HTML the id stands in a tag, which has to be understood.
  '/name': (path) => look(path, 'auto'),
  '/attributes': (path) => look(path, 'auto'),
  '/redos': check('/redos', { matches: '^(a+)+$' }),
  '/bomb as JSON': check('/bomb', { json: { $: 1 } }),
};

/** What stops it, where that is a bound: with a larger one, these servers alone would not make the program too large or too late. */
const BOUNDS: Readonly<Record<string, string>> = {
  '/bomb': 'larger than 5242880 bytes',
  '/twice': 'unpacks to more than 100 times its size',
  '/chain': 'has 50 codings, more than 2',
  '/endless': 'larger than 5242880 bytes',
  '/redirects': 'more than 10 redirects',
  '/bomb as JSON': 'larger than 5242880 bytes',
};

// Each waits more than it works; side by side, all take as long as the longest.
describe.concurrent('a run against a hostile server', () => {
  // What starting, concluding and leaving take here and now, when the server is a good one.
  let plain: Promise<Measured> | undefined;
  const atGoodServer = (): Promise<Measured> => {
    plain ??= measured(look('/plain'));
    return plain;
  };

  it('is measured against one at a good server', async () => {
    const { run, ownMs } = await atGoodServer();
    expect([run.stdout, run.code]).toEqual([run.stdout, 0]);
    // A program that takes that long for nothing would measure nothing.
    expect(ownMs).toBeLessThan(TIMEOUT_MS);
  });

  it.each(Object.keys(ASKED))('%s is over in time, and small', async (path) => {
    const { run, peak, ownMs } = await measured(ASKED[path]?.(path) ?? []);
    expect([run.stdout, [1, 3].includes(run.code ?? -1)]).toEqual([run.stdout, true]);
    expect(run.stdout).toMatch(/ outcome=(failed|inconclusive) /);
    expect(run.stdout).toContain(BOUNDS[path] ?? '');
    expect(peak).toBeGreaterThan(20 * MIB);
    expect(peak).toBeLessThan(300 * MIB);
    const { ownMs: plainMs } = await atGoodServer();
    expect([run.stdout, ownMs - plainMs < TIMEOUT_MS + 1_000]).toEqual([run.stdout, true]);
    expect(run.timedOut).toBe(false);
  });

  // What a server sets, and what is captured of its answer, is a secret, and so meets every text that leaves the run.
  it.each([
    ['/escapes', check('/escapes', { contains: 'y' })],
    ['/captures', check('/captures', {}, { tokens: { json: '$.tokens' } })],
  ])('the secrets of %s leave it time to say what is wrong', async (_, args) => {
    const { run, peak } = await measured(args());
    expect([run.stdout, run.code]).toEqual([run.stdout, 1]);
    expect(run.stdout).toMatch(/ outcome=failed /);
    expect(peak).toBeLessThan(300 * MIB);
  });
});
