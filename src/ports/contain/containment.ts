import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

/**
 * What keeps the processes of a command together, so that a stop reaches all of them. In the order in which they are tried:
 *
 * - `pid-namespace`: process numbers of its own, made by root or by `sudo -n`. Nothing leaves it, nothing outlives it.
 * - `user-namespace`: the same without root. The command keeps its user id, but cannot become another user (sudo), and
 *   sees the files of others as those of nobody.
 * - `subreaper`: orphans come to a supervisor of ours, which follows the tree of processes. The command sees the host's
 *   process numbers. It leaves what became another user's.
 * - `process-group`: a group, and a mark in the environment. It leaves what both left the group and cleared its environment;
 *   without /proc (macOS) whatever left the group. On Windows it is the tree of parents.
 */
export const CONTAINMENTS = ['pid-namespace', 'user-namespace', 'subreaper', 'process-group'] as const;
export type Containment = (typeof CONTAINMENTS)[number];

/** How a command is to be started. */
export interface Start {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Nothing of it may go on after it ended, not even what it put into the background. */
  readonly leavesNothing: boolean;
}

/** The child whose end is the command's. */
export type Running = Pick<ChildProcess, 'once' | 'kill'> & {
  readonly stdout: Readable;
  readonly stderr: Readable;
};

/** A command under way. When we die, however we die, everything of it is killed. */
export interface Held {
  /** Its output. Its `exit` is the end of the command itself. */
  readonly child: Running;
  /** To all processes of the command, also to those that are stopped. After a TERM the others have time to end, too. */
  send(signal: 'TERM' | 'KILL'): void;
  /**
   * After the command itself has ended: resolves when nothing is left that may not be. After a TERM what is left of it has
   * until the KILL.
   */
  settle(): Promise<void>;
}

/** One way to contain, found to work on this machine. */
export interface Method {
  readonly containment: Containment;
  /** Throws or emits what `spawn` throws and emits. */
  start(start: Start): Held;
}
