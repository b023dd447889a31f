import { describe, expect, it } from 'vitest';
import type { Change, Seen } from '../../../src/once/replay/change.ts';
import type { Reply } from '../../../src/once/replay/reply.ts';
import {
  judgeControl,
  judgeFirst,
  judgeLostReply,
  judgePayload,
  judgeRace,
  judgeRepeat,
  type Verdict,
} from '../../../src/once/replay/verdict.ts';

/** The status, what was expected, what was observed, and a part of the advice where there is any. */
type Words = readonly [Verdict['status'], string, string, RegExp?];

const verdictOf = ([status, expected, observed, detail]: Words): unknown => ({
  ...{ status, expected, observed },
  ...(detail ? { detail: expect.stringMatching(detail) } : {}),
});

const status = (code: number): Reply => ({ kind: 'status', status: code });
const exit = (code: number): Reply => ({ kind: 'code', code });
const CUT: Reply = { kind: 'cut' };
const NO_ANSWER: Reply = { kind: 'none', why: 'ECONNRESET' };
const ONE: Change = { kind: 'by', amount: 1 };
const around = (before: Seen, after: Seen, ...replies: Reply[]) => ({ before, after, replies });

describe('the first write', () => {
  it.each<[string, ReturnType<typeof around>, Words]>([
    ['that changed something', around(0, 1, status(201)), ['pass', 'a change', '+1; reply: 201']],
    [
      'that was not accepted, whatever changed',
      around(0, 1, status(400)),
      ['untestable', 'a change', '+1; reply: 400', /not accepted/],
    ],
    [
      'of which one part was not accepted',
      around(0, 1, status(201), status(400)),
      ['untestable', 'a change', '+1; reply: 1 × 201, 1 × 400', /not accepted/],
    ],
    [
      'that changed nothing',
      around(0, 0, exit(0)),
      ['untestable', 'a change', 'no change; reply: exit code 0', /Does `observe` look at/],
    ],
  ])('%s is told', (_, made, words) => expect(judgeFirst(made)).toEqual(verdictOf(words)));
});

describe('the repetition', () => {
  it.each<[string, ReturnType<typeof around>, Words]>([
    ['that changed nothing', around(1, 1, status(200)), ['pass', 'no change', 'no change; reply: 200']],
    ['that was refused', around(1, 1, exit(1)), ['pass', 'no change', 'no change; reply: exit code 1']],
    ['that had an effect', around(1, 3, status(200)), ['fail', 'no change', '+2; reply: 200', /doubles it/]],
    [
      'that had an effect and no answer',
      around(1, 2, NO_ANSWER),
      ['fail', 'no change', '+1; reply: ECONNRESET', /doubles it/],
    ],
    [
      'of which one part was not answered',
      around(1, 1, status(200), NO_ANSWER),
      ['untestable', 'no change', 'no change; reply: 1 × 200, 1 × ECONNRESET', /did not accept/],
    ],
  ])('%s is told', (_, made, words) => expect(judgeRepeat(made)).toEqual(verdictOf(words)));
});

describe('the control write', () => {
  it.each<[string, ReturnType<typeof around>, Words]>([
    ['that did the same', around(1, 2, status(201)), ['pass', '+1', '+1; reply: 201']],
    [
      'that did nothing',
      around(1, 1, status(201)),
      ['untestable', '+1', 'no change; reply: 201', /changed nothing/],
    ],
    [
      'that did something else',
      around(1, 3, status(201)),
      ['untestable', '+1', '+2; reply: 201', /did not do what the first did/],
    ],
  ])('%s is told', (_, made, words) => expect(judgeControl(made, ONE)).toEqual(verdictOf(words)));
});

