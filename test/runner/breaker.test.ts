import { describe, expect, it } from 'vitest';
import { breakerAfter, isTripped, rearmBreaker } from '../../src/runner/breaker.ts';
import type { TickEnded } from '../../src/runner/entries.ts';
import type { RunnerState } from '../../src/runner/tick-state.ts';
import { FAILURE, ledgerOf, OTHER_FAILURE, STATE } from './records.ts';

const TWICE = { failure: FAILURE, count: 2 };

describe('the breaker', () => {
  it.each<[string, RunnerState['breaker'], TickEnded['outcome'], string | undefined, RunnerState['breaker']]>(
    [
      ['a pass forgets the failures before it', TWICE, 'passed', undefined, null],
      ['a pass forgets them whatever else was said of it', TWICE, 'passed', FAILURE, null],
      ['a first failure is counted', null, 'failed', FAILURE, { failure: FAILURE, count: 1 }],
      ['an equal one is added', TWICE, 'failed', FAILURE, { failure: FAILURE, count: 3 }],
      ['a different one starts anew', TWICE, 'failed', OTHER_FAILURE, { failure: OTHER_FAILURE, count: 1 }],
      ['a tick that died counts as well', TWICE, 'lost', FAILURE, { failure: FAILURE, count: 3 }],
      ['what a control stopped says nothing', TWICE, 'halted', undefined, TWICE],
      ['an end that nothing is known of says nothing', TWICE, 'inconclusive', undefined, TWICE],
      ['nothing said after nothing is nothing', null, 'halted', undefined, null],
    ],
  )('%s', (_, before, outcome, failure, after) => {
    expect(breakerAfter(before, { outcome, failure })).toEqual(after);
  });

  it('trips with the last failure that is allowed, and stays so', () => {
    expect([null, { ...TWICE, count: 2 }].map((breaker) => isTripped(breaker, 3))).toEqual([false, false]);
    expect([3, 4].map((count) => isTripped({ ...TWICE, count }, 3))).toEqual([true, true]);
  });
});

describe('rearming', () => {
  const failing = (runner: string): RunnerState => ({ ...STATE, runner, breaker: TWICE });
  const BOOKS = {
    'runners/digest': failing('digest'),
    'runners/healthy': { ...STATE, runner: 'healthy' },
    'runners/invite': failing('invite'),
    'watchdog/digest': { alerts: {} },
  };

  it('forgets the failures of every runner that has some, and nothing else of its books', async () => {
    expect(await rearmBreaker(ledgerOf(BOOKS))).toEqual({
      entries: [
        { kind: 'breaker-rearmed', runner: 'digest' },
        { kind: 'breaker-rearmed', runner: 'invite' },
      ],
      records: {
        'runners/digest': { ...STATE, runner: 'digest', breaker: null },
        'runners/invite': { ...STATE, runner: 'invite', breaker: null },
      },
      subject: 'rearm the breaker of 2 runner(s)',
      verdict: ['digest', 'invite'],
    });
  });

  it('forgets those of the one that is named', async () => {
    expect(await rearmBreaker(ledgerOf(BOOKS), 'invite')).toEqual({
      entries: [{ kind: 'breaker-rearmed', runner: 'invite' }],
      records: { 'runners/invite': { ...STATE, runner: 'invite', breaker: null } },
      subject: 'rearm the breaker of 1 runner(s)',
      verdict: ['invite'],
    });
  });

  it.each(['healthy', 'never-seen'])('writes nothing where there are none: %s', async (runner) => {
    expect(await rearmBreaker(ledgerOf(BOOKS), runner)).toMatchObject({
      entries: [],
      records: {},
      verdict: [],
    });
  });
});
