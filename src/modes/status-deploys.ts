import { readDeploy, readEnvironment } from '../deploy/records.ts';
import { readHold } from '../holds/hold.ts';
import type { Snapshot } from '../ledger/ledger.ts';
import type { StatusSection } from '../runner/status-sections.ts';

/** How an environment's deploys stand: what is current, what is under way, and whether they are held. */
export async function deploysSection(snapshot: Snapshot, environment: string): Promise<StatusSection> {
  const [pointer, hold] = await Promise.all([
    readEnvironment(snapshot, environment),
    readHold(snapshot, 'deploys'),
  ]);
  const current = pointer?.current;
  const deploy = current && (await readDeploy(snapshot, environment, current.deployId));
  const verified = deploy?.verified?.outcome;
  const isGood = current === undefined || verified === 'passed';
  return {
    name: 'deploys',
    tone: hold ? 'bad' : pointer?.active || !isGood ? 'doubt' : 'plain',
    facts: {
      environment,
      current: current?.deployId ?? 'none',
      version: current?.version,
      build: current?.buildId,
      since: current?.at,
      by: current?.how,
      verified: current && (verified ?? 'never'),
      'under-way': pointer?.active && `${pointer.active.phase} of ${pointer.active.deployId}`,
      held: hold && `${hold.reason} (since ${hold.at})`,
    },
  };
}
