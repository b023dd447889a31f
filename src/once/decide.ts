import type { Moment } from '../ledger/moment.ts';
import type { Run } from '../proof/schema.ts';
import { type Claim, type DoubtReason, stateAt } from './claim.ts';

/** What was decided about one key. `granted`, `settled` and `doubted` change the ledger; the others do not. */
export type Ruling =
  | { readonly kind: 'granted'; readonly claim: Claim }
  | { readonly kind: 'settled'; readonly claim: Claim; readonly from: 'claimed' | 'in-doubt' }
  /** Found to be in doubt and written down; what was asked for is refused. */
  | { readonly kind: 'doubted'; readonly claim: Claim }
  /** Nothing to do: it is so already. */
  | { readonly kind: 'already'; readonly claim: Claim }
  | {
      readonly kind: 'refused';
      readonly why: Refusal;
      readonly claim: Claim | undefined;
      readonly payload?: string;
    };

export type Refusal =
  | 'busy'
  | 'in-doubt'
  /** `payload` is the one that was given. */
  | 'other-payload'
  | 'not-claimed'
  | 'stale-fence'
  | 'recorded'
  | 'needs-fence'
  | 'needs-confirmation'
  /** It would have been done, but another key of the same call was refused. */
  | 'withheld';

export interface ClaimCommand {
  readonly holder: { readonly actor: string; readonly run?: Run | undefined };
  readonly leaseMs: number;
  readonly windowMs: number;
  readonly payload: string | undefined;
}

/** May this effect be done now? `fence` is the transaction that would grant it. */
export function decideClaim(
  claim: Claim | undefined,
  command: ClaimCommand,
  fence: number,
  moment: Moment,
): Ruling {
  const state = stateAt(claim, moment);
  if (!claim || state === 'free') return { kind: 'granted', claim: granted(claim, command, fence, moment) };
  // The same key for another effect is a mistake of the caller's, however the first one ended.
  if (claim.payload !== undefined && command.payload !== undefined && claim.payload !== command.payload) {
    return { kind: 'refused', why: 'other-payload', claim, payload: command.payload };
  }
  if (state === 'recorded') return { kind: 'already', claim };
  if (state === 'claimed') return { kind: 'refused', why: 'busy', claim };
  return claim.state === 'in-doubt'
    ? { kind: 'refused', why: 'in-doubt', claim }
    : { kind: 'doubted', claim: doubted(claim, 'lease-expired', moment) };
}

/**
 * The effect happened. Only whoever was granted it can say so: by its fence, or while its lease runs and nobody else can be meant.
 * A holder that comes back late still knows what it did, so its fence settles a doubt too.
 */
export function decideRecord(claim: Claim | undefined, fence: number | undefined, moment: Moment): Ruling {
  if (!claim || claim.state === 'released') return { kind: 'refused', why: 'not-claimed', claim };
  if (fence !== undefined && claim.fence !== fence) return { kind: 'refused', why: 'stale-fence', claim };
  if (claim.state === 'recorded') return { kind: 'already', claim };
  const from = stateAt(claim, moment) === 'claimed' ? 'claimed' : 'in-doubt';
  const isAnybodys = from === 'in-doubt' || claim.afterDoubt === true;
  if (isAnybodys && fence === undefined) return { kind: 'refused', why: 'needs-fence', claim };
  return { kind: 'settled', from, claim: settled(claim, 'recorded', moment) };
}

/** The effect did not happen. Of a doubt only a person can know that, and says so by `confirmed`. */
export function decideRelease(
  claim: Claim | undefined,
  command: { readonly fence: number | undefined; readonly confirmed: boolean },
  moment: Moment,
): Ruling {
  if (!claim) return { kind: 'refused', why: 'not-claimed', claim };
  if (claim.state === 'released') return { kind: 'already', claim };
  if (command.fence !== undefined && claim.fence !== command.fence)
    return { kind: 'refused', why: 'stale-fence', claim };
  if (claim.state === 'recorded') return { kind: 'refused', why: 'recorded', claim };
  const from = stateAt(claim, moment) === 'claimed' ? 'claimed' : 'in-doubt';
  if (from === 'claimed' && command.fence === undefined)
    return { kind: 'refused', why: 'needs-fence', claim };
  if (from === 'in-doubt' && !command.confirmed) return { kind: 'refused', why: 'needs-confirmation', claim };
  const reason = from === 'in-doubt' ? { reason: 'by-hand' as const } : {};
  return { kind: 'settled', from, claim: { ...settled(claim, 'released', moment), ...reason } };
}

/** The holder can't say whether it happened: its command failed or was stopped, or its job ended. */
export function decideDoubt(
  claim: Claim | undefined,
  fence: number,
  reason: DoubtReason,
  moment: Moment,
): Ruling {
  if (!claim || claim.state === 'released') return { kind: 'refused', why: 'not-claimed', claim };
  if (claim.fence !== fence) return { kind: 'refused', why: 'stale-fence', claim };
  return claim.state === 'claimed'
    ? { kind: 'doubted', claim: doubted(claim, reason, moment) }
    : { kind: 'already', claim };
}

function granted(before: Claim | undefined, command: ClaimCommand, fence: number, moment: Moment): Claim {
  const { run, actor } = command.holder;
  return {
    schemaVersion: 1,
    state: 'claimed',
    generation: (before?.generation ?? 0) + 1,
    ...(isUnanswered(before) ? { afterDoubt: true } : {}),
    fence,
    holder: { actor, ...(run ? { run } : {}) },
    clock: moment.clock,
    claimedAt: instant(moment.writtenMs),
    leaseUntil: instant(moment.writtenMs + command.leaseMs),
    windowMs: command.windowMs,
    ...(command.payload === undefined ? {} : { payload: command.payload }),
  };
}

/** Nobody who held it said how it ended: its window ran out, or a person released it. */
const isUnanswered = (claim: Claim | undefined): boolean =>
  claim !== undefined &&
  (claim.state === 'claimed' || claim.state === 'in-doubt' || claim.reason === 'by-hand');

const settled = (claim: Claim, state: 'recorded' | 'released', moment: Moment): Claim => {
  const { reason: _, ...rest } = claim;
  return { ...rest, state, settledAt: instant(moment.writtenMs), clock: moment.clock };
};

/** The lease's end stays: the window of a doubt is counted from it, however late the doubt is noticed. */
const doubted = (claim: Claim, reason: DoubtReason, moment: Moment): Claim => ({
  ...claim,
  state: 'in-doubt',
  reason,
  settledAt: instant(moment.writtenMs),
});

const instant = (epochMs: number): string => new Date(epochMs).toISOString();
