import { z } from 'zod';
import { claimInputs } from './claims/inputs.ts';
import { keysOf } from './claims/keys.ts';
import { claimChecks, concludeClaims, logRulings, outcomeOfRulings } from './claims/report.ts';
import { claimKeys, grantOf, namesOf, rememberGrant } from './claims/transaction.ts';
import { commonInputs } from './common.ts';
import { defineMode } from './mode.ts';
import { openStore, storeInputs } from './store.ts';

export const mode = defineMode({
  name: 'claim',
  summary:
    'Claims a key so that only one of any number of processes acts on it; skipped if its effect is already recorded.',
  input: z.strictObject({ ...claimInputs, ...storeInputs, ...commonInputs }),
  outputs: {
    claimed: 'true when this run was granted the key; act only then',
    state: 'claimed, recorded, in-doubt, busy, other-payload …',
    key: 'The granted key; several keys one per line',
    fence: 'The number that `record` and `release` take; it grows with each grant',
  },
  run: async (given, ports) => {
    const startedAtMs = ports.clock.now();
    const keys = await keysOf(given, ports);
    await using ledger = await openStore(given, ports);
    const claimed = await claimKeys(ledger, keys, given, ports);
    logRulings(claimed, ports);
    const grant = grantOf(claimed, keys);
    if (grant) rememberGrant(grant, ports);
    return concludeClaims({ mode: 'claim', startedAtMs, ledger, ports }, claimed, {
      checks: claimChecks('claim', claimed),
      result: {
        claimed: grant !== undefined,
        key: namesOf(grant?.keys.keys),
        ...(grant ? { fence: grant.fence } : {}),
      },
      outcome: outcomeOfRulings(claimed),
    });
  },
});
