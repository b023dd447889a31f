import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { createLines } from './lines.ts';
import { McpTrouble } from './trouble.ts';

export interface StdioServer {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole environment of the server; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Of all that it writes. */
  readonly maxBytes: number;
}

/** What became of a server's process, for whoever has to explain it. */
export interface StdioLife {
  /** Why it could not be started: ENOENT, EACCES. */
  readonly notStarted?: string;
  /** Its exit code, 128+n for one that a signal ended; undefined while it runs. */
  readonly code?: number;
  /** Messages that it sent. */
  readonly answers: number;
  /** Lines on its stdout that were no messages. */
  readonly noise: number;
  /** The last that it wrote to stderr. */
  readonly lastWords: string;
}

/** A transport whose process ends with it: `close` leaves nothing of its group behind. */
export type StdioTransport = Transport & { readonly life: StdioLife };

/** After its stdin was closed, and again after the polite signal: both are over before a hard limit ends us. */
const GRACE_MS = 250;
const LAST_WORDS = 16_384;
const MAX_NOISE = 1_000;

export interface StdioHooks {
  /** Makes a message of JSON, and throws at anything else. */
  readonly parse: (line: string) => JSONRPCMessage;
  /** Hears of a bound that held; the process is being ended then. */
  readonly onTrouble: (trouble: McpTrouble) => void;
}

/**
 * Speaks MCP with a program over its stdin and stdout, a message a line. The library's own transport passes on more of
 * our environment than is allowed and leaves the program's children running.
 */
export function createStdioTransport(server: StdioServer, hooks: StdioHooks): StdioTransport {
  const life: { -readonly [Key in keyof StdioLife]: StdioLife[Key] } = {
    answers: 0,
    noise: 0,
    lastWords: '',
  };
  const lines = createLines(server.maxBytes);
  let child: ReturnType<typeof start> | undefined;
  let exited: Promise<void> = Promise.resolve();

  const onLine = (line: string) => {
    const message = messageIn(line, hooks.parse);
    if (message) {
      life.answers += 1;
      transport.onmessage?.(message);
      return;
    }
    life.noise += 1;
    if (life.noise > MAX_NOISE) throw new McpTrouble('corrupt', 'its stdout is no stream of messages');
  };
  const onChunk = (chunk: Buffer) => {
    try {
      for (const line of lines.push(chunk)) onLine(line);
    } catch (error) {
      if (!(error instanceof McpTrouble)) throw error;
      hooks.onTrouble(error);
      child?.stdout.destroy();
    }
  };

  const transport: StdioTransport = {
    life,
    // The client takes a transport with these two for one of a child process: silence then means an older server.
    ...{ pid: null, stderr: null },
    start: async () => {
      const started = start(server);
      child = started;
      exited = new Promise((resolve) => started.once('close', () => resolve()));
      started.stdout.on('data', onChunk);
      started.stderr.on('data', (chunk: Buffer) => {
        life.lastWords = lastLines(`${life.lastWords}${chunk.toString('utf8')}`);
      });
      // A broken pipe: that it ended says more.
      for (const pipe of [started.stdin, started.stdout, started.stderr]) pipe.on('error', () => {});
      started.once('exit', (code, signal) => {
        life.code = code ?? 128 + (signal ? constants.signals[signal] : 0);
      });
      started.once('close', () => transport.onclose?.());
      await new Promise<void>((resolve, reject) => {
        started.once('spawn', resolve);
        started.once('error', (error: NodeJS.ErrnoException) => {
          life.notStarted = error.code ?? error.message;
          reject(error);
        });
      });
    },
    send: async (message) => {
      if (child && life.code === undefined) child.stdin.write(`${JSON.stringify(message)}\n`);
    },
    close: async () => {
      if (!child || child.pid === undefined) return;
      child.stdin.end();
      if (life.code === undefined) await Promise.race([exited, delay(GRACE_MS, undefined, { ref: false })]);
      signalGroup(child.pid, 'SIGTERM');
      if (life.code === undefined) await Promise.race([exited, delay(GRACE_MS, undefined, { ref: false })]);
      signalGroup(child.pid, 'SIGKILL');
      // A process that left the group may hold the pipes open for ever.
      for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy();
    },
  };
  return transport;
}

/** The end of a text, beginning with a whole line: the second half of a secret is one that nobody knows. */
function lastLines(text: string): string {
  if (text.length <= LAST_WORDS) return text;
  const cut = text.slice(-LAST_WORDS);
  const start = cut.indexOf('\n') + 1;
  return start === 0 ? '' : cut.slice(start);
}

/** Some servers greet on stdout: what is no message is passed over, within bounds. */
function messageIn(line: string, parse: StdioHooks['parse']): JSONRPCMessage | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return parse(line);
  } catch {
    return undefined; // Whatever it is, it is no message; how many there were is reported.
  }
}

function start({ argv: [file = '', ...args], cwd, env }: StdioServer) {
  return spawn(file, args, {
    cwd,
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    shell: false,
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
}

function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch (error) {
    // Already gone: that is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
