import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeBruno, writeNewman, writeOurs, writeStepci } from './inputs.ts';

export type Name =
  | 'ours'
  | 'oursOneByOne'
  | 'newman'
  | 'stepci'
  | 'stepciOneByOne'
  | 'bruno'
  | 'brunoDeveloper';

/** A program of Node with its arguments: as it comes; some once more with one check after the other, or without a sandbox. */
export interface Tool {
  readonly name: Name;
  readonly title: string;
  /** How many checks it makes at once. */
  readonly atOnce: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

const PEERS = resolve(fileURLToPath(import.meta.url), '../../peers');

/** Installed by the bench, beside the checkout's own packages. */
export function installPeers(say: (text: string) => void): void {
  const wanted = Object.entries(versions());
  if (wanted.every(([name, version]) => installed(name) === version)) return;
  say(`installing ${wanted.map(([name, version]) => `${name} ${version}`).join(', ')}`);
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: PEERS,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function versions(): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync(join(PEERS, 'package.json'), 'utf8'));
  return dependencies;
}

function installed(name: string): string | undefined {
  const path = join(PEERS, 'node_modules', name, 'package.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).version : undefined;
}

/** All tools, with their inputs written into `folder`. */
export function makeTools(folder: string, origin: string, program: string): readonly Tool[] {
  writeOurs(folder);
  writeNewman(folder, origin);
  writeStepci(folder, origin);
  const bruno = writeBruno(folder, origin);
  const version = versions();
  const script = (path: string) => join(PEERS, 'node_modules', path);
  const stepci = [script('stepci/dist/index.js'), 'run', 'workflow.yml'];
  const bru = [script('@usebruno/cli/bin/bru.js'), 'run', '-r'];
  const ours = [program, 'smoke', '--base-url', origin, '--checks', 'smoke.yml'];
  return [
    { name: 'ours', title: '**ship-proof** smoke', atOnce: '8', args: ours, cwd: folder },
    {
      name: 'oursOneByOne',
      title: '**ship-proof** smoke `--parallel 1`',
      atOnce: '1',
      args: [...ours, '--parallel', '1'],
      cwd: folder,
    },
    {
      name: 'newman',
      title: `newman ${version.newman}`,
      atOnce: '1',
      args: [script('newman/bin/newman.js'), 'run', 'collection.json'],
      cwd: folder,
    },
    {
      name: 'stepci',
      title: `stepci ${version.stepci}`,
      atOnce: 'all',
      args: stepci,
      cwd: folder,
    },
    {
      name: 'stepciOneByOne',
      title: `stepci ${version.stepci} \`--concurrency 1\``,
      atOnce: '1',
      args: [...stepci, '--concurrency', '1'],
      cwd: folder,
    },
    {
      name: 'bruno',
      title: `Bruno's CLI ${version['@usebruno/cli']}`,
      atOnce: '1',
      args: bru,
      cwd: bruno,
    },
    {
      name: 'brunoDeveloper',
      title: `Bruno's CLI ${version['@usebruno/cli']} \`--sandbox developer\``,
      atOnce: '1',
      args: [...bru, '--sandbox', 'developer'],
      cwd: bruno,
    },
  ];
}
