import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program whose start is measured: up to its first line, which has to look like `line`, or else to its end. */
export interface Program {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly line?: RegExp;
}

/** Ms from the start of a program's process to its first line on stdout, or to its end where no line is expected. */
export async function launch({ args, env, cwd, line }: Program): Promise<number> {
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
  let first: string | undefined;
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    text += chunk;
    // What is said to the runner alone, such as what to mask, is no line of the log.
    first = text
      .split('\n')
      .slice(0, -1)
      .find((said) => !said.startsWith('::'));
    if (first !== undefined) break;
  }
  const saidAt = performance.now();
  child.kill('SIGKILL');
  await ended;
  if (first === undefined || !line.test(first))
    throw new Error(`expected ${line} from node ${args.join(' ')}, not: ${first}`);
  return saidAt - startedAt;
}
