import { transact } from '../../src/ledger/transact.ts';
import type { OpenClaim } from '../../src/modes/mode.ts';
import { abandonTicks } from '../../src/modes/settle/ticks.ts';
import { rearmBreaker } from '../../src/runner/breaker.ts';
import { openAt } from '../ledger/fixtures.ts';
import type { Scene, SceneLedger } from './tick-scene.ts';

/** What other modes do to a runner's record. */
export function settleTicksHere({ path, clock }: Scene, { store, namespace }: SceneLedger) {
  const open = () => openAt(store, `${path}/cache`, { namespace, clock });
  return {
    async rearm(): Promise<void> {
      await using ledger = await open();
      await transact(ledger, { clock, actor: 'test' }, (snapshot) => rearmBreaker(snapshot));
    },
    /** How many were settled. */
    async settle(left: readonly OpenClaim[]): Promise<number> {
      await using ledger = await open();
      const done = await transact(ledger, { clock, actor: 'test' }, (snapshot, { now }) =>
        abandonTicks(snapshot, left, {
          nowMs: now,
          writtenMs: now,
          clock: 'test',
          oneClock: true,
          maxSkewMs: 0,
        }),
      );
      return done.verdict.length;
    },
  };
}
