import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../ports/clock.ts';
import type { Patience } from './ledger.ts';

/**
 * A courtesy among this machine's writers: whoever waits its turn here does not lose a race at the store. Correctness
 * never depends on it, so every doubt (a dead holder, a folder that cannot be written, five seconds of waiting) is
 * answered by going ahead.
 */
const WAIT_AT_MOST_MS = 5_000;
/** Soon for a short queue, seldom in a long one: looking costs the holder time on the same processors. */
const LOOK_AGAIN_MS = { step: 5, most: 40 };

export interface HostLock extends AsyncDisposable {
  /** False when we went ahead without it. */
  readonly held: boolean;
}

/** Waits for the lock, at most five seconds. */
export async function takeTurn(path: string, clock: Clock, patience: Patience = {}): Promise<HostLock> {
  const until = Math.min(clock.monotonic() + WAIT_AT_MOST_MS, patience.deadline ?? Number.POSITIVE_INFINITY);
  for (let waits = 0; ; waits += 1) {
    const lock = await tryLock(path);
    if (lock.held || lock.unusable || clock.monotonic() >= until) return lock;
    await clock.sleep(Math.min(LOOK_AGAIN_MS.most, LOOK_AGAIN_MS.step * (waits + 1)), patience.signal);
  }
}

/** One try, without waiting. A holder that is dead is put aside. */
export async function tryLock(path: string): Promise<HostLock & { readonly unusable: boolean }> {
  const none = { held: false, unusable: false, [Symbol.asyncDispose]: async () => {} };
  const holder = await readFile(path, 'utf8').catch(() => undefined);
  if (holder !== undefined && (await isLiving(holder))) return none;
  if (holder !== undefined) await putAside(path, holder);
  const made = await create(path);
  if (made !== 'made') return { ...none, unusable: made === 'unusable' };
  return { held: true, unusable: false, [Symbol.asyncDispose]: () => release(path) };
}

/** The file appears with its content: whoever dies while making it leaves no lock without a name in it. */
async function create(path: string): Promise<'made' | 'exists' | 'unusable'> {
  const draft = `${path}.${process.pid}-${randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    return unusable(error);
  }
  try {
    const holder = `${process.pid} ${(await startOf(process.pid)) ?? ''}\n`;
    await writeFile(draft, holder, { flag: 'wx', mode: 0o600 });
    await link(draft, path);
    return 'made';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'exists' : unusable(error);
  } finally {
    await rm(draft, { force: true });
  }
}

/** A full disk, a read-only folder, a file in the way: whatever the system says of the place. */
function unusable(error: unknown): 'unusable' {
  if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  return 'unusable';
}

/** Whoever took over meanwhile keeps their lock: only a file that names this process is removed. */
async function release(path: string): Promise<void> {
  const holder = await readFile(path, 'utf8').catch(() => '');
  if (Number.parseInt(holder, 10) === process.pid) await rm(path, { force: true });
}

/** Takes the dead holder's file away, and nobody else's. */
async function putAside(path: string, holder: string): Promise<void> {
  const aside = `${path}.dead-${process.pid}-${randomUUID()}`;
  try {
    await rename(path, aside);
    // Another one may have put it aside first, and this is a living one's new file: back with it.
    if ((await readFile(aside, 'utf8')) !== holder) await link(aside, path);
  } catch (error) {
    // Somebody was faster, in whichever way: the next try sees what is there now.
    unusable(error);
  } finally {
    await rm(aside, { force: true });
  }
}

async function isLiving(holder: string): Promise<boolean> {
  const [pidText = '', start = ''] = holder.trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isSafeInteger(pid) || pid <= 0 || !isAlive(pid)) return false;
  // A number may belong to somebody else by now; the start time tells where the system gives one.
  const now = await startOf(pid);
  return now === undefined || start === '' || now === start;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/<pid>/stat, counted after the command's closing parenthesis; undefined elsewhere than on Linux. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