describe('the race', () => {
  it.each<[string, ReturnType<typeof around>, Words, Change?]>([
    [
      'with one effect',
      around(1, 2, status(201), status(409)),
      ['pass', '+1, once', '+1; replies: 1 × 201, 1 × 409'],
    ],
    [
      'of commands with one effect',
      around(1, 2, exit(0), exit(1)),
      ['pass', '+1, once', '+1; replies: 1 × exit code 0, 1 × exit code 1'],
    ],
    [
      'of which one was answered',
      around(1, 2, status(201), NO_ANSWER, CUT),
      [
        'untestable',
        '+1, once',
        '+1; replies: 1 × 201, 1 × ECONNRESET, 1 × reply dropped',
        /that is no race/,
      ],
    ],
    [
      'in a value that can’t be counted',
      around('a', 'b', status(201), status(409)),
      [
        'untestable',
        'another value, once',
        'another value; replies: 1 × 201, 1 × 409',
        /One effect and two look alike/,
      ],
      { kind: 'replaced' },
    ],
    [
      'with two effects',
      around(1, 3, status(201), status(409)),
      ['fail', '+1, once', '+2; replies: 1 × 201, 1 × 409', /more than one had an effect/],
    ],
    [
      'with none, though one was accepted',
      around(1, 1, status(409), status(201)),
      ['fail', '+1, once', 'no change; replies: 1 × 409, 1 × 201', /it had no effect/],
    ],
    [
      'with none, where none was accepted',
      around(1, 1, status(409), NO_ANSWER),
      ['untestable', '+1, once', 'no change; replies: 1 × 409, 1 × ECONNRESET', /None of them/],
    ],
  ])('%s is told', (_, made, words, unit = ONE) => {
    expect(judgeRace(made, unit)).toEqual(verdictOf(words));
  });
});

describe('another payload', () => {
  const EXPECTED = 'refused (4xx), and no change';
  it.each<[string, ReturnType<typeof around>, Words]>([
    ['that was refused', around(1, 1, status(422)), ['pass', EXPECTED, 'no change; reply: 422']],
    [
      'that had an effect',
      around(1, 2, status(422)),
      ['fail', EXPECTED, '+1; reply: 422', /both had an effect/],
    ],
    [
      'that was accepted without one',
      around(1, 1, NO_ANSWER, status(200)),
      ['fail', EXPECTED, 'no change; reply: 1 × ECONNRESET, 1 × 200', /taken for the first one/],
    ],
    [
      'that nobody decided about',
      around(1, 1, status(422), status(503)),
      ['untestable', EXPECTED, 'no change; reply: 1 × 422, 1 × 503', /did not decide/],
    ],
  ])('%s is told', (_, made, words) => expect(judgePayload(made)).toEqual(verdictOf(words)));
});

describe('the lost reply', () => {
  const EXPECTED = '+1, once';
  const observed = (first: string, later: string, replies: string) =>
    `${first} without the reply, ${later} by the repetition; reply: ${replies}`;
  it.each<[string, readonly [Seen, Seen, Seen], readonly Reply[], Words]>([
    [
      'of a write that had its effect',
      [1, 2, 2],
      [CUT, status(200)],
      ['pass', EXPECTED, observed('+1', 'no change', '200')],
    ],
    [
      'of a write whose repetition had it',
      [1, 1, 2],
      [CUT, status(409), status(201)],
      ['pass', EXPECTED, observed('no change', '+1', '1 × 409, 1 × 201')],
    ],
    [
      'of a write that had it twice',
      [1, 2, 3],
      [CUT, status(201)],
      ['fail', EXPECTED, observed('+1', '+1', '201'), /doubles the effect/],
    ],
    [
      'of a write that had another effect',
      [1, 3, 3],
      [CUT, status(200)],
      ['fail', EXPECTED, observed('+2', 'no change', '200'), /doubles the effect/],
    ],
    [
      'of a write that had none, though the service decided at last',
      [1, 1, 1],
      [CUT, status(503), status(409)],
      ['fail', EXPECTED, observed('no change', 'no change', '1 × 503, 1 × 409'), /The effect is lost/],
    ],
    [
      'of a write that had none, and that the service did not decide about',
      [1, 1, 1],
      [CUT, status(409), status(503)],
      ['untestable', EXPECTED, observed('no change', 'no change', '1 × 409, 1 × 503'), /did not accept/],
    ],
    [
      'of a write that was not repeated',
      [1, 1, 1],
      [CUT],
      ['untestable', EXPECTED, observed('no change', 'no change', ''), /did not accept/],
    ],
    [
      'that came nevertheless',
      [1, 2, 2],
      [status(413), status(200)],
      ['untestable', EXPECTED, observed('+1', 'no change', '200'), /could not be dropped: 413\.$/],
    ],
    [
      'of a write that was not sent',
      [1, 1, 1],
      [],
      ['untestable', EXPECTED, observed('no change', 'no change', ''), /: nothing was sent\.$/],
    ],
  ])('%s is told', (_, [before, between, after], replies, words) => {
    expect(judgeLostReply({ before, between, after, replies }, ONE)).toEqual(verdictOf(words));
  });
});
