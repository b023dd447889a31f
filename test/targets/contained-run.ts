import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CommandEnd } from '../../src/ports/command.ts';
import type { Containment } from '../../src/ports/contain/containment.ts';

const isRoot = process.getuid?.() === 0;

/** Who runs the command: where we are root, root and somebody who may do nothing; else we ourselves. */
export const USERS = isRoot ? (['root', 'nobody'] as const) : (['ourselves'] as const);
export type User = 'root' | 'nobody' | 'ourselves';

const prefix = (user: User): readonly string[] =>
  user === 'nobody' ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];

/** What this machine lets a user do; for `requireOrSkip`. */
export const permits = {
  namespaces: (user: User): boolean =>
    succeeds(user, ['unshare', '--map-root-user', '--pid', '--fork', 'true']),
  sudo: (): boolean => !isRoot && succeeds('ourselves', ['sudo', '-n', 'true']),
};

/** The complete ways to contain that each user has, if the machine permits them. */
export const COMPLETE: readonly (readonly [User, Containment])[] = USERS.flatMap((user) => [
  ...(user === 'root' || permits.sudo() ? [[user, 'pid-namespace'] as const] : []),
  [user, 'user-namespace'] as const,
  [user, 'subreaper'] as const,
]);

function succeeds(user: User, command: readonly string[]): boolean {
  const [file = '', ...args] = [...prefix(user), ...command];
  return spawnSync(file, args).status === 0;
}

export interface ContainedRun {
  readonly child: ChildProcess;
  /** When the command has said `ready`. */
  readonly ready: Promise<void>;
  /** How the command ended; undefined where that was never said. */
  readonly ended: Promise<CommandEnd | undefined>;
  /** A folder that the command may write to, and runs in. */
  readonly folder: string;
  [Symbol.dispose](): void;
}

export interface ContainedOptions {
  readonly user: User;
  readonly containment: Containment;
  readonly leaves?: 'leaves-nothing' | 'may-leave';
  readonly graceMs?: number;
  readonly script: string;
}

/** Starts `contained.ts`. */
export function startContained(options: ContainedOptions): ContainedRun {
  const folder = mkdtempSync(join(tmpdir(), 'contained-'));
  spawnSync('chmod', ['777', folder]);
  const { user, containment, leaves = 'leaves-nothing', graceMs = 200, script } = options;
  const [file = '', ...args] = [
    ...prefix(user),
    process.execPath,
    '--no-warnings',
    resolve(import.meta.dirname, 'contained.ts'),
    ...[containment, leaves, String(graceMs), script],
  ];
  const child = spawn(file, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  const ready = new Promise<void>((done, failed) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (/^ready$/m.test(text)) done();
    });
    child.once('close', () => failed(new Error(`it was never ready: ${text}`)));
  });
  ready.catch(() => {}); // Some commands are never ready.
  const ended = new Promise<CommandEnd | undefined>((done) => {
    child.once('close', () => {
      const last = text.trim().split('\n').at(-1) ?? '';
      done(last.startsWith('{') ? (JSON.parse(last) as CommandEnd) : undefined);
    });
  });
  return {
    child,
    ready,
    ended,
    folder,
    [Symbol.dispose]: () => {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
