import type { Clock } from '../../ports/clock.ts';
import { CASES, type Case } from './cases.ts';
import { type Change, changeBetween, type Seen } from './change.ts';
import { isBusy, type Reply } from './reply.ts';
import {
  judgeControl,
  judgeFirst,
  judgeLostReply,
  judgePayload,
  judgeRace,
  judgeRepeat,
  type Verdict,
} from './verdict.ts';

/** What makes one write another one: the key that the service knows it by, and what stands in its payload. */
export interface Identity {
  readonly key: string;
  readonly nonce: string;
}

export type Observation =
  | { readonly kind: 'seen'; readonly seen: Seen }
  /** It could not be read, or did not come to rest. */
  | { readonly kind: 'unread'; readonly why: string };

/** What a replay does, through whatever it is done. Both reject only when the run is to end. */
export interface Effects {
  /** The state, when it has come to rest. */
  observe(): Promise<Observation>;
  send(identity: Identity, how: { readonly other: boolean; readonly cut: boolean }): Promise<Reply>;
  newKey(): string;
  newNonce(): string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface ReplayPlan {
  /** Why a case is not made. */
  readonly leftOut: ReadonlyMap<Case, string>;
  /** How many writes race. */
  readonly race: number;
  /** The other payload stands in `other`; else a new nonce makes it. */
  readonly hasOther: boolean;
}

export type CaseResult =
  | { readonly kind: 'left-out'; readonly name: Case; readonly why: string }
  | {
      readonly kind: 'made';
      readonly name: Case;
      readonly verdict: Verdict;
      readonly made: Made;
      readonly startedAtMs: number;
      readonly elapsedMs: number;
    };

/** What was done and seen in one case. */
export interface Made {
  readonly identity?: Identity;
  /** In order; the state before the case first. */
  readonly states: readonly Seen[];
  readonly replies: readonly Reply[];
  /** It was led where nothing may be written. */
  readonly forbidden?: boolean;
}

type Outcome = { readonly verdict: Verdict; readonly made: Made; readonly stop?: string };

const REPEATS_WHILE_BUSY = 3;

/**
 * Makes one write in all the ways in which it may be repeated, and judges each by the state before and after. Where a case
 * takes the ground away from those after it, they are not made: each of them is a real write.
 */
export async function replay(
  plan: ReplayPlan,
  effects: Effects,
  onCase: (result: CaseResult) => void,
): Promise<readonly CaseResult[]> {
  const { clock, signal } = effects;
  const run = createCases(plan, effects);
  const results: CaseResult[] = [];
  let stop: string | undefined;
  for (const name of CASES) {
    const why = plan.leftOut.get(name) ?? stop;
    if (why !== undefined) {
      results.push({ kind: 'left-out', name, why });
      continue;
    }
    const startedAtMs = clock.now();
    const started = clock.monotonic();
    const outcome = await run[name]().catch((error: unknown): Outcome => {
      if (!signal.aborted) throw error;
      return stopped(signal.reason);
    });
    const { verdict, made } = outcome;
    stop ??= outcome.stop;
    const elapsedMs = Math.round(clock.monotonic() - started);
    const result: CaseResult = { kind: 'made', name, verdict, made, startedAtMs, elapsedMs };
    results.push(result);
    onCase(result);
  }
  return results;
}

/** The cases, one after the other on the same state. */
function createCases({ race, hasOther }: ReplayPlan, effects: Effects): Record<Case, () => Promise<Outcome>> {
  const first: Identity = newIdentity(effects);
  let state: Seen;
  let unit: Change = { kind: 'none' };

  /** Writes, waits until the state rests, and judges; the state after it is the one before the next case. */
  const around = async (
    identity: Identity,
    sends: () => Promise<readonly Reply[]>,
    judge: (before: Seen, after: Seen, replies: readonly Reply[]) => Verdict,
  ): Promise<Outcome> => {
    const before = state;
    const replies = await sends();
    const forbidden = replies.find((reply) => reply.kind === 'forbidden');
    if (forbidden) return ledAstray(forbidden.why, { identity, states: [before], replies });
    const observed = await effects.observe();
    if (observed.kind === 'unread') return unread(observed.why, { identity, states: [before], replies });
    state = observed.seen;
    const made = { identity, states: [before, state], replies };
    return { verdict: judge(before, state, replies), made };
  };
  const once =
    (identity: Identity, other = false) =>
    async () => [await effects.send(identity, { other, cut: false })];

  return {
    first: async () => {
      const observed = await effects.observe();
      if (observed.kind === 'unread') return unread(observed.why, { states: [], replies: [] });
      state = observed.seen;
      const outcome = await around(first, once(first), (before, after, replies) => {
        unit = changeBetween(before, after);
        return judgeFirst({ before, after, replies });
      });
      return stopUnlessPassed(outcome, 'not made: the first write did not pass');
    },
    repeat: async () => {
      const outcome = await around(first, once(first), (before, after, replies) =>
        judgeRepeat({ before, after, replies }),
      );
      return stopUnlessPassed(
        outcome,
        'not made: the plain repetition did not pass, and these would be more writes',
      );
    },
    control: async () => {
      const other = newIdentity(effects);
      const outcome = await around(other, once(other), (before, after, replies) =>
        judgeControl({ before, after, replies }, unit),
      );
      return stopUnlessPassed(
        outcome,
        'not made: the control write did not pass, so that nothing could be judged',
      );
    },
    race: () => {
      const raced = newIdentity(effects);
      const all = async () =>
        Promise.all(Array.from({ length: race }, () => effects.send(raced, { other: false, cut: false })));
      return around(raced, all, (before, after, replies) => judgeRace({ before, after, replies }, unit));
    },
    payload: () => {
      const changed = hasOther ? first : { key: first.key, nonce: effects.newNonce() };
      return around(changed, once(changed, hasOther), (before, after, replies) =>
        judgePayload({ before, after, replies }),
      );
    },
    'lost-reply': async () => {
      const lost = newIdentity(effects);
      const before = state;
      const dropped = await effects.send(lost, { other: false, cut: true });
      if (dropped.kind === 'forbidden')
        return ledAstray(dropped.why, { identity: lost, states: [before], replies: [dropped] });
      const observed = await effects.observe();
      if (observed.kind === 'unread')
        return unread(observed.why, { identity: lost, states: [before], replies: [dropped] });
      state = observed.seen;
      const between = state;
      const outcome = await around(
        lost,
        () => whileBusy(lost, effects),
        (_, after, replies) =>
          judgeLostReply({ before, between, after, replies: [dropped, ...replies] }, unit),
      );
      const { states, replies } = outcome.made;
      return {
        ...outcome,
        made: { ...outcome.made, states: [before, ...states], replies: [dropped, ...replies] },
      };
    },
  };
}

/** The service may still be at work on the write whose reply was dropped; then it is asked again when the state rests. */
async function whileBusy(identity: Identity, effects: Effects): Promise<readonly Reply[]> {
  const replies: Reply[] = [];
  for (;;) {
    const reply = await effects.send(identity, { other: false, cut: false });
    replies.push(reply);
    if (!isBusy(reply) || replies.length === REPEATS_WHILE_BUSY) return replies;
    const rested = await effects.observe();
    if (rested.kind === 'unread') return replies;
  }
}

const newIdentity = (effects: Effects): Identity => ({ key: effects.newKey(), nonce: effects.newNonce() });

const stopUnlessPassed = (outcome: Outcome, why: string): Outcome =>
  outcome.verdict.status === 'pass' ? outcome : { stop: why, ...outcome };

const unread = (why: string, made: Made): Outcome => ({
  verdict: { status: 'untestable', expected: 'a state that can be read and comes to rest', observed: why },
  made,
  stop: 'not made: the state could not be read',
});

const ledAstray = (why: string, made: Made): Outcome => ({
  verdict: {
    status: 'fail',
    expected: 'a write that stays within `allow-writes-to`',
    observed: why,
    detail: 'Nothing was sent there. Allow that origin too, or set `follow: false`.',
  },
  made: { ...made, forbidden: true },
  stop: 'not made: the write is led where nothing may be written',
});

const stopped = (reason: unknown): Outcome => ({
  verdict: {
    status: 'untestable',
    expected: 'time to make the case',
    observed: reason instanceof Error ? reason.message : String(reason),
  },
  made: { states: [], replies: [] },
  stop: 'not made: the run was stopped',
});
