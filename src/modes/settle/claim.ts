import type { Json, Proof } from '../../proof/schema.ts';
import { type KeyInput, keysOf } from '../claims/keys.ts';
import { claimChecks, concludeClaims, outcomeOfRulings } from '../claims/report.ts';
import { namesOf, type SettleRule, settleKeys } from '../claims/transaction.ts';
import type { Ports } from '../mode.ts';
import { openStore, type StoreInput } from '../store.ts';

/** The outputs of the modes that end a claim. */
export const settleOutputs = {
  claimed: 'false: the claim has ended',
  state: 'recorded, released, in-doubt, stale-fence …',
  key: 'The key; several keys one per line',
  fence: 'The fence of the claim',
} as const;

/** Ends the claims of the given keys by a rule, in one transaction. */
export async function settleClaim(
  asked: 'record' | 'release',
  given: KeyInput & StoreInput & { readonly 'max-skew': number },
  ports: Ports,
  rule: SettleRule,
  note: Readonly<Record<string, Json>> = {},
): Promise<Proof> {
  const startedAtMs = ports.clock.now();
  const keys = await keysOf(given, ports);
  await using ledger = await openStore(given, ports);
  const settled = await settleKeys(ledger, keys, given, ports, rule, { note });
  // Claims that were granted together share their fence.
  const fence = settled.verdict.find(({ ruling }) => ruling.claim)?.ruling.claim?.fence;
  return concludeClaims({ mode: asked, startedAtMs, ledger, ports }, settled, {
    checks: claimChecks(asked, settled),
    result: {
      claimed: false,
      key: namesOf(keys.keys),
      ...(fence === undefined ? {} : { fence }),
    },
    outcome: outcomeOfRulings(settled),
  });
}
