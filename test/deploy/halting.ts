import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CrashPoint } from '../once/crash.ts';
import { pathOf } from '../targets/requirements.ts';

/** How a process is ended at a point: at once, or as a runner cancels a step (its times a tenth of what they are there). */
export const ENDINGS = ['SIGKILL', 'SIGINT, SIGTERM, SIGKILL'] as const;
export type Ending = (typeof ENDINGS)[number];

/**
 * Halts a process at one of its steps, so that it can be ended right there from outside. A step is a child that it starts
 * (every git, and the platform's command) or a request that it makes.
 */
export interface Halting {
  /** What a process's PATH has to begin with. */
  readonly bin: string;
  /** The command, as a step. */
  readonly command: readonly string[];
  /** Forgets the steps so far; the next process halts at the point, or at none. */
  arm(point?: CrashPoint): void;
  /** From now on nothing halts. What the ended process left behind may still take a step. */
  disarm(): void;
  /** The words of each step since. */
  steps(): string[];
  /** A request that the process makes is a step too. */
  onRequest(): Promise<void>;
  /** Ends the process when it halts; false when it came to its end without. */
  end(child: ChildProcess, ended: Promise<unknown>, ending: Ending): Promise<boolean>;
}

export function makeHalting(folder: string, command: string): Halting {
  const [bin, taken, crash, reached, go] = ['bin', 'steps', 'crash', 'reached', 'go'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string, string];
  mkdirSync(bin, { recursive: true });
  const script = (name: string, real: string) => {
    const path = join(bin, name);
    writeFileSync(path, wrapper(name, real, { taken, crash, reached, go }));
    chmodSync(path, 0o755);
    return path;
  };
  script('git', pathOf('git'));
  const step = script('platform-step', command);
  const clear = () => {
    for (const path of [taken, reached, go]) rmSync(path, { recursive: true, force: true });
    mkdirSync(taken);
  };
  clear();
  return {
    bin,
    command: [step],
    arm: (point) => {
      clear();
      writeFileSync(crash, point ? `${point.step} ${point.phase}\n` : 'never\n');
    },
    disarm: () => writeFileSync(crash, 'never\n'),
    steps: () =>
      readdirSync(taken)
        .sort((one, other) => Number(one) - Number(other))
        .map((n) => readFileSync(join(taken, n, 'words'), 'utf8').trim()),
    async onRequest() {
      if (!existsSync(crash)) return;
      const n = takeNumber(taken);
      writeFileSync(join(taken, String(n), 'words'), 'request');
      const point = readFileSync(crash, 'utf8').trim();
      if (!point.startsWith(`${n} `)) return;
      writeFileSync(reached, '');
      while (!existsSync(go)) await delay(10);
    },
    async end(child, ended, ending) {
      let over = false;
      void ended.finally(() => {
        over = true;
      });
      while (!existsSync(reached)) {
        if (over) return false;
        await delay(10);
      }
      const isKill = ending === 'SIGKILL';
      child.kill(isKill ? 'SIGKILL' : 'SIGINT');
      writeFileSync(go, isKill ? 'die\n' : 'on\n');
      if (isKill) return true;
      for (const [afterMs, signal] of [
        [750, 'SIGTERM'],
        [250, 'SIGKILL'],
      ] as const) {
        await Promise.race([delay(afterMs), ended]);
        if (!over) child.kill(signal);
      }
      return true;
    },
  };
}

/** Only one of two at the same time can make the same folder. */
function takeNumber(taken: string): number {
  for (let n = 1; ; n += 1) {
    try {
      mkdirSync(join(taken, String(n)));
      return n;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

const wrapper = (
  name: string,
  real: string,
  { taken, crash, reached, go }: Readonly<Record<'taken' | 'crash' | 'reached' | 'go', string>>,
): string => `#!/bin/sh
n=1; until mkdir "${taken}/$n" 2>/dev/null; do n=$((n+1)); done
echo "${name} $*" > "${taken}/$n/words"
read -r point < "${crash}"
halt() {
  touch "${reached}"
  until [ -e "${go}" ]; do sleep 0.02; done
  read -r what < "${go}"
  if [ "$what" = die ]; then exit 137; fi
}
if [ "$point" = "$n before" ]; then halt; fi
"${real}" "$@"
code=$?
if [ "$point" = "$n after" ]; then halt; fi
exit $code
`;
