/**
 * One process that claims fresh keys, as the program itself would: small, and alone with its store. Arguments: the
 * kind (`ledger` or `lines`), the store or file, cache folder, namespace, first key. Each message (how many claims at
 * least, for how many ms, with how many clients) is answered with the time and the number of the claims.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import type { EntryBody } from '../../src/ledger/entry.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { parseStore } from '../../src/ledger/store-url.ts';
import { transact } from '../../src/ledger/transact.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { systemExec } from '../../src/ports/exec.ts';
import { claimChange, claimPath } from './history.ts';

export interface Order {
  readonly ms: number;
  readonly clients: number;
  /** Opens anew, as a fresh process would. */
  readonly cacheDir?: string;
}

export interface Done {
  readonly ms: number;
  readonly claims: number;
}

const [kind, place = '', cacheFolder = '', namespace = 'default', first = '0'] = process.argv.slice(2);
let key = Number(first);

const open = (cacheDir: string): Promise<Ledger> =>
  openLedger(parseStore(place, namespace, process.cwd()), {
    cacheDir,
    env: process.env,
    clock: systemClock,
    exec: systemExec,
  });

/** One claim, as the claims do it: look, decide, commit. */
async function claimOn(ledger: Ledger): Promise<void> {
  key += 1;
  const n = key;
  const path = claimPath(n);
  const done = await transact(
    ledger,
    { clock: systemClock, actor: 'github:octocat', likely: [path] },
    async (snapshot, { now, seq }) => {
      if ((await snapshot.get(path)) !== undefined) return { entries: [], verdict: false };
      const { records, subject } = claimChange(n, now, false);
      const body: EntryBody = {
        kind: 'claim',
        key: path,
        fence: seq,
        leaseMs: 1_200_000,
        windowMs: 2_592_000_000,
      };
      return { entries: [body], records, subject, verdict: true };
    },
  );
  if (!done.verdict) throw new Error('a fresh key was taken');
}

/** The habit that a ledger replaces: read the whole file, look at every line, append one. Nothing keeps two apart. */
async function claimInFile(): Promise<void> {
  key += 1;
  const wanted = claimPath(key);
  const isTaken = (line: string) => line !== '' && JSON.parse(line).key === wanted;
  if (readFileSync(place, 'utf8').split('\n').some(isTaken)) throw new Error('a fresh key was taken');
  appendFileSync(place, `${JSON.stringify(claimChange(key, Date.now(), false).entries[0])}\n`);
}

const kept: Ledger[] = [];
async function work({ ms, clients, cacheDir }: Order): Promise<Done> {
  if (cacheDir === undefined && kind === 'ledger')
    while (kept.length < clients) kept.push(await open(cacheFolder));
  const started = performance.now();
  let claims = 0;
  if (cacheDir !== undefined) {
    await using ledger = await open(cacheDir);
    await claimOn(ledger);
    return { ms: performance.now() - started, claims: 1 };
  }
  const client = async (n: number) => {
    const ledger = kept[n];
    do {
      await (ledger === undefined ? claimInFile() : claimOn(ledger));
      claims += 1;
    } while (performance.now() - started < ms);
  };
  await Promise.all(Array.from({ length: clients }, (_, n) => client(n)));
  return { ms: performance.now() - started, claims };
}

process.on('message', async (order: Order) => process.send?.(await work(order)));
process.on('disconnect', async () => {
  for (const ledger of kept) await ledger[Symbol.asyncDispose]();
});
