import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Program } from './programs.ts';

/** Ms from the start of a program's process to its first line on stdout, or to its end where no line is expected. */
export async function launch({ args, env, line }: Program, cwd: string): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  if (!line) {
    await once(child, 'exit');
    const endedAt = performance.now();
    await ended;
    return endedAt - startedAt;
  }
  let text = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    text += chunk;
    if (text.includes('\n')) break;
  }
  const saidAt = performance.now();
  child.kill('SIGKILL');
  await ended;
  const [first = ''] = text.split('\n');
  if (!line.test(first)) throw new Error(`expected ${line} from node ${args.join(' ')}, not: ${first}`);
  return saidAt - startedAt;
}
