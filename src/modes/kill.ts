import { z } from 'zod';
import { decideHold, holdPath, holdSince } from '../holds/hold.ts';
import { transact } from '../ledger/transact.ts';
import { conclude } from '../proof/proof.ts';
import { commonInputs } from './common.ts';
import { reasonInput, scopeInput, scopesOf } from './hold-inputs.ts';
import { defineMode } from './mode.ts';
import { ledgerFields, openStore, storeInputs, transactOptions } from './store.ts';

const input = z.strictObject({
  scope: scopeInput,
  reason: reasonInput('stopped by hand').describe(
    'The reason. It is recorded in the ledger and shown in every refusal.',
  ),
  ...storeInputs,
  ...commonInputs,
});

export const mode = defineMode({
  name: 'kill',
  summary: 'Stops ticks, deploys or both: nothing new starts, and what is running is stopped, until `rearm`.',
  input,
  outputs: { state: 'set' },
  run: async (given, ports) => {
    const startedAtMs = ports.clock.now();
    const scopes = scopesOf(given.scope);
    await using ledger = await openStore(given, ports);
    const held = await transact(
      ledger,
      { ...transactOptions(given, ports), likely: scopes.map(holdPath) },
      (snapshot, { now }) =>
        decideHold(snapshot, { state: 'set', scopes, reason: given.reason, by: ports.holder }, now),
    );
    for (const hold of held.verdict)
      ports.log.event({ scope: hold.scope, state: 'set', since: hold.at, reason: hold.reason });
    return conclude({
      mode: 'kill',
      startedAtMs,
      endedAtMs: ports.clock.now(),
      subject: { scope: [...scopes] },
      checks: held.verdict.map((hold) => ({
        id: `hold:${hold.scope}`,
        status: 'pass',
        title: `${hold.scope} are held`,
        expected: 'a hold in the ledger, which everybody reads before they begin',
        observed: `${hold.state} ${holdSince(hold)}`,
      })),
      result: { state: 'set' },
      ledger: ledgerFields(ledger, held),
      ...(held.committed ? {} : { outcome: 'skipped' as const }),
    });
  },
});
