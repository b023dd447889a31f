import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { chromeFlags, saysNoSandbox } from './flags.ts';
import { type ChromeClient, ChromeError, createChromeClient } from './pipe.ts';

/** A browser of our own. Disposal ends it with all its processes and removes its profile. */
export interface Chrome extends AsyncDisposable {
  readonly client: ChromeClient;
  /** Such as `Chrome/140.0.7339.80`. */
  readonly product: string;
  readonly sandboxed: boolean;
}

export interface ChromeOptions {
  readonly path: string;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the start; the browser itself ends by disposal. */
  readonly signal: AbortSignal;
}

const START_MS = 20_000;
const LAST_WORDS = 4_096;

/**
 * Starts a headless browser with a fresh profile. Its own sandbox is kept wherever the system allows one: root may have
 * none, and containers often forbid the namespaces it is made of. Throws `ChromeError` with what the browser said last.
 */
export async function startChrome(options: ChromeOptions): Promise<Chrome> {
  const root = process.platform === 'linux' && process.getuid?.() === 0;
  try {
    return await startOnce(options, !root);
  } catch (error) {
    if (root || !(error instanceof ChromeError) || !saysNoSandbox(error.message)) throw error;
    return startOnce(options, false);
  }
}

async function startOnce({ path, env, signal }: ChromeOptions, sandbox: boolean): Promise<Chrome> {
  signal.throwIfAborted();
  const profile = await mkdtemp(join(tmpdir(), 'ship-proof-chrome-'));
  // Chrome writes some things beside the profile: all of it belongs into the folder that is removed.
  const home =
    process.platform === 'linux'
      ? { HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile, TMPDIR: profile }
      : {};
  const child = spawn(path, chromeFlags(profile, sandbox), {
    env: { ...env, ...home },
    cwd: profile,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words = `${words}${chunk.toString('utf8')}`.slice(-LAST_WORDS);
  });
  const [, , stderr, input, output] = child.stdio;
  stderr?.on('error', () => {});
  const client = createChromeClient(input as Writable, output as Readable);
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, by) => resolve(`it ended with ${by ?? `code ${code}`}`));
    child.once('error', (error: NodeJS.ErrnoException) => resolve(`it could not be started (${error.code})`));
  });
  // If the process ends by another way, its children do: a browser without its pipe ends too, but slower.
  const atExit = () => killGroup(child);
  process.once('exit', atExit);
  const close = async () => {
    process.off('exit', atExit);
    await killAll(child, exited);
    for (const pipe of child.stdio) pipe?.destroy();
    // Its processes are gone, but files may take a moment to be let go of.
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
  try {
    const asked = client.send('Browser.getVersion', {});
    asked.catch(() => {}); // Whoever ends it is told below.
    const late = delay(START_MS, `it said nothing in ${START_MS} ms`, { ref: false });
    using abort = abortOf(signal);
    const first = await Promise.race([asked, exited, late, abort.promise]);
    if (typeof first === 'string') throw new ChromeError(`${first}: ${words.trim()}`, true);
    return { client, product: first.product, sandboxed: sandbox, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    if (!(error instanceof ChromeError) || words === '' || error.message.includes(words.trim())) throw error;
    throw new ChromeError(`${error.message}: ${words.trim()}`, true);
  }
}

/** Rejects when the signal aborts, as long as it is in use. */
function abortOf(signal: AbortSignal): Disposable & { readonly promise: Promise<never> } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {}); // It is raced; nobody may be waiting when it comes.
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  return { promise, [Symbol.dispose]: () => signal.removeEventListener('abort', abort) };
}

/** There is nothing in it that would have to be saved: no polite signal first. */
async function killAll(child: ChildProcess, exited: Promise<string>): Promise<void> {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    // Windows has no groups: the tree is walked from its root, while that is still there.
    await new Promise<void>((resolve) =>
      execFile('taskkill', ['/pid', String(child.pid), '/t', '/f'], () => resolve()),
    );
  }
  killGroup(child);
  await Promise.race([exited, delay(5_000, undefined, { ref: false })]);
  // What was being started in the group at that very moment.
  killGroup(child);
  // A killed process takes a moment to leave. Bounded, for a system on which nobody collects orphans.
  for (let waits = 0; waits < 80 && killGroup(child); waits += 1) await delay(25);
}

/** Kills the group; false when there was nothing left to kill. */
function killGroup({ pid }: ChildProcess): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch (error) {
    // Already gone: that is what was wanted. macOS says EPERM of a group of zombies.
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return false;
  }
}
