/**
 * One process of a race, as a program: asks for ticks of one runner, and settles them, or dies in the middle of one.
 * Arguments: store, cache folder, seed, cap, life. In its first life it dies in
 * its first tick. Ends when the day's cap is reached.
 */

import type { Moment } from '../../src/ledger/moment.ts';
import { transact } from '../../src/ledger/transact.ts';
import { systemClock as clock } from '../../src/ports/clock.ts';
import { decideRaise, decideSettle } from '../../src/runner/tick-settle.ts';
import { decideStart } from '../../src/runner/tick-start.ts';
import { readRunner } from '../../src/runner/tick-state.ts';
import { openAt } from '../ledger/fixtures.ts';

const [store = '', cacheDir = '', seed = '1', cap = '0', life = '0'] = process.argv.slice(2);
let state = Number(seed);
/** In [0, 1), the same in every run. */
const random = () => {
  state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
  return state / 2_147_483_648;
};
const dieSometimes = () => {
  if (life === '0' || random() < 0.12) process.kill(process.pid, 'SIGKILL');
};

await using ledger = await openAt(store, cacheDir);
const options = { clock, actor: `pid:${process.pid}` };
const momentAt = (writtenMs: number): Moment => ({
  nowMs: clock.now(),
  writtenMs,
  clock: 'one',
  oneClock: false,
  maxSkewMs: 0,
});
const LEASE_MS = 150;
const ESTIMATE = 100;

for (;;) {
  const { verdict } = await transact(ledger, options, (snapshot, { now, seq }) =>
    decideStart(
      snapshot,
      {
        runner: 'r',
        trigger: 'manual',
        attempt: 1,
        config: '0'.repeat(64),
        slot: null,
        capMicros: Number(cap),
        estimateMicros: ESTIMATE,
        leaseMs: LEASE_MS,
        breakerTicks: 1_000_000,
        hostGuards: [],
      },
      seq,
      momentAt(now),
    ),
  );
  if (verdict.kind === 'halted') break;
  if (verdict.kind === 'skipped') {
    await clock.sleep(20 + random() * 60);
    continue;
  }
  dieSometimes();
  const { fence } = verdict.open;
  let spent = Math.floor(random() * ESTIMATE);
  if (random() < 0.3) {
    const raised = await transact(ledger, options, async (snapshot) =>
      decideRaise(await readRunner(snapshot, 'r'), fence, ESTIMATE + 50),
    );
    // Never more than what was allowed: what is left may be less than what was wanted.
    spent = Math.max(spent, Math.min(raised.verdict, ESTIMATE + 50));
  }
  dieSometimes();
  // Some take longer than their lease: others find them, and they settle late.
  await clock.sleep(random() < 0.1 ? LEASE_MS + 50 : random() * 30);
  await transact(ledger, options, async (snapshot, { now }) =>
    decideSettle(
      await readRunner(snapshot, 'r'),
      fence,
      {
        outcome: 'passed',
        usdInMicros: Math.min(spent, verdict.leftMicros),
        usdProvenance: 'measured',
        valueMicros: 0,
        valueProvenance: 'measured',
        units: 0,
        degraded: [],
      },
      momentAt(now),
    ),
  );
  dieSometimes();
}
