import type * as begin from '../../src/deploy/begin.ts';
import type * as rollback from '../../src/deploy/rollback.ts';
import type * as settle from '../../src/deploy/settle-phase.ts';
import { decideHold } from '../../src/holds/hold.ts';
import type { Snapshot } from '../../src/ledger/ledger.ts';
import type { Moment } from '../../src/ledger/moment.ts';
import type { Decision } from '../../src/ledger/transact.ts';
import type { Json } from '../../src/proof/schema.ts';

/** The functions under test: the real ones, or those of a mutant. */
export type Deciders = Pick<typeof begin, 'decideBegin'> &
  Pick<typeof settle, 'decideHeartbeat' | 'decideDone' | 'decideFail'> &
  Pick<typeof rollback, 'decideRollback' | 'decideRolledBack'>;

export const ENVIRONMENT = 'production';
export const EPOCH = Date.UTC(2030, 0, 1);
export const STALE_MS = 1_000;
export const SKEW_MS = 100;
export const PLAN = ['build', 'publish', 'promote'];

/** Two agents on one host, and one on another whose clock is off by as much as is allowed. */
export interface Setting {
  readonly offsetMs: number;
  readonly oneClock: boolean;
}

/** A ledger in memory that says what time each agent believes it is. */
export interface Sim {
  readonly setting: Setting;
  readonly deciders: Deciders;
  readonly records: Map<string, Json>;
  readonly kinds: string[];
  atMs: number;
  lastAtMs: number;
  seq: number;
}

export const openSim = (deciders: Deciders, setting: Setting): Sim => ({
  setting,
  deciders,
  records: new Map(),
  kinds: [],
  atMs: EPOCH,
  lastAtMs: EPOCH,
  seq: 0,
});

export const clockOf = (agent: number): string => (agent === 2 ? 'b' : 'a');

export const readingOf = ({ atMs, setting }: Sim, agent: number): number =>
  atMs + (setting.oneClock || agent !== 2 ? 0 : setting.offsetMs);

export function momentOf(sim: Sim, agent: number): Moment {
  const nowMs = readingOf(sim, agent);
  return {
    nowMs,
    writtenMs: Math.max(nowMs, sim.lastAtMs),
    clock: clockOf(agent),
    oneClock: sim.setting.oneClock,
    maxSkewMs: SKEW_MS,
  };
}

export const snapshotOf = (sim: Sim): Snapshot => ({
  version: String(sim.seq),
  ledgerId: 'sim',
  seq: sim.seq,
  entries: sim.kinds.length,
  lastAtMs: sim.lastAtMs,
  get: async (path) => structuredClone(sim.records.get(path)),
  list: async (prefix) => new Map([...sim.records].filter(([path]) => path.startsWith(prefix))),
});

/** One transaction that wins: read, decide, commit. */
export async function transactIn<V>(
  sim: Sim,
  agent: number,
  decide: (snapshot: Snapshot, moment: Moment, fence: number) => Promise<Decision<V>>,
): Promise<V> {
  const moment = momentOf(sim, agent);
  const { entries, records = {}, verdict } = await decide(snapshotOf(sim), moment, sim.seq + 1);
  if (entries.length === 0) return verdict;
  for (const [path, record] of Object.entries(records)) {
    if (record === null) sim.records.delete(path);
    else sim.records.set(path, structuredClone(record));
  }
  sim.kinds.push(...entries.map(({ kind }) => kind));
  sim.seq += 1;
  sim.lastAtMs = moment.writtenMs;
  return verdict;
}

export const holdIn = (sim: Sim, state: 'set' | 'cleared') =>
  transactIn(sim, 0, (snapshot, { writtenMs }) =>
    decideHold(snapshot, { state, scopes: ['deploys'], reason: 'drill', by: { actor: 'op' } }, writtenMs),
  );
