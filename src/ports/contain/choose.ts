import { CONTAINMENTS, type Containment, type Method } from './containment.ts';
import { processGroup } from './group.ts';
import { rootNamespace, sudoNamespace, userNamespace } from './namespace.ts';
import { subreaper } from './subreaper.ts';
import { processTree } from './windows.ts';

export type ChooseMethod = (leavesNothing: boolean) => Promise<Method>;

/**
 * Chooses how commands are contained here: for those that may leave nothing behind the first way that is found to work by running
 * something in it; found once, and remembered.
 *
 * A command that may leave something behind (a server that it starts) is a plain child of ours in a process group: it has to
 * see the host's process numbers, so that what it writes into a pid file is true and what it reads from one can be signalled,
 * and nobody may adopt what it leaves.
 */
export function createChooser(allowed: readonly Containment[] = CONTAINMENTS): ChooseMethod {
  let found: Promise<Method> | undefined;
  return async (leavesNothing) => {
    if (process.platform === 'win32') return processTree;
    if (!leavesNothing) return processGroup;
    found ??= findMethod(allowed);
    return found;
  };
}

async function findMethod(allowed: readonly Containment[]): Promise<Method> {
  const isRoot = process.getuid?.() === 0;
  const ways =
    process.platform === 'linux' ? [isRoot ? rootNamespace : sudoNamespace, userNamespace, subreaper] : [];
  for (const make of ways) {
    const method = make();
    if (method && allowed.includes(method.containment) && (await works(method))) return method;
  }
  return processGroup;
}

/** Whether a command comes through it: with its environment, its output and its exit code. */
async function works(method: Method): Promise<boolean> {
  try {
    const held = method.start({
      argv: ['/bin/sh', '-c', 'echo "$PROBE"; exit 7'],
      cwd: '/',
      env: { PROBE: 'it works' },
      leavesNothing: true,
    });
    const timer = setTimeout(() => held.child.kill('SIGKILL'), 5_000);
    const output = held.child.stdout.setEncoding('utf8').toArray();
    held.child.stderr.resume();
    const code = await new Promise<number | null>((done, failed) => {
      held.child.once('exit', done);
      held.child.once('error', failed);
    });
    clearTimeout(timer);
    await held.settle();
    return code === 7 && (await output).join('') === 'it works\n';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return false; // The system does not permit it.
  }
}
