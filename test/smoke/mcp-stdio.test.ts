import { describe, expect, it } from 'vitest';
import { check, told } from './mcp-checking.ts';

/** A legacy server on stdio in a line of JavaScript, with code of its own before it answers. */
const server = (before = '') => [
  process.execPath,
  '-e',
  `${before};
  const lines = require('node:readline').createInterface({ input: process.stdin });
  const tools = [{ name: 'pid', inputSchema: { type: 'object' } }, { name: 'env', inputSchema: { type: 'object' } }];
  lines.on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    if (id === undefined) return;
    const answers = {
      initialize: { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'tiny', version: '1' } },
      'tools/list': { tools },
      'tools/call': { content: [{ type: 'text', text: params?.name === 'env' ? Object.keys(process.env).sort().join() : String(process.pid) }] },
    };
    const result = answers[method];
    if (method === 'server/discover' && globalThis.onDiscover) return onDiscover();
    console.log(JSON.stringify({ jsonrpc: '2.0', id, ...(result ? { result } : { error: { code: -32601, message: 'no' } }) }));
  });`,
];

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a server on stdio', () => {
  it('passes, also when it ends itself at the question for the modern era, or never answers it', async () => {
    for (const before of ['', 'onDiscover = () => process.exit(1)', 'onDiscover = () => {}']) {
      const tried = await check({
        command: server(before),
        tools: ['pid', 'env'],
        exact: true,
        timeoutMs: 2_000,
      });
      expect(tried, before).toMatchObject({
        status: 'pass',
        observed: { protocol: '2025-06-18 (legacy)', server: 'tiny 1' },
      });
    }
  });

  it('sees no variable but those that it is given', async () => {
    process.env.SHIP_PROOF_TEST_SECRET = 'sesame-sesame';
    const seen: string[] = [];
    const script = server('process.stderr.write(Object.keys(process.env).sort().join()); process.exit(7)');
    const tried = await check({ command: script }, { childEnv: { PATH: process.env.PATH ?? '', ONLY: '1' } });
    delete process.env.SHIP_PROOF_TEST_SECRET;
    seen.push(tried.findings[0]?.detail ?? '');
    expect(seen).toEqual(['the last it wrote to stderr: ONLY,PATH']);
  });

  it('is gone with everything that it started, also when it wants to stay', async () => {
    const stubborn = `
      process.on('SIGTERM', () => {});
      const child = require('node:child_process').spawn('sleep', ['100'], { stdio: 'inherit' });
      process.stderr.write('pids ' + child.pid + ' ' + process.pid);
      setInterval(() => {}, 1000);`;
    const tried = await check({ command: [process.execPath, '-e', stubborn], timeoutMs: 3_000 });
    const pids = [...(tried.findings[0]?.detail ?? '').matchAll(/\d+/g)].map(Number);
    expect(pids).toHaveLength(2);
    await expect.poll(() => pids.filter(isAlive), { timeout: 20_000 }).toEqual([]);
  });

  it('may write a little that is no message', async () => {
    const tried = await check({ command: server("console.log('starting …'); console.log('[1]')") });
    expect(tried).toMatchObject({ status: 'pass', observed: { noise: 2 } });
  });

  it('that can’t be started, dies or is silent is told apart', async () => {
    const missing = await check({ command: ['no-such-program-here'] });
    expect(told(missing)).toEqual(['untestable connect: not started: ENOENT']);
    const dead = await check({ command: ['sh', '-c', 'echo the database is gone >&2; exit 3'] });
    expect(dead.findings).toMatchObject([
      {
        observed: 'it ended with code 3 before it answered',
        detail: 'the last it wrote to stderr: the database is gone',
      },
    ]);
    const silent = await check({ command: ['sleep', '100'], timeoutMs: 300 });
    expect(told(silent)).toEqual(['untestable connect: no answer in time']);
  });

  it('that writes without end, or too deep, is ended', async () => {
    const endless = await check({ command: ['sh', '-c', 'yes'], timeoutMs: 20_000 });
    expect(told(endless)).toEqual(['fail connect: its stdout is no stream of messages']);
    const long = await check({ command: ['sh', '-c', 'yes | tr -d "\\n"'], timeoutMs: 20_000 });
    expect(told(long)).toEqual(['fail connect: it wrote more than 8388608 bytes']);
    const deep = await check({
      command: [process.execPath, '-e', "console.log('['.repeat(1e5)); setTimeout(() => {}, 1e5)"],
      timeoutMs: 20_000,
    });
    expect(told(deep)).toEqual(['fail connect: its JSON is nested too deep']);
  });
});
