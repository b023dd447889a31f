import { lstat, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Ledger } from '../../ledger/ledger.ts';
import { environmentGuard, type Guard, stopping } from '../../runner/guard.ts';
import { readFlag } from '../../runner/tick-start.ts';
import { type OpenTick, readRunner } from '../../runner/tick-state.ts';
import type { Ports } from '../mode.ts';
import type { TickInput } from './inputs.ts';

/** A file system that does not answer by then can't be read. */
const FILE_LIMIT_MS = 5_000;
/** Likewise a store. */
const STORE_LIMIT_MS = 10_000;
/** How long a look that nobody needs any more is waited for. */
const ABANDON_MS = 1_000;
/** How long after a look that failed the next one is made: the second one that fails counts. */
const AGAIN_MS = 1_000;
/** A machine that slept wakes up with ticks whose lease is over: another one may run by now, and nothing is reserved for this one. */
export const TAKEN_FOR_DEAD = 'its lease was over, and it was taken for dead';
/** How often kill flags are read while a tick runs. */
export const GUARD_EVERY_MS = 5_000;

/** The kill flags of this host: in the environment, and as a file. */
export async function readHostGuards(
  given: Pick<TickInput, 'kill-file'>,
  ports: Pick<Ports, 'env' | 'cwd' | 'clock'>,
): Promise<Guard[]> {
  const environment = environmentGuard(ports.env.SHIP_PROOF_KILL);
  const path = given['kill-file'];
  return path === undefined
    ? [environment]
    : [environment, await readKillFile(resolve(ports.cwd, path), ports)];
}

async function readKillFile(path: string, { clock }: Pick<Ports, 'clock'>): Promise<Guard> {
  const late = new AbortController();
  try {
    return await Promise.race([
      lookAtFile(path),
      clock
        .sleep(FILE_LIMIT_MS, late.signal)
        .then(() => unreadable(path, `no answer within ${FILE_LIMIT_MS / 1_000} s`)),
    ]);
  } finally {
    late.abort();
  }
}

/** Whatever stands there sets the flag, a link to nowhere too. Nothing there is `off` only where something could stand. */
async function lookAtFile(path: string): Promise<Guard> {
  const name = 'kill-file';
  const there = await lstat(path).then(() => 'ok', codeOf);
  if (there === 'ok') return { name, state: 'set', observed: `${path} is there` };
  if (there !== 'ENOENT') return unreadable(path, there);
  const folder = await stat(dirname(path)).then((found) => (found.isDirectory() ? 'ok' : 'ENOTDIR'), codeOf);
  if (folder !== 'ok') return unreadable(path, `its folder: ${folder}`);
  return { name, state: 'off', observed: `nothing at ${path}` };
}

const codeOf = (error: NodeJS.ErrnoException): string => error.code ?? error.message;

const unreadable = (path: string, why: string): Guard => ({
  name: 'kill-file',
  state: 'unreadable',
  observed: `${path} can't be looked at: ${why}`,
});

export interface Watched {
  readonly ledger: Ledger;
  /** The ledger that the tick was started in. */
  readonly ledgerId: string | null;
  /** The tick itself. */
  readonly open: Pick<OpenTick, 'runner' | 'fence'>;
  readonly everyMs: number;
  /** Nothing else uses the ledger while this runs. */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Reads all kill flags again and again until one stops the tick, and returns that one. Never throws: whatever keeps it
 * from reading is a flag that can't be read. Ends with undefined when `signal` aborts.
 */
export async function watchGuards(
  given: Pick<TickInput, 'kill-file'>,
  ports: Ports,
  watched: Watched,
  signal: AbortSignal,
): Promise<Guard | undefined> {
  for (let failures = 0; ; ) {
    const waited = await ports.clock.sleep(failures > 0 ? AGAIN_MS : watched.everyMs, signal).then(
      () => true,
      () => false,
    );
    if (!waited) return undefined;
    const host = stopping(await readHostGuards(given, ports));
    if (host) return host;
    const flag = await watched.alone(() => lookAtFlag(ports, watched, signal));
    if (signal.aborted) return undefined;
    failures = flag.state === 'unreadable' ? failures + 1 : 0;
    // A network has its moments; what is there and is wrong stays wrong.
    if (flag.state === 'set' || failures > 1) return flag;
  }
}

async function lookAtFlag(
  { clock }: Ports,
  { ledger, ledgerId, open }: Watched,
  signal: AbortSignal,
): Promise<Guard> {
  const cannot = (why: string): Guard => ({ name: 'kill-flag', state: 'unreadable', observed: why });
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const look = async () => {
    const snapshot = await ledger.read({ deadline: clock.monotonic() + STORE_LIMIT_MS, signal: either });
    if (snapshot.ledgerId !== ledgerId)
      return cannot(`the ledger that the tick was started in is gone from ${ledger.store}`);
    const flag = await readFlag(snapshot);
    if (flag.state !== 'off') return flag;
    const runner = await readRunner(snapshot, open.runner);
    return runner.open?.fence === open.fence ? flag : cannot(TAKEN_FOR_DEAD);
  };
  const limit = clock
    .sleep(STORE_LIMIT_MS, either)
    .then(() => cannot(`${ledger.store} did not answer within ${STORE_LIMIT_MS / 1_000} s`));
  // Whatever goes wrong in there: the flag was not read.
  const looking = look().catch((error) => cannot(error instanceof Error ? error.message : String(error)));
  try {
    return await Promise.race([looking, limit]);
  } catch {
    return cannot('stopped while it was read'); // Only the limit is left to be ended.
  } finally {
    over.abort();
    // Whoever uses the ledger next finds it idle; a store that hangs is not waited for any longer.
    await Promise.race([looking, clock.sleep(ABANDON_MS)]);
  }
}
