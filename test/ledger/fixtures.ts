import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { type OpenOptions, openLedger } from '../../src/ledger/open.ts';
import { parseStore } from '../../src/ledger/store-url.ts';
import { type Transacted, transact } from '../../src/ledger/transact.ts';
import { type Clock, systemClock } from '../../src/ports/clock.ts';
import { systemExec } from '../../src/ports/exec.ts';
import { CodedError } from '../../src/proof/errors.ts';

/** A folder for one test file, gone afterwards. */
export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'ship-proof-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export const git = (args: readonly string[], options: { cwd?: string; input?: string } = {}): string =>
  execFileSync('git', args, { encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], ...options }).trim();

export function bareRepository(path: string, ...options: readonly string[]): string {
  git(['init', '--quiet', '--bare', ...options, path]);
  return path;
}

export const openAt = async (
  store: string,
  cacheDir: string,
  { namespace = 'default', ...more }: Partial<OpenOptions> & { readonly namespace?: string } = {},
): Promise<Ledger> =>
  openLedger(parseStore(store, namespace, process.cwd()), {
    cacheDir,
    env: process.env,
    clock: systemClock,
    exec: systemExec,
    ...more,
  });

/** One transaction that leaves `n` in the history and as a record. */
export const append = (
  ledger: Ledger,
  n: number,
  deadlineMs = 60_000,
  clock = systemClock,
): Promise<Transacted<number>> =>
  transact(ledger, { clock, actor: 'test', deadlineMs }, () => ({
    entries: [{ kind: 'thing', n }],
    records: { [`things/aa/${n}`]: { n } },
    subject: `append ${n}`,
    verdict: n,
  }));

export async function numbersIn(ledger: Ledger): Promise<unknown[]> {
  const numbers: unknown[] = [];
  for await (const entry of ledger.history()) if (entry.kind === 'thing') numbers.push(entry.n);
  return numbers;
}

/** The coded error that the work must end in. */
export async function errorOf(work: Promise<unknown>): Promise<CodedError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof CodedError) return error;
  throw new Error('the work did not end in a coded error', { cause: error });
}

/** Everything that an error says, with its causes: where a secret must not stand. */
export function wholeText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack}\n${error.message}\n${wholeText(error.cause)}`;
}

/** Time that moves only when somebody sleeps. */
export function fakeClock(startMs: number): Clock & { at: number; readonly slept: number[] } {
  const slept: number[] = [];
  const clock = {
    at: startMs,
    slept,
    now: () => clock.at,
    monotonic: () => clock.at,
    async sleep(ms: number, signal?: AbortSignal) {
      signal?.throwIfAborted();
      slept.push(ms);
      clock.at += ms;
    },
  };
  return clock;
}
