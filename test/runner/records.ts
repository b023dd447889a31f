import type { Snapshot } from '../../src/ledger/ledger.ts';
import type { Moment } from '../../src/ledger/moment.ts';
import type { Json } from '../../src/proof/schema.ts';
import type { OpenTick, RunnerState } from '../../src/runner/tick-state.ts';

export const HOUR_MS = 3_600_000;
/** Noon, and the ledger's newest entry is a second later: another host's clock is ahead. */
export const NOW = Date.UTC(2030, 0, 1, 12);
export const WRITTEN = NOW + 1_000;
export const MOMENT: Moment = {
  nowMs: NOW,
  writtenMs: WRITTEN,
  clock: 'here',
  oneClock: false,
  maxSkewMs: 60_000,
};
export const at = (ms: number): string => new Date(ms).toISOString();

/** What a runner's books look like in the middle of its life: four ticks, nothing open. */
export const STATE: RunnerState = {
  schemaVersion: 1,
  runner: 'digest',
  ticks: 4,
  days: { '2029-12-31': 900_000, '2030-01-01': 300_000 },
  open: null,
  slot: null,
  breaker: null,
  lost: [],
};

/** Its fifth tick, begun by a cron event an hour before midnight. */
export const OPEN: OpenTick = {
  runner: 'digest',
  tick: 5,
  day: '2029-12-31',
  slot: '2029-12-31T20:00:00.000Z',
  trigger: 'schedule',
  attempt: 1,
  config: 'c'.repeat(64),
  fence: 17,
  reservedMicros: 400_000,
  capMicros: 2_000_000,
  leaseUntil: '2030-01-01T00:30:00.000Z',
  startedAt: '2029-12-31T23:00:00.000Z',
  clock: 'here',
};

export const FAILURE = 'f'.repeat(64);
export const OTHER_FAILURE = 'e'.repeat(64);

/** A ledger at one moment: these records, and nothing else. */
export const ledgerOf = (records: Readonly<Record<string, unknown>>): Snapshot => ({
  version: 'v',
  ledgerId: 'l'.repeat(16),
  seq: 20,
  entries: 40,
  lastAtMs: WRITTEN,
  get: async (path) => records[path] as Json | undefined,
  list: async (prefix) =>
    new Map(Object.entries(records).filter(([path]) => path.startsWith(prefix)) as [string, Json][]),
});
