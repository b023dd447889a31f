// What a claim costs, by store, by the length of the history and by the number of live keys, against a JSON-lines file
// that is scanned for each claim; all in one run. `node bench/ledger.ts 5`: five rounds, for a quick look.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveGit } from '../test/targets/git-http.ts';
import { startRedis } from '../test/targets/redis-server.ts';
import { type Contender, claimant, gitHttp, gitLocal, inRedis, jsonLines } from './ledger/contenders.ts';
import { goal, table } from './report.ts';
import { median, quantile } from './statistics.ts';

const rounds = Number(process.argv[2] ?? 20);
const FEW = { entries: 10, liveKeys: 10 };
const LONG = { entries: 100_000, liveKeys: 10 };
const WIDE = { entries: 10_000, liveKeys: 10_000 };
const SIZES = [FEW, { entries: 1_000, liveKeys: 10 }, LONG, { entries: 10_000, liveKeys: 1_000 }, WIDE];
const CLIENTS = 8;
const BUSY_MS = 3_000;

const folder = mkdtempSync(join(tmpdir(), 'ship-proof-bench-'));
const say = (text: string) => process.stderr.write(`ledger: ${text}\n`);

async function measure(): Promise<string> {
  await using server = await serveGit(folder);
  await using redis = await startRedis();
  const url = `redis://127.0.0.1:${redis.port}`;
  const contenders: Contender[] = [];
  for (const [n, size] of SIZES.entries()) {
    say(`building ${size.entries} entries, ${size.liveKeys} live keys`);
    contenders.push(await gitLocal(size, folder, `local-${n}.git`));
    contenders.push(await gitHttp(size, folder, `http-${n}.git`, server.origin));
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
  return report(contenders, busy);
}

/** Clients with a connection each, all on one ledger: what they win, races included. */
async function claimsASecond(url: string): Promise<number> {
  using worker = claimant(folder, { kind: 'ledger', place: url, namespace: 'busy' });
  await worker.order({ ms: 200, clients: CLIENTS });
  const { ms, claims } = await worker.order({ ms: BUSY_MS, clients: CLIENTS });
  return claims / (ms / 1000);
}

function report(contenders: readonly Contender[], busy: number): string {
  const of = (name: string, size: object) =>
    median(contenders.find((c) => c.name === name && c.size === size)?.ms ?? []);
  const rows = contenders
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .map(({ name, size, ms, coldMs }) => [
      name,
      size.entries.toLocaleString('en'),
      size.liveKeys.toLocaleString('en'),
      median(ms).toFixed(1),
      `${quantile(ms, 0.1).toFixed(1)}–${quantile(ms, 0.9).toFixed(1)}`,
      (1000 / median(ms)).toFixed(0),
      Number.isNaN(coldMs) ? '–' : coldMs.toFixed(0),
      (median(ms) / of('JSON lines', size)).toFixed(2),
    ]);
  const head = [
    'store',
    'entries',
    'live keys',
    'ms a claim',
    '10–90 %',
    'claims a second',
    'cold ms',
    '× JSON lines',
  ];
  const ratio = (name: string, size: object) => of(name, size) / of(name, FEW);
  const atMost = (what: string, value: number, limit: number) =>
    goal(`${what} (at most ${limit})`, value <= limit, value.toFixed(2));
  return [
    table(head, rows),
    '',
    atMost('git local, 100,000 against 10 entries', ratio('git, local', LONG), 1.2),
    atMost('git http, 100,000 against 10 entries', ratio('git, http', LONG), 1.2),
    atMost('git local, 10,000 against 10 live keys', ratio('git, local', WIDE), 2),
    atMost('git http, 10,000 against 10 live keys', ratio('git, http', WIDE), 2),
    atMost('a local claim, ms', of('git, local', FEW), 40),
    goal(
      `redis, ${CLIENTS} clients on one ledger, claims a second (at least 2000)`,
      busy >= 2000,
      busy.toFixed(0),
    ),
    '',
    `n = ${rounds} claims a row, by turns over all rows; medians, each row in a process of its own. Cold: opening and the first claim without a cache, of 3. The JSON-lines file keeps no two writers apart.`,
  ].join('\n');
}

try {
  process.stdout.write(`${await measure()}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
