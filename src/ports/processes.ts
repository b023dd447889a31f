import { readdir, readFile } from 'node:fs/promises';
import type { Exec } from './exec.ts';

/**
 * The living processes that have `word` in one of their arguments, ours left out; of all namespaces below our own. Undefined
 * where the system can't be asked.
 */
export async function processesWith(
  word: string,
  exec: Exec,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly number[] | undefined> {
  if (process.platform === 'linux') return fromProc(word);
  if (process.platform === 'win32') return undefined;
  const { code, stdout } = await exec.run({
    file: 'ps',
    args: ['-axww', '-o', 'pid=,command='],
    env: { PATH: env.PATH ?? '/usr/bin:/bin' },
    timeoutMs: 5_000,
  });
  if (code !== 0) return undefined;
  const rows = stdout.toString().split('\n');
  return rows.filter((row) => row.includes(word)).map((row) => Number.parseInt(row, 10));
}

async function fromProc(word: string): Promise<number[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      try {
        const [command, status] = await Promise.all([
          readFile(`/proc/${name}/cmdline`, 'utf8'),
          readFile(`/proc/${name}/stat`, 'utf8'),
        ]);
        return command.includes(word) && !/^\d+ \(.*\) [ZX]/s.test(status) ? [Number(name)] : [];
      } catch {
        return []; // It ended meanwhile.
      }
    }),
  );
  return found.flat().filter((pid) => pid !== process.pid);
}

/** Kills processes that may be gone already, or another user's. */
export function killProcesses(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}
