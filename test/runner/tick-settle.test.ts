import { describe, expect, it } from 'vitest';
import { decideRaise, decideSettle, endOfAbandoned, type TickEnd } from '../../src/runner/tick-settle.ts';
import type { RunnerState } from '../../src/runner/tick-state.ts';
import { at, FAILURE, MOMENT, OPEN, STATE, WRITTEN } from './records.ts';

const RUNNING: RunnerState = { ...STATE, ticks: 5, open: OPEN, slot: OPEN.slot };
const END: TickEnd = {
  outcome: 'passed',
  usdInMicros: 250_000,
  usdProvenance: 'measured',
  valueMicros: 1_000_000,
  valueProvenance: 'measured',
  units: 2,
  exitCode: 0,
  logDigest: 'a'.repeat(64),
  containment: 'subreaper',
  degraded: [],
};

describe('the end of a tick', () => {
  const IDENTITY = {
    runner: 'digest',
    tick: 5,
    day: '2029-12-31',
    slot: '2029-12-31T20:00:00.000Z',
    trigger: 'schedule',
    attempt: 1,
    config: 'c'.repeat(64),
    fence: 17,
    startedAt: '2029-12-31T23:00:00.000Z',
    endedAt: at(WRITTEN),
  };

  it('closes it, and what it cost counts on the day of its reservation', () => {
    const ended = { kind: 'tick-ended', ...IDENTITY, ...END };
    expect(decideSettle(RUNNING, 17, END, MOMENT)).toEqual({
      entries: [ended],
      records: {
        'runners/digest': {
          ...RUNNING,
          open: null,
          days: { '2029-12-31': 1_150_000, '2030-01-01': 300_000 },
        },
      },
      subject: 'end tick 5 of digest: passed',
      verdict: { kind: 'settled', ended },
    });
  });

  it('counts a failure, and says of its run what its start said', () => {
    const open = { ...OPEN, event: 'schedule', label: 'nightly' };
    const end: TickEnd = { ...END, outcome: 'failed', exitCode: 3, failure: FAILURE };
    const ended = { kind: 'tick-ended', ...IDENTITY, event: 'schedule', label: 'nightly', ...end };
    expect(decideSettle({ ...RUNNING, open }, 17, end, MOMENT)).toEqual({
      entries: [ended],
      records: {
        'runners/digest': {
          ...RUNNING,
          open: null,
          days: { '2029-12-31': 1_150_000, '2030-01-01': 300_000 },
          breaker: { failure: FAILURE, count: 1 },
        },
      },
      subject: 'end tick 5 of digest: failed',
      verdict: { kind: 'settled', ended },
    });
  });

  it('has only what is known of it', () => {
    const { entries } = decideSettle(RUNNING, 17, { ...END, exitCode: undefined, notes: undefined }, MOMENT);
    expect(Object.keys(entries[0] ?? {})).not.toContain('exitCode');
    expect(Object.keys(entries[0] ?? {})).not.toContain('notes');
  });

  it('of a process that was killed is charged all that it had reserved', () => {
    expect(endOfAbandoned(400_000)).toEqual({
      outcome: 'inconclusive',
      haltedBy: 'interrupted',
      usdInMicros: 400_000,
      usdProvenance: 'reserved',
      valueMicros: 0,
      valueProvenance: 'reserved',
      units: 0,
      degraded: [],
    });
  });

  it.each([
    ['nothing is open', STATE],
    ['another one is open', { ...RUNNING, open: { ...OPEN, tick: 6, fence: 18 } }],
  ])('writes nothing where %s, and it was not taken for dead', (_, state) => {
    expect(decideSettle(state, 17, END, MOMENT)).toEqual({ entries: [], verdict: { kind: 'already' } });
  });
});

describe('a tick that was taken for dead', () => {
  const OTHER = { tick: 3, fence: 11, day: '2029-12-30', chargedMicros: 7 };
  const LOST = { tick: 5, fence: 17, day: '2029-12-31', chargedMicros: 400_000 };
  const books: RunnerState = { ...STATE, lost: [OTHER, LOST] };

  it('is charged what it cost beyond its reservation, on the day of that', () => {
    expect(decideSettle(books, 17, { ...END, usdInMicros: 550_000 }, MOMENT)).toEqual({
      entries: [
        {
          kind: 'tick-corrected',
          runner: 'digest',
          tick: 5,
          fence: 17,
          day: '2029-12-31',
          usdInMicros: 150_000,
        },
      ],
      records: {
        'runners/digest': {
          ...books,
          days: { '2029-12-31': 1_050_000, '2030-01-01': 300_000 },
          lost: [OTHER, { ...LOST, chargedMicros: 550_000 }],
        },
      },
      subject: 'correct tick 5 of digest',
      verdict: { kind: 'too-late', extraMicros: 150_000 },
    });
  });

  it.each([0, 399_999, 400_000])('gets nothing back when it cost %d', (usdInMicros) => {
    expect(decideSettle(books, 17, { ...END, usdInMicros }, MOMENT)).toEqual({
      entries: [],
      verdict: { kind: 'too-late', extraMicros: 0 },
    });
  });
});

describe('a reservation', () => {
  const raised = (reservedMicros: number) => ({
    entries: [
      {
        kind: 'reservation-raised',
        runner: 'digest',
        tick: 5,
        fence: 17,
        day: '2029-12-31',
        reservedMicros,
      },
    ],
    records: { 'runners/digest': { ...RUNNING, open: { ...OPEN, reservedMicros } } },
    subject: 'raise reservation of tick 5 of digest',
    verdict: reservedMicros,
  });

  it('is raised to what is wanted', () => {
    expect(decideRaise(RUNNING, 17, 700_000)).toEqual(raised(700_000));
  });

  it('is raised to what is left of its day where that is less', () => {
    expect(decideRaise(RUNNING, 17, 1_500_000)).toEqual(raised(1_100_000));
  });

  it('is raised to the whole cap where nothing else was spent on its day', () => {
    const days = { '2030-01-01': 300_000 };
    expect(decideRaise({ ...RUNNING, days }, 17, 5_000_000)).toEqual({
      ...raised(2_000_000),
      records: { 'runners/digest': { ...RUNNING, days, open: { ...OPEN, reservedMicros: 2_000_000 } } },
    });
  });

  it.each([
    ['as much is reserved already', RUNNING, 400_000],
    ['more is reserved already', RUNNING, 100_000],
    ['just that is left of its day', { ...RUNNING, days: { '2029-12-31': 1_600_000 } }, 900_000],
    ['less than that is left of its day', { ...RUNNING, days: { '2029-12-31': 2_500_000 } }, 900_000],
  ])('stays as it is where %s', (_, state, wanted) => {
    expect(decideRaise(state, 17, wanted)).toEqual({ entries: [], verdict: 400_000 });
  });

  it.each([
    ['nothing is open', STATE],
    ['another tick is open', { ...RUNNING, open: { ...OPEN, tick: 6, fence: 18 } }],
  ])('is none where %s', (_, state) => {
    expect(decideRaise(state, 17, 700_000)).toEqual({ entries: [], verdict: 0 });
  });
});
