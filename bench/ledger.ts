// What a claim costs, by store, by the length of the history and by the number of live keys, against a JSON-lines file
// that is scanned for each claim; all in one run. `node bench/ledger.ts 5 10000`: five rounds, and no history longer
// than 10,000 entries, for a quick look.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveGit } from '../test/targets/git-http.ts';
import { startRedis } from '../test/targets/redis-server.ts';
import { type Contender, claimant, inGit, inRedis, jsonLines } from './ledger/contenders.ts';
import { CLIENTS, SIZES, section } from './ledger/section.ts';

const [rounds = 20, longest = 100_000] = process.argv.slice(2).map(Number);
const BUSY_MS = 3_000;

const folder = mkdtempSync(join(tmpdir(), 'ship-proof-bench-'));
const say = (text: string) => process.stderr.write(`ledger: ${text}\n`);

async function measure(): Promise<string> {
  await using server = await serveGit(folder);
  await using redis = await startRedis();
  const url = `redis://127.0.0.1:${redis.port}`;
  const contenders: Contender[] = [];
  for (const [n, size] of SIZES.entries()) {
    if (size.entries > longest) continue;
    say(`building ${size.entries} entries, ${size.liveKeys} live keys`);
    contenders.push(...(await inGit(size, folder, `${n}.git`, server.origin)));
    contenders.push(await inRedis(size, folder, url, `n${n}`));
    contenders.push(await jsonLines(size, folder, `${n}.jsonl`));
  }
  // Round by round over all of them, so that whatever else this machine does hits all alike.
  for (let round = 1; round <= rounds; round += 1) {
    say(`round ${round} of ${rounds}`);
    for (const contender of contenders) contender.ms.push((await contender.order({ ms: 0, clients: 1 })).ms);
  }
  const busy = await claimsASecond(url);
  for (const contender of contenders) contender[Symbol.dispose]();
  return section(contenders, busy);
}

/** Clients with a connection each, all on one ledger: what they win, races included. */
async function claimsASecond(url: string): Promise<number> {
  using worker = claimant(folder, { kind: 'ledger', place: url, namespace: 'busy' });
  await worker.order({ ms: 200, clients: CLIENTS });
  const { ms, claims } = await worker.order({ ms: BUSY_MS, clients: CLIENTS });
  return claims / (ms / 1000);
}

const NOTES = [
  `n = ${rounds} claims a row, by turns over all rows; medians, each row in a process of its own.`,
  'Cold: opening and the first claim without a cache, of 3. The JSON-lines file keeps no two writers apart.',
  'Each history is written in bulk, one transaction a claim, and read back link by link by the program’s own code before it is measured.',
];
try {
  process.stdout.write(`${await measure()}\n\n${NOTES.join(' ')}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
