import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bareRepository, git, temporaryFolder } from '../ledger/fixtures.ts';
import { linesOf } from '../once/workshop.ts';
import { replay } from '../runner/tick-books.ts';
import { figure } from '../targets/figures.ts';
import { startCli } from './run-dist.ts';

const FULL = process.env.SHIP_PROOF_RELIABILITY === '1';
const SIZE = FULL ? { ticks: 200, kills: 20 } : { ticks: 3, kills: 1 };
const COST_MICROS = 10_000;

/** In [0, 1), the same in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

it(`a loop of ${SIZE.ticks} ticks, killed ${SIZE.kills} times at random and started again, keeps its books`, {
  timeout: 1_200_000,
}, async () => {
  using folder = temporaryFolder();
  const repository = bareRepository(join(folder.path, 'store.git'));
  const effects = join(folder.path, 'effects');
  const random = randomOf(2_030);
  const script = `echo "$SHIP_PROOF_TICK $SHIP_PROOF_SLOT" >> ${effects}; echo '{"usd_in":0.01,"value_usd":1}' >> "$SHIP_PROOF_REPORT"`;
  // Killed in the middle of whatever they do, and started again at once, as a supervisor would.
  const args = [
    ['tick', '--runner', 'loop', '--every', '1s', '--spend-cap', '1000', '--estimate', '0.05'],
    [
      '--max-runtime',
      '1s',
      '--grace',
      '200ms',
      '--store',
      `git+file:${repository}`,
      '--',
      'sh',
      '-c',
      script,
    ],
  ].flat();
  const books = () => {
    const ref = 'refs/ship-proof/default';
    const there = git(['-C', repository, 'for-each-ref', ref]) !== '';
    const log = there ? git(['-C', repository, 'log', '--reverse', '--format=%b', ref]).split('\n') : [];
    return replay(
      log.filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>),
      'loop',
    );
  };
  const perLife = SIZE.ticks / (SIZE.kills + 1);
  for (let life = 0; life <= SIZE.kills; life += 1) {
    const isLast = life === SIZE.kills;
    const wanted = Math.floor(perLife * (life + 1));
    const { child, done } = await startCli(args, { cwd: folder.path, timeoutMs: 600_000 });
    // Each life lasts until so many ticks have ended in all, whatever became of them; then it is killed at any moment of the next.
    while (books().ended.length < wanted) await sleep(100);
    if (!isLast) await sleep(random() * 1_500);
    child.kill(isLast ? 'SIGTERM' : 'SIGKILL');
    expect(await done).toMatchObject(isLast ? { code: 3 } : { signal: 'SIGKILL' });
  }
  const { started, ended, open, faults, days, peaks } = books();
  const lost = ended.filter(({ outcome }) => outcome === 'lost');
  const charged = Object.values(days).reduce((sum, micros) => sum + micros, 0);
  const worked = linesOf(effects);
  expect(faults).toEqual([]);
  // The last one may have been stopped while it began.
  expect(open.length).toBeLessThanOrEqual(1);
  expect(started.length).toBe(ended.length + open.length);
  expect(new Set(worked).size).toBe(worked.length);
  expect(charged).toBeGreaterThanOrEqual(worked.length * COST_MICROS);
  expect(charged).toBe(ended.reduce((sum, { usdInMicros }) => sum + usdInMicros, 0));
  for (const day of Object.keys(days)) expect(peaks[day]).toBeLessThanOrEqual(1_000_000_000);
  const detail = `${worked.length} with an effect, ${lost.length} lost, ${SIZE.kills} kills`;
  figure('load', 'ticks of one supervised loop', started.length, 'ticks', detail);
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
