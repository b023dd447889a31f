import { CodedError } from '../../proof/errors.ts';
import { instant } from '../../proof/proof.ts';
import type { Proof } from '../../proof/schema.ts';
import type { Ports } from '../mode.ts';
import { ledgerFields, openStore } from '../store.ts';
import { lookAfter, type WatchInput } from './look.ts';

/**
 * The watchdog's look after a tick, whose proof it adds to. A new alert fails a tick that went well otherwise, so that
 * somebody hears of it; a look that came to nothing changes no tick: `status` tells when the watchdog last looked.
 */
export async function watchAfterTick(tick: Proof, given: WatchInput, ports: Ports): Promise<Proof> {
  // What did not run has nothing new to tell, and what was cut short has no time.
  if (tick.outcome === 'skipped' || ports.signal.aborted) return tick;
  try {
    await using ledger = await openStore(given, ports);
    const { checks, transacted } = await lookAfter(ledger, given, ports);
    const isNew = checks.some(({ status }) => status === 'fail');
    const wentWell = tick.outcome === 'passed' || tick.outcome === 'halted';
    return {
      ...tick,
      outcome: isNew && wentWell ? 'failed' : tick.outcome,
      endedAt: instant(ports.clock.now()),
      checks: [...tick.checks, ...checks],
      ledger: ledgerFields(ledger, transacted),
    };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const check = {
      id: 'watchdog',
      status: 'warn' as const,
      title: 'the watchdog looked',
      expected: 'a look after the tick',
      observed: error.message,
    };
    return { ...tick, checks: [...tick.checks, check] };
  }
}
