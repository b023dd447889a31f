import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./idempotent-api-process.ts', import.meta.url));

export interface RealServer extends AsyncDisposable {
  readonly url: string;
  readonly child: ChildProcess;
}

/** Starts a server that nobody here wrote; it answers when this returns. */
export async function realServer(name: 'json-server' | 'express-idempotency'): Promise<RealServer> {
  const child = spawn(process.execPath, [PROGRAM, name], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [port] = await Promise.race([once(lines, 'line'), ended.then(() => [undefined])]);
  if (!/^\d+$/.test(String(port))) throw new Error(`${name} did not start`);
  return {
    url: `http://127.0.0.1:${port}`,
    child,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
