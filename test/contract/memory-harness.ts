import { memoryLedger } from '../../src/ledger/memory.ts';
import type { LedgerHarness } from './ledger-contract.ts';

export const memoryHarness: LedgerHarness = {
  name: 'memory',
  keepsOldStates: true,
  async fresh() {
    const ledger = memoryLedger();
    return { open: async () => ledger, [Symbol.asyncDispose]: async () => {} };
  },
};
