import type { Snapshot } from '../ledger/ledger.ts';
import type { Moment } from '../ledger/moment.ts';
import type { Decision } from '../ledger/transact.ts';
import { instant } from '../proof/proof.ts';
import type { Outcome } from '../proof/schema.ts';
import type { Holder } from './attempt.ts';
import { type Deploy, readDeploy } from './records.ts';
import { only, recordsOf } from './verdict.ts';

/** Writes down with a deploy what `verify-live` said of it, whatever it said; the newest takes the place of those before. */
export async function decideVerified(
  snapshot: Snapshot,
  verified: {
    readonly environment: string;
    readonly deployId: string;
    readonly outcome: Outcome;
    readonly digest: string;
    readonly by: Holder;
  },
  moment: Moment,
): Promise<Decision<Deploy | undefined>> {
  const { environment, deployId, outcome, digest, by } = verified;
  const deploy = await readDeploy(snapshot, environment, deployId);
  if (!deploy) return only(undefined);
  const after: Deploy = {
    ...deploy,
    verified: { outcome, digest, at: instant(moment.writtenMs), by },
  };
  return {
    entries: [{ kind: 'deploy-verified', environment, deploy: deployId, outcome, digest }],
    records: recordsOf([after]),
    subject: `${deployId} verified: ${outcome}`.slice(0, 200),
    verdict: after,
  };
}
