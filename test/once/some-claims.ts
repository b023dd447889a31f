import type { Moment } from '../../src/ledger/moment.ts';
import type { Claim } from '../../src/once/claim.ts';

export const NOW = Date.UTC(2030, 0, 1, 12);
export const HOUR = 3_600_000;
export const SKEW = 60_000;

/** The time so many ms from now, as records hold it. */
export const at = (fromNowMs: number): string => new Date(NOW + fromNowMs).toISOString();

/** The ledger's newest entry is of two seconds from now: somebody's clock is ahead of ours. */
export const MOMENT: Moment = {
  nowMs: NOW,
  writtenMs: NOW + 2000,
  clock: 'here',
  oneClock: false,
  maxSkewMs: SKEW,
};

/** Its lease ends half a minute from now, and its window an hour later. */
export const RUNNING: Claim = {
  schemaVersion: 1,
  state: 'claimed',
  generation: 3,
  fence: 41,
  holder: { actor: 'github:octocat', run: { id: '7', attempt: 1 } },
  clock: 'here',
  claimedAt: at(-30_000),
  leaseUntil: at(30_000),
  windowMs: HOUR,
  payload: 'a'.repeat(64),
};

/** Nobody has written down yet that its lease ran out. */
export const EXPIRED: Claim = { ...RUNNING, leaseUntil: at(0) };

export const DOUBTED: Claim = {
  ...RUNNING,
  state: 'in-doubt',
  settledAt: at(-10_000),
  reason: 'command-failed',
};

export const RECORDED: Claim = { ...RUNNING, state: 'recorded', settledAt: at(-10_000) };

export const RELEASED: Claim = { ...RUNNING, state: 'released', settledAt: at(-10_000), reason: 'by-hand' };

/** Recorded so long ago that its window has just ended. */
export const OVER: Claim = { ...RECORDED, settledAt: at(-HOUR) };
