import { z } from 'zod';
import { type Moment, skewMs } from '../ledger/moment.ts';
import { instant } from '../proof/proof.ts';
import { runSchema } from '../proof/schema.ts';

const time = z.iso.datetime({ precision: 3 });

/** Who acts: an actor, and the run where there is one. */
export const holderSchema = z.strictObject({ actor: z.string(), run: runSchema.optional() });
export type Holder = z.infer<typeof holderSchema>;

/** Why a phase ended without being done: an enum, never text from outside. */
const FAILURES = [
  'command-failed',
  'not-started',
  'interrupted',
  'held',
  'lease-over',
  'unreadable',
  'wrong-artifact',
  'job-ended',
  'by-hand',
  /** A newer promotion or a rollback took the environment over. */
  'overtaken',
] as const;
export type Failure = (typeof FAILURES)[number];

/** A phase's ways: each is written down with its time and the fence that it belongs to. */
const TURNS = ['started', 'restarted', 'taken-over', 'done', 'failed', 'rolled-back'] as const;
export type Turn = (typeof TURNS)[number];

/**
 * One phase of a deploy as it stands:
 *
 *     absent → running → done → rolled-back      rolled-back ends a promotion: it is not done again
 *                     ↘ failed → running         whoever comes next begins it again, under a higher fence
 *
 * A running phase without a heartbeat for `staleAfterMs` is orphaned: the next process takes it over.
 */
export const attemptSchema = z.strictObject({
  state: z.enum(['running', 'done', 'failed', 'rolled-back']),
  /** The transaction that granted it; strictly grows. */
  fence: z.int().positive(),
  holder: holderSchema,
  /** Whose clock the heartbeat is of. */
  clock: z.string(),
  heartbeatAt: time,
  staleAfterMs: z.int().positive(),
  /** What it works on, and in the end what it hands to the next phase. */
  artifactId: z.string(),
  reason: z.enum(FAILURES).optional(),
  /** Of a rollback: the version that it goes back from. */
  from: z.int().nonnegative().optional(),
  /** The newest turns; all of them stand in the ledger's history. */
  turns: z.array(z.strictObject({ turn: z.enum(TURNS), at: time, fence: z.int(), actor: z.string() })),
});
export type Attempt = z.infer<typeof attemptSchema>;

/** Epoch ms, on the heartbeat's clock, at which the holder stops and from which the phase is orphaned. */
export const staleAtMs = ({ heartbeatAt, staleAfterMs }: Attempt): number =>
  Date.parse(heartbeatAt) + staleAfterMs;

/** Somebody is on it. What another host's clock wrote ends later by what its clock may be wrong. */
export function isLive(attempt: Attempt, moment: Moment): boolean {
  return attempt.state === 'running' && moment.nowMs < staleAtMs(attempt) + skewMs(attempt.clock, moment);
}

const MAX_TURNS = 50;

/** The attempt after a turn: its time is no earlier than the ledger's newest entry. */
export function turned(attempt: Attempt, turn: Turn, moment: Moment, actor: string): Attempt {
  const { fence, turns } = attempt;
  const next = { turn, at: instant(moment.writtenMs), fence, actor };
  return { ...attempt, turns: [...turns, next].slice(-MAX_TURNS) };
}

/** A new grant of a phase, whatever stood there before. */
export function granted(
  before: Attempt | undefined,
  command: {
    readonly holder: Holder;
    readonly staleAfterMs: number;
    readonly artifactId: string;
    readonly from?: number;
  },
  fence: number,
  moment: Moment,
): Attempt {
  const { holder, staleAfterMs, artifactId, from } = command;
  const attempt: Attempt = {
    state: 'running',
    fence,
    holder,
    clock: moment.clock,
    heartbeatAt: instant(moment.writtenMs),
    staleAfterMs,
    artifactId,
    ...(from === undefined ? {} : { from }),
    turns: before?.turns ?? [],
  };
  return turned(attempt, grantTurn(before), moment, holder.actor);
}

/** What a grant is to what stood there before. */
export function grantTurn(before: Attempt | undefined): 'started' | 'restarted' | 'taken-over' {
  if (before === undefined) return 'started';
  return before.state === 'running' ? 'taken-over' : 'restarted';
}

/** The attempt, ended without being done. */
export function failed(attempt: Attempt, reason: Failure, moment: Moment, actor: string): Attempt {
  return turned({ ...attempt, state: 'failed', reason }, 'failed', moment, actor);
}
