import { type Change, changeBetween, changeText, isCountable, type Seen, sameChange } from './change.ts';
import { type Reply, receptionOf, repliesText, replyText } from './reply.ts';

/** What a case proves. `untestable`: it could not be found out. */
export interface Verdict {
  readonly status: 'pass' | 'fail' | 'untestable';
  readonly expected: string;
  /** Without the values that were seen: only what changed, and what came back. */
  readonly observed: string;
  readonly detail?: string;
}

/** The state around some writes that were made, and what came back. */
export interface Around {
  readonly before: Seen;
  readonly after: Seen;
  readonly replies: readonly Reply[];
}

const none = (change: Change): boolean => change.kind === 'none';

/** A write that does nothing, or that was not accepted, proves nothing about its repetition. */
export function judgeFirst({ before, after, replies }: Around): Verdict {
  const change = changeBetween(before, after);
  const base = { expected: 'a change', observed: `${changeText(change)}; reply: ${repliesText(replies)}` };
  if (!replies.every((reply) => receptionOf(reply) === 'accepted')) {
    return {
      ...base,
      status: 'untestable',
      detail: 'The write was not accepted: fix the request, or what it needs.',
    };
  }
  if (!none(change)) return { ...base, status: 'pass' };
  return {
    ...base,
    status: 'untestable',
    detail:
      'A write that changes nothing proves nothing. Does `observe` look at what this write changes, and is `settle` long enough?',
  };
}

export function judgeRepeat({ before, after, replies }: Around): Verdict {
  const change = changeBetween(before, after);
  const base = { expected: 'no change', observed: `${changeText(change)}; reply: ${repliesText(replies)}` };
  if (!none(change)) {
    return {
      ...base,
      status: 'fail',
      detail: 'The second write had an effect of its own: a client that retries doubles it.',
    };
  }
  if (replies.some((reply) => receptionOf(reply) === 'unclear')) {
    return {
      ...base,
      status: 'untestable',
      detail: 'The service did not accept the second write, so it proves nothing.',
    };
  }
  return { ...base, status: 'pass' };
}

/** Guards all the others: a dead endpoint, a wrong observation or somebody else's traffic would pass them. */
export function judgeControl({ before, after, replies }: Around, unit: Change): Verdict {
  const change = changeBetween(before, after);
  const base = {
    expected: changeText(unit),
    observed: `${changeText(change)}; reply: ${repliesText(replies)}`,
  };
  if (sameChange(change, unit)) return { ...base, status: 'pass' };
  return {
    ...base,
    status: 'untestable',
    detail: none(change)
      ? 'A write with another key changed nothing, so that the repetition may have been a no-op for another reason.'
      : 'A write with another key did not do what the first did: does somebody else write there, or do effects come after `settle`?',
  };
}

const UNCOUNTABLE =
  'One effect and two look alike in this value: observe a `count`, a number or a list, or turn the case off.';

export function judgeRace({ before, after, replies }: Around, unit: Change): Verdict {
  const change = changeBetween(before, after);
  const base = {
    expected: `${changeText(unit)}, once`,
    observed: `${changeText(change)}; replies: ${repliesText(replies)}`,
  };
  const answered = replies.filter(({ kind }) => kind === 'status' || kind === 'code').length;
  const accepted = replies.some((reply) => receptionOf(reply) === 'accepted');
  if (sameChange(change, unit)) {
    if (answered < 2) {
      return {
        ...base,
        status: 'untestable',
        detail: 'Fewer than two of them were answered: that is no race.',
      };
    }
    return isCountable(unit)
      ? { ...base, status: 'pass' }
      : { ...base, status: 'untestable', detail: UNCOUNTABLE };
  }
  if (!none(change)) {
    return {
      ...base,
      status: 'fail',
      detail: 'Of writes with one key, sent at once, more than one had an effect.',
    };
  }
  return accepted
    ? { ...base, status: 'fail', detail: 'The service accepted the write, and it had no effect.' }
    : { ...base, status: 'untestable', detail: 'None of them was accepted.' };
}

export function judgePayload({ before, after, replies }: Around): Verdict {
  const change = changeBetween(before, after);
  const base = {
    expected: 'refused (4xx), and no change',
    observed: `${changeText(change)}; reply: ${repliesText(replies)}`,
  };
  if (!none(change)) {
    return {
      ...base,
      status: 'fail',
      detail: 'The same key was used for two different writes, and both had an effect.',
    };
  }
  const receptions = replies.map(receptionOf);
  if (receptions.includes('accepted')) {
    return {
      ...base,
      status: 'fail',
      detail:
        'Another payload under a used key was taken for the first one: keep a digest of the payload with the key, and answer 422.',
    };
  }
  return receptions.includes('unclear')
    ? { ...base, status: 'untestable', detail: 'The service did not decide about it.' }
    : { ...base, status: 'pass' };
}

/** `between` is the state after the reply was dropped, before the write was repeated. */
export interface AroundLost extends Around {
  readonly between: Seen;
}

export function judgeLostReply({ before, between, after, replies }: AroundLost, unit: Change): Verdict {
  const [atFirst, later] = [changeBetween(before, between), changeBetween(between, after)];
  const [dropped, ...repeats] = replies;
  const observed = `${changeText(atFirst)} without the reply, ${changeText(later)} by the repetition; reply: ${repliesText(repeats)}`;
  const base = { expected: `${changeText(unit)}, once`, observed };
  if (dropped?.kind !== 'cut') {
    const why = dropped ? replyText(dropped) : 'nothing was sent';
    return { ...base, status: 'untestable', detail: `The reply could not be dropped: ${why}.` };
  }
  const effects = [atFirst, later].filter((change) => !none(change));
  const [only] = effects;
  if (only && effects.length === 1 && sameChange(only, unit)) return { ...base, status: 'pass' };
  if (only) {
    return {
      ...base,
      status: 'fail',
      detail:
        'A client that did not get the reply and writes again doubles the effect: record the key with the effect, not with the reply.',
    };
  }
  const last = repeats.at(-1);
  return last && receptionOf(last) !== 'unclear'
    ? {
        ...base,
        status: 'fail',
        detail: 'The effect is lost: neither the first write nor its repetition had one.',
      }
    : { ...base, status: 'untestable', detail: 'The service did not accept the repetition.' };
}
