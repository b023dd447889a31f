import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathOf } from '../targets/requirements.ts';

/** A moment at which the process is killed: before or after its nth step. */
export interface CrashPoint {
  readonly step: number;
  readonly phase: 'before' | 'after';
}

/**
 * Counts the steps of a process from outside of it, and kills it at one of them. A step is a child that it starts: every
 * git, and the command with the effect. `git` on the process's PATH is a script of ours that runs the real one.
 */
export interface StepCounter {
  /** What a process's PATH has to begin with. */
  readonly bin: string;
  /** The command whose effect is a line in `effects`. */
  readonly effect: string;
  /** Forgets the steps so far; the next process is killed at `point`, or at none. */
  arm(point?: CrashPoint): void;
  /** The words of each step since. */
  steps(): string[];
}

export function countSteps(folder: string, effects: string): StepCounter {
  const [bin, taken, crash] = ['bin', 'steps', 'crash'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(bin, { recursive: true });
  // Numbers are taken by making a folder, which only one of two children at the same time can.
  const step = (name: string, real: string) => `#!/bin/sh
n=1; until mkdir "${taken}/$n" 2>/dev/null; do n=$((n+1)); done
echo "${name} $*" > "${taken}/$n/words"
read -r point < "${crash}"
if [ "$point" = "$n before" ]; then kill -KILL $PPID; exit 137; fi
${real}
code=$?
if [ "$point" = "$n after" ]; then kill -KILL $PPID; fi
exit $code
`;
  const script = (name: string, real: string) => {
    const path = join(bin, name);
    writeFileSync(path, step(name, real));
    chmodSync(path, 0o755);
    return path;
  };
  script('git', `"${pathOf('git')}" "$@"`);
  return {
    bin,
    effect: script('effect', `echo "did it" >> "${effects}"`),
    arm(point) {
      rmSync(taken, { recursive: true, force: true });
      mkdirSync(taken);
      writeFileSync(crash, point ? `${point.step} ${point.phase}\n` : 'never\n');
    },
    steps: () =>
      readdirSync(taken)
        .sort((one, other) => Number(one) - Number(other))
        .map((n) => readFileSync(join(taken, n, 'words'), 'utf8').trim()),
  };
}

/** Before and after each step. */
export const pointsOf = (steps: number): CrashPoint[] =>
  Array.from({ length: steps }, (_, index) => index + 1).flatMap((step) => [
    { step, phase: 'before' as const },
    { step, phase: 'after' as const },
  ]);

/** Every nth of a list, so that it is spread over the whole of it; the same in every run. */
export const sample = <T>(list: readonly T[], count: number): T[] =>
  list.filter(
    (_, index) =>
      Math.floor((index * count) / list.length) !== Math.floor(((index - 1) * count) / list.length),
  );

/** Runs all the work, two at a time. */
export async function inPairs<T>(list: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = list.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all([worker(), worker()]);
}
