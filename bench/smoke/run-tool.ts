import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tool } from './tools.ts';

export interface Run {
  readonly exitCode: number;
  readonly wallMs: number;
  /** User and system time of the whole process tree. */
  readonly cpuMs: number;
  /** Of the largest process of the tree. */
  readonly peakKiB: number;
  readonly output: string;
}

const GNU_TIME = '/usr/bin/time';

/** Runs a tool to its end. What it writes goes to a file in `folder`, as in a CI job that keeps its log. */
export async function runTool({ args, cwd }: Tool, folder: string): Promise<Run> {
  if (!existsSync(GNU_TIME))
    throw new Error(`CPU time and memory are from ${GNU_TIME} (Debian's package time)`);
  const [log, figures] = [join(folder, 'log'), join(folder, 'figures')];
  const out = openSync(log, 'w');
  const startedAt = performance.now();
  const child = spawn(GNU_TIME, ['-q', '-f', '%U %S %M', '-o', figures, process.execPath, ...args], {
    cwd,
    // stepci would report its use to its makers over the network.
    env: { PATH: process.env.PATH, HOME: folder, STEPCI_DISABLE_ANALYTICS: '1' },
    stdio: ['ignore', out, out],
  });
  const [exitCode] = await once(child, 'exit');
  const wallMs = performance.now() - startedAt;
  closeSync(out);
  const [user = Number.NaN, system = Number.NaN, peakKiB = Number.NaN] = readFileSync(figures, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
  return { exitCode, wallMs, cpuMs: (user + system) * 1000, peakKiB, output: readFileSync(log, 'utf8') };
}
