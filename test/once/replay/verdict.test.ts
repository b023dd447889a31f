import { describe, expect, it } from 'vitest';
import { casesLeftOut } from '../../../src/once/replay/cases.ts';
import type { Change } from '../../../src/once/replay/change.ts';
import type { Reply } from '../../../src/once/replay/reply.ts';
import { hasSettled, type Look, type Rest, restAfter } from '../../../src/once/replay/settling.ts';
import {
  judgeControl,
  judgeFirst,
  judgeLostReply,
  judgePayload,
  judgeRace,
  judgeRepeat,
} from '../../../src/once/replay/verdict.ts';

const status = (code: number): Reply => ({ kind: 'status', status: code });
const NO_ANSWER: Reply = { kind: 'none', why: 'ECONNRESET' };
const CUT: Reply = { kind: 'cut' };
const ONE: Change = { kind: 'by', amount: 1 };
const around = (before: number, after: number, ...replies: Reply[]) => ({ before, after, replies });

describe('the first write', () => {
  it.each([
    ['changes something', around(0, 1, status(201)), 'pass'],
    ['is answered by a redirect, as forms are', around(0, 1, status(303)), 'pass'],
    ['changes nothing', around(0, 0, status(201)), 'untestable'],
    ['is not accepted', around(0, 1, status(401)), 'untestable'],
    ['is not answered', around(0, 1, NO_ANSWER), 'untestable'],
  ] as const)('%s', (_, made, expected) => expect(judgeFirst(made).status).toBe(expected));
});

describe('the repetition', () => {
  it.each([
    ['changes nothing', around(1, 1, status(201)), 'pass'],
    ['is refused as a repetition', around(1, 1, status(409)), 'pass'],
    ['finds what it deletes gone', around(1, 1, status(404)), 'pass'],
    ['has an effect, whatever it answers', around(1, 2, status(409)), 'fail'],
    ['was turned away before it was looked at', around(1, 1, status(429)), 'untestable'],
    ['failed', around(1, 1, status(500)), 'untestable'],
  ] as const)('%s', (_, made, expected) => expect(judgeRepeat(made).status).toBe(expected));
});

describe('the control write', () => {
  it.each([
    ['does what the first did', around(1, 2, status(201)), 'pass'],
    ['does nothing', around(1, 1, status(201)), 'untestable'],
    ['does more, or somebody else does', around(1, 3, status(201)), 'untestable'],
  ] as const)('%s', (_, made, expected) => expect(judgeControl(made, ONE).status).toBe(expected));
});

describe('the race', () => {
  const conflicts = [status(201), status(409), status(409)];
  it.each([
    ['has one effect', around(1, 2, ...conflicts), 'pass'],
    ['has two', around(1, 3, ...conflicts), 'fail'],
    ['has none although it was accepted', around(1, 1, ...conflicts), 'fail'],
    ['is accepted by nobody', around(1, 1, status(409), status(429)), 'untestable'],
    ['is hardly answered', around(1, 2, status(201), NO_ANSWER), 'untestable'],
  ] as const)('%s', (_, made, expected) => expect(judgeRace(made, ONE).status).toBe(expected));

  it('can’t be judged by a text, which looks the same after one effect and after two', () => {
    const made = { before: 'a', after: 'b', replies: conflicts };
    expect(judgeRace(made, { kind: 'replaced' }).status).toBe('untestable');
  });
});

describe('another payload', () => {
  it.each([
    ['is refused', around(1, 1, status(422)), 'pass'],
    ['is taken for the first one', around(1, 1, status(201)), 'fail'],
    ['is refused and applied', around(1, 2, status(422)), 'fail'],
    ['makes the service fail', around(1, 1, status(500)), 'untestable'],
  ] as const)('%s', (_, made, expected) => expect(judgePayload(made).status).toBe(expected));
});

describe('the lost reply', () => {
  const lost = (before: number, between: number, after: number, ...replies: Reply[]) => ({
    ...around(before, after, ...replies),
    between,
  });
  it.each([
    ['had its effect, and the repetition had none', lost(1, 2, 2, CUT, status(201)), 'pass'],
    ['had no effect, and the repetition had it', lost(1, 1, 2, CUT, status(201)), 'pass'],
    ['had an effect, and the repetition another', lost(1, 2, 3, CUT, status(201)), 'fail'],
    ['had both effects at last', lost(1, 1, 3, CUT, status(201)), 'fail'],
    ['lost the effect too', lost(1, 1, 1, CUT, status(201)), 'fail'],
    ['left a key that stays in flight for ever', lost(1, 1, 1, CUT, status(409)), 'fail'],
    ['was answered before it could be dropped', lost(1, 2, 2, status(413), status(201)), 'untestable'],
    ['could not be repeated', lost(1, 1, 1, CUT, NO_ANSWER), 'untestable'],
  ] as const)('%s', (_, made, expected) => expect(judgeLostReply(made, ONE).status).toBe(expected));
});

describe('what is not made', () => {
  const http = { isCommand: false, hasKey: true, hasOtherPayload: true, without: [] } as const;
  it('is nothing for a request with a key and a nonce', () => {
    expect(casesLeftOut(http).size).toBe(0);
  });
  it.each([
    ['another payload where there is none', { ...http, hasOtherPayload: false }, ['payload']],
    ['another payload under no key', { ...http, hasKey: false }, ['payload']],
    ['a lost reply of a command', { ...http, isCommand: true }, ['lost-reply']],
    ['what was turned off', { ...http, without: ['race', 'payload'] }, ['race', 'payload']],
  ] as const)('is %s', (_, traits, names) => {
    expect([...casesLeftOut(traits).keys()]).toEqual(names);
  });
});

describe('a state that rests', () => {
  const rest = (looks: readonly Look[]) =>
    looks.reduce<Rest | undefined>((so, look) => restAfter(so, look), undefined) as Rest;
  const look = (beganMs: number, endedMs: number, seen: number): Look => ({ beganMs, endedMs, seen });

  it('has been the same between the end of one look and the beginning of another', () => {
    expect(hasSettled(rest([look(0, 10, 1), look(60, 70, 1)]), 50)).toBe(true);
    expect(hasSettled(rest([look(0, 10, 1), look(59, 70, 1)]), 50)).toBe(false);
  });
  it('is not seen in one look, however long it took', () => {
    expect(hasSettled(rest([look(0, 900, 1)]), 50)).toBe(false);
  });
  it('begins anew with every change, also with one that is taken back', () => {
    const looks = [look(0, 10, 1), look(30, 40, 2), look(70, 80, 1)];
    expect(hasSettled(rest(looks), 50)).toBe(false);
    expect(hasSettled(rest([...looks, look(130, 140, 1)]), 50)).toBe(true);
  });
});
