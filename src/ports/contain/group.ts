import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Held, Method } from './containment.ts';

/**
 * Watches over the group from outside of it: it learns the group's number, sends signals to it and to whatever carries the mark, and
 * when we die (the end of its input) kills both. The mark finds what left the group. /proc is searched again until nothing
 * is found, since what is found may be starting others.
 */
const WATCHER = `
exec 2>/dev/null
group= mark=$1
all() {
  [ "$group" ] && kill -s "$1" -- "-$group"
  for file in $(grep -l -F "$mark" /proc/[0-9]*/environ); do
    pid=\${file#/proc/} pid=\${pid%/environ}
    in_group "$pid" || { kill -s "$1" "$pid" && found=yes; }
  done
}
in_group() {
  read -r stat <"/proc/$1/stat" || return 1
  set -- \${stat##*) }
  [ "$3" = "$group" ]
}
kill_all() {
  tries=0 found=yes
  while [ "$found" ] && [ $tries -lt 50 ]; do
    found= tries=$((tries + 1))
    all KILL
  done
  exit 0
}
while IFS= read -r line; do
  case $line in
    TERM) all TERM; all CONT ;;
    KILL) kill_all ;;
    done) exit 0 ;;
    *) group=$line ;;
  esac
done
kill_all
`;

/** A process group with a watcher; it works everywhere but on Windows. */
export const processGroup: Method = {
  containment: 'process-group',
  start: ({ argv: [file = '', ...args], cwd, env, leavesNothing }) => {
    const mark = `SHIP_PROOF_MARK=${randomBytes(16).toString('hex')}`;
    const watcher = spawn('/bin/sh', ['-c', WATCHER, 'ship-proof', mark], {
      env: {},
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    const gone = once(watcher, 'exit').catch(() => {});
    watcher.stdin.on('error', () => {});
    const child = startChild(
      file,
      args,
      cwd,
      { ...env, SHIP_PROOF_MARK: mark.slice('SHIP_PROOF_MARK='.length) },
      watcher,
    );
    if (child.pid !== undefined) watcher.stdin.write(`${child.pid}\n`);
    let told = false;
    const send: Held['send'] = (signal) => {
      told = true;
      watcher.stdin.write(`${signal}\n`);
      if (signal === 'KILL') signalGroup(child.pid, 'SIGKILL');
    };
    let killed = false;
    return {
      child,
      send: (signal) => {
        killed ||= signal === 'KILL';
        send(signal);
      },
      settle: async () => {
        while (told && !killed && signalGroup(child.pid, 0)) await delay(20);
        watcher.stdin.end(told || leavesNothing ? 'KILL\n' : 'done\n');
        await gone;
      },
    };
  },
};

function startChild(
  file: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  watcher: ChildProcessByStdio<Writable, null, null>,
): ChildProcessByStdio<null, Readable, Readable> {
  try {
    return spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  } catch (error) {
    watcher.stdin.end('done\n');
    throw error;
  }
}

/** Whether there was somebody to signal. */
function signalGroup(pid: number | undefined, signal: 'SIGKILL' | 0): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPERM') return true;
    if (code !== 'ESRCH') throw error;
    return false;
  }
}
