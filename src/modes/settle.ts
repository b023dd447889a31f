import { z } from 'zod';
import { transact } from '../ledger/transact.ts';
import { doubtClaims } from '../once/doubt-claims.ts';
import { conclude } from '../proof/proof.ts';
import { clockInputs, commonInputs, storeInputs } from './claim-inputs.ts';
import { shortKey } from './claim-report.ts';
import { moments } from './claim-transaction.ts';
import { text } from './kinds.ts';
import { defineMode } from './mode.ts';
import { ledgerFields, openStore, transactOptions } from './store.ts';

const openClaims = z.array(z.strictObject({ path: z.string(), fence: z.int().positive() }));

/**
 * The action's post step: whatever this step claimed and the job neither recorded nor released is in doubt from now on,
 * and is said, instead of after its lease. It is not among the modes, since nobody asks for it.
 */
export const mode = defineMode({
  name: 'settle',
  summary: 'Reports the claims that a job left open.',
  input: z.strictObject({ claims: text('JSON'), ...clockInputs(), ...storeInputs, ...commonInputs }),
  outputs: {},
  run: async (given, ports) => {
    const startedAtMs = ports.clock.now();
    const claims = openClaims.parse(JSON.parse(given.claims));
    await using ledger = await openStore(given, ports);
    const momentOf = moments(given, ports);
    const settled = await transact(ledger, transactOptions(given, ports), (snapshot, { now, oneClock }) =>
      doubtClaims(snapshot, claims, momentOf(now, oneClock)),
    );
    const left = settled.verdict.filter((claim) => claim.left);
    return conclude({
      mode: 'settle',
      startedAtMs,
      endedAtMs: ports.clock.now(),
      checks: left.map(({ path, fence }) => ({
        id: `settle:${path}`,
        status: 'warn',
        title: `the job settled its claim ${shortKey(path)}`,
        expected: `fence ${fence} recorded or released`,
        observed: 'in doubt: neither recorded nor released when the job ended',
        detail:
          'Look whether the effect happened; then `record` it with its fence, or `release` it with `confirm-destructive: true`.',
      })),
      ...(left.length === 0 ? { outcome: 'skipped' as const } : {}),
      ledger: ledgerFields(ledger, settled),
    });
  },
});
