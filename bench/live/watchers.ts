import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import waitOn from 'wait-on';

/**
 * Waits until the build is live, as far as it can tell, and then resolves. `saw` is told of every look that a watcher
 * tells of: true when it was right.
 */
export type Watcher = (url: string, buildId: string, saw: (right: boolean) => void) => Promise<void>;

/** What people write by hand: `until curl -sf "$url" | grep -q "$id"; do sleep 6; done`. */
const loop: Watcher = async (url, buildId) => {
  for (;;) {
    const answer = await fetch(url);
    const body = await answer.text();
    if (answer.status === 200 && body.includes(buildId)) return;
    await sleep(6_000);
  }
};

/** The package with its own defaults, which knows statuses only: HEAD every 250 ms until one is 2xx. */
const statusOnly: Watcher = (url) => waitOn({ resources: [url], proxy: false, timeout: 300_000 });

/** The built program, as a process of its own, with its defaults: its start and its end count. */
function shipProof(program: string, cwd: string): Watcher {
  const running = new Set<ChildProcess>();
  process.once('exit', () => {
    for (const child of running) child.kill();
  });
  return async (url, buildId, saw) => {
    const args = ['verify-live', '--url', url, '--build-id', buildId, '--within', '5m'];
    const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    running.add(child);
    const ended = once(child, 'close');
    for await (const line of createInterface({ input: child.stdout })) {
      const [, served] = /^verify-live poll=.* (?:served|error)=(\S+)/.exec(line) ?? [];
      if (served !== undefined) saw(served === buildId);
    }
    const [code] = await ended;
    running.delete(child);
    if (code !== 0) throw new Error(`verify-live ended with ${code} for ${buildId} at ${url}`);
  };
}

export type WatcherName = 'loop' | 'wait-on' | 'ship-proof';

/** Every watcher; `program` is ours, run in `cwd`, where no config file is. */
export const createWatchers = (program: string, cwd: string): Readonly<Record<WatcherName, Watcher>> => ({
  loop,
  'wait-on': statusOnly,
  'ship-proof': shipProof(program, cwd),
});
