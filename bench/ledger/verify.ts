/**
 * A process that reads a seeded ledger as the program does, and ends with an error unless all of it is there: so many
 * entries behind its genesis, so many live keys, each link of the history. Arguments: store, cache folder, namespace, entries, live keys.
 */
import { openLedger } from '../../src/ledger/open.ts';
import { parseStore } from '../../src/ledger/store-url.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { systemExec } from '../../src/ports/exec.ts';
import { claimPath } from './history.ts';

const [store = '', cacheDir = '', namespace = '', ...sizes] = process.argv.slice(2);
const [entries = 0, liveKeys = 0] = sizes.map(Number);

const ports = { env: process.env, clock: systemClock, exec: systemExec };
await using ledger = await openLedger(parseStore(store, namespace, process.cwd()), { cacheDir, ...ports });
const snapshot = await ledger.read();
const records = await snapshot.list('claims/');
const last = await snapshot.get(claimPath(liveKeys - 1));
let read = 0;
for await (const _ of ledger.history()) read += 1;
const found = [snapshot.entries, read, records.size, records.has(claimPath(0)), last !== undefined];
const wanted = [entries + 1, entries + 1, liveKeys, true, true];
if (found.join() !== wanted.join()) throw new Error(`${store} was to hold ${wanted}, and holds ${found}`);
