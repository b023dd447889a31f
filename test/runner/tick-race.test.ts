import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bareRepository, openAt, temporaryFolder } from '../ledger/fixtures.ts';
import { figure } from '../targets/figures.ts';
import { replay } from './tick-books.ts';

const WORKER = new URL('./tick-race-worker.ts', import.meta.url).pathname;
const FULL = process.env.SHIP_PROOF_RELIABILITY === '1';
const SIZE = FULL ? { processes: 16, cap: 30_000 } : { processes: 3, cap: 700 };

/** A process until it ends by itself; a killed one is started again. Returns how often it was killed. */
async function contend(args: readonly string[], seed: number): Promise<number> {
  for (let kills = 0; ; kills += 1) {
    const child = spawn(
      process.execPath,
      [WORKER, ...args, String(seed + kills * 7_919), String(SIZE.cap), String(kills)],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
      child.once('exit', (...end) => resolve(end)),
    );
    if (signal === 'SIGKILL') continue;
    expect(code).toBe(0);
    return kills;
  }
}

test(`what ${SIZE.processes} processes reserve and spend stays under the cap, however often they are killed`, {
  timeout: 600_000,
}, async () => {
  using folder = temporaryFolder();
  const store = `git+file:${bareRepository(join(folder.path, 'store.git'))}`;
  const kills = await Promise.all(
    Array.from({ length: SIZE.processes }, (_, n) =>
      contend([store, join(folder.path, 'cache')], 4_711 + n * 104_729),
    ),
  );
  await using ledger = await openAt(store, join(folder.path, 'cache'));
  const entries: Record<string, unknown>[] = [];
  for await (const entry of ledger.history()) entries.push(entry);
  const books = replay(entries, 'r');
  const record = (await (await ledger.read()).get('runners/r')) as { days: Record<string, number> };
  const total = kills.reduce((sum, one) => sum + one, 0);
  const lost = books.ended.filter(({ outcome }) => outcome === 'lost').length;
  expect(books.faults).toEqual([]);
  for (const peak of Object.values(books.peaks)) expect(peak).toBeLessThanOrEqual(SIZE.cap);
  expect(record.days).toEqual(books.days);
  expect(total).toBeGreaterThan(0);
  expect(lost).toBeGreaterThan(0);
  const peak = Math.max(...Object.values(books.peaks));
  const detail = `${books.started.length} ticks, ${lost} lost, at most ${peak} of ${SIZE.cap} settled and reserved`;
  figure('race', `ticks: ${SIZE.processes} processes on one runner`, total, 'kills', detail);
});
