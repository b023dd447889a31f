import type { Attempt, Turn } from '../../src/deploy/attempt.ts';
import type { Deploy, Environment } from '../../src/deploy/records.ts';
import type { Snapshot } from '../../src/ledger/ledger.ts';
import type { Moment } from '../../src/ledger/moment.ts';
import type { Json } from '../../src/proof/schema.ts';

export const NOW = Date.UTC(2030, 0, 1, 12);
/** The time so many seconds ago, or ahead where that is negative. */
export const ago = (seconds: number): string => new Date(NOW - seconds * 1_000).toISOString();

/** Noon by our own clock; the ledger's newest entry is not later. */
export const moment = (changes: Partial<Moment> = {}): Moment => ({
  nowMs: NOW,
  writtenMs: NOW,
  clock: 'a',
  oneClock: false,
  maxSkewMs: 5_000,
  ...changes,
});

export const turn = (what: Turn, seconds: number, fence = 4, actor = 'github:octocat') => ({
  turn: what,
  at: ago(seconds),
  fence,
  actor,
});

/** A phase that began 100 s ago, was heard of 20 s ago, and is live for another 40 s. */
export const running = (changes: Partial<Attempt> = {}): Attempt => ({
  state: 'running',
  fence: 4,
  holder: { actor: 'github:octocat' },
  clock: 'a',
  heartbeatAt: ago(20),
  staleAfterMs: 60_000,
  artifactId: 'shop:7',
  turns: [turn('started', 100)],
  ...changes,
});

export const done = (changes: Partial<Attempt> = {}): Attempt =>
  running({ state: 'done', turns: [turn('started', 100), turn('done', 20)], ...changes });

/** Nobody is on it any more, though it was never ended. */
export const orphaned = (changes: Partial<Attempt> = {}): Attempt =>
  running({ heartbeatAt: ago(60), ...changes });

/** The seventh deploy, of which nothing was begun. */
export const deploy = (changes: Partial<Deploy> = {}): Deploy => ({
  schemaVersion: 1,
  environment: 'production',
  deployId: 'd7',
  buildId: 'build-7',
  version: 7,
  commit: '0123456',
  plan: ['build', 'publish', 'promote'],
  phases: {},
  ...changes,
});

/** An environment that knows of no promotion but what is given. */
export const environment = (changes: Partial<Environment> = {}): Environment => ({
  schemaVersion: 1,
  environment: 'production',
  floor: -1,
  promotions: [],
  ...changes,
});

/** A ledger that holds these records, each at its path. */
export const snapshotOf = (records: Readonly<Record<string, unknown>> = {}): Snapshot => ({
  version: '9',
  ledgerId: 'ledger-1',
  seq: 9,
  entries: 9,
  lastAtMs: NOW,
  get: async (path) => structuredClone(records[path]) as Json | undefined,
  list: async (prefix) =>
    new Map(Object.entries(records as Record<string, Json>).filter(([path]) => path.startsWith(prefix))),
});
