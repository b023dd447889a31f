import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../src/proof/errors.ts';
import type { Guard } from '../../src/runner/guard.ts';
import { decideStart, type StartCommand } from '../../src/runner/tick-start.ts';
import { newRunner, type RunnerState } from '../../src/runner/tick-state.ts';
import { at, FAILURE, HOUR_MS, ledgerOf, MOMENT, OPEN, STATE, WRITTEN } from './records.ts';

const ENVIRONMENT: Guard = { name: 'kill-environment', state: 'off', observed: 'not set' };
const FLAG: Guard = { name: 'kill-flag', state: 'off', observed: 'not set' };
const SLOT = '2030-01-01T12:00:00.000Z';

const COMMAND: StartCommand = {
  runner: 'digest',
  trigger: 'schedule',
  attempt: 1,
  config: 'c'.repeat(64),
  slot: SLOT,
  capMicros: 2_000_000,
  estimateMicros: 500_000,
  leaseMs: HOUR_MS,
  breakerTicks: 3,
  hostGuards: [ENVIRONMENT],
};

const decide = (
  state: RunnerState | undefined,
  command: Partial<StartCommand> = {},
  others: Readonly<Record<string, unknown>> = {},
) =>
  decideStart(
    ledgerOf({ ...(state ? { 'runners/digest': state } : {}), ...others }),
    { ...COMMAND, ...command },
    21,
    MOMENT,
  );

const BUDGET = {
  capMicros: 2_000_000,
  settledMicros: 300_000,
  reservedMicros: 0,
  estimateMicros: 500_000,
};
const KNOWN = { guards: [ENVIRONMENT, FLAG], budget: BUDGET, lost: undefined };
/** What each line says of the fifth tick. */
const FIFTH = {
  runner: 'digest',
  tick: 5,
  day: '2030-01-01',
  slot: SLOT,
  trigger: 'schedule',
  attempt: 1,
  config: 'c'.repeat(64),
};
const RESERVES = {
  fence: 21,
  reservedMicros: 500_000,
  capMicros: 2_000_000,
  leaseUntil: at(WRITTEN + HOUR_MS),
};
const STARTED = { startedAt: at(WRITTEN), clock: 'here' };

describe('a tick that nothing forbids', () => {
  it('is started, with its money reserved and its slot remembered', async () => {
    const open = { ...FIFTH, ...RESERVES, ...STARTED };
    expect(await decide(STATE)).toEqual({
      entries: [{ kind: 'tick-started', ...FIFTH, ...RESERVES }],
      records: { 'runners/digest': { ...STATE, ticks: 5, open, slot: SLOT } },
      subject: 'start tick 5 of digest',
      verdict: { ...KNOWN, kind: 'started', open, leftMicros: 1_700_000 },
    });
  });

  it('may be a runner’s first, by hand, and takes no slot from the schedule', async () => {
    const by = { trigger: 'manual', event: 'workflow_dispatch', label: 'try' } as const;
    const identity = { ...FIFTH, ...by, tick: 1 };
    const open = { ...identity, ...RESERVES, ...STARTED };
    expect(await decide(undefined, by)).toEqual({
      entries: [{ kind: 'tick-started', ...identity, ...RESERVES }],
      records: { 'runners/digest': { ...newRunner('digest'), ticks: 1, open } },
      subject: 'start tick 1 of digest',
      verdict: {
        ...KNOWN,
        budget: { ...BUDGET, settledMicros: 0 },
        kind: 'started',
        open,
        leftMicros: 2_000_000,
      },
    });
  });

  it.each<[string, Partial<StartCommand>, string | null, string | null]>([
    ['a newer slot is remembered', {}, '2030-01-01T08:00:00.000Z', SLOT],
    ['without a slot, the last one stays remembered', { slot: null }, SLOT, SLOT],
    ['without any, there is none', { slot: null }, null, null],
    ['a slot that is served may be run again by hand', { trigger: 'manual' }, SLOT, SLOT],
    ['and in a re-run', { trigger: 'rerun' }, '2030-01-01T16:00:00.000Z', '2030-01-01T16:00:00.000Z'],
  ])('%s', async (_, command, before, after) => {
    const { verdict, records } = await decide({ ...STATE, slot: before }, command);
    expect(verdict.kind).toBe('started');
    expect(records).toMatchObject({ 'runners/digest': { slot: after } });
  });
});

describe('a tick is halted, and that is written down', () => {
  const halted = (by: string, verdict: object = {}, state: RunnerState = STATE) => ({
    entries: [{ kind: 'tick-halted', ...FIFTH, haltedBy: by }],
    records: { 'runners/digest': { ...state, ticks: 5 } },
    subject: 'halt tick 5 of digest',
    verdict: { ...KNOWN, kind: 'halted', by, tick: 5, ...verdict },
  });

  it('by a kill flag of its host', async () => {
    const guard: Guard = { name: 'kill-file', state: 'set', observed: 'ops/kill is there' };
    const guards = { guards: [guard, FLAG] };
    expect(await decide(STATE, { hostGuards: [guard] })).toEqual(halted('kill-file', guards));
  });

  it('by the kill flag of the ledger', async () => {
    const hold = {
      schemaVersion: 1,
      scope: 'ticks',
      state: 'set',
      reason: 'too dear',
      by: { actor: 'github:octocat' },
      at: '2029-12-31T10:00:00.000Z',
    };
    const observed = 'set since 2029-12-31T10:00:00.000Z by github:octocat: too dear';
    const guards = { guards: [ENVIRONMENT, { ...FLAG, state: 'set', observed }] };
    expect(await decide(STATE, {}, { 'holds/ticks': hold })).toEqual(halted('kill-flag', guards));
  });

  it('by a kill flag of the ledger that can’t be read', async () => {
    const { verdict, ...written } = await decide(STATE, {}, { 'holds/ticks': { state: 'cleared' } });
    const { verdict: _, ...expected } = halted('guard-unreadable');
    expect(written).toEqual(expected);
    expect(verdict).toMatchObject({ kind: 'halted', by: 'guard-unreadable', tick: 5 });
    expect(verdict.guards).toEqual([
      ENVIRONMENT,
      { name: 'kill-flag', state: 'unreadable', observed: expect.stringContaining('holds/ticks') },
    ]);
  });

  it('by its breaker, whose failures are counted', async () => {
    const state = { ...STATE, breaker: { failure: FAILURE, count: 3 } };
    expect(await decide(state)).toEqual(halted('breaker', { failures: 3 }, state));
  });

  it('by the spend cap, when what it may cost does not fit under it', async () => {
    const state = { ...STATE, days: { '2030-01-01': 1_500_001 } };
    const budget = { ...BUDGET, settledMicros: 1_500_001 };
    expect(await decide(state)).toEqual(halted('spend-cap', { budget }, state));
  });

  it('also while another one is open, whose reservation counts', async () => {
    const open = { ...OPEN, day: '2030-01-01', leaseUntil: at(WRITTEN + HOUR_MS) };
    const state = { ...STATE, open };
    const budget = { ...BUDGET, capMicros: 1_000_000, reservedMicros: 400_000 };
    expect(await decide(state, { capMicros: 1_000_000 })).toEqual(halted('spend-cap', { budget }, state));
  });
});

describe('a tick is skipped, and nothing is written', () => {
  it('while another one is open', async () => {
    const open = { ...OPEN, leaseUntil: at(WRITTEN + HOUR_MS) };
    expect(await decide({ ...STATE, open })).toEqual({
      entries: [],
      verdict: { ...KNOWN, kind: 'skipped', why: 'overlap', open },
    });
  });

  it.each([SLOT, '2030-01-01T16:00:00.000Z'])(
    'on schedule, when its slot is served: the last one was %s',
    async (slot) => {
      expect(await decide({ ...STATE, slot })).toEqual({
        entries: [],
        verdict: { ...KNOWN, kind: 'skipped', why: 'slot-done', slot: SLOT },
      });
    },
  );
});

describe('a tick that died', () => {
  const { leaseUntil: _u, capMicros: _c, reservedMicros: _r, clock: _k, ...ofOpen } = OPEN;
  const failure = createHash('sha256').update('lost').digest('hex');
  const LOST = {
    kind: 'tick-ended',
    ...ofOpen,
    endedAt: at(WRITTEN),
    outcome: 'lost',
    usdInMicros: 400_000,
    usdProvenance: 'reserved',
    valueMicros: 0,
    valueProvenance: 'reserved',
    units: 0,
    degraded: [],
    failure,
  };
  const DEAD: RunnerState = { ...STATE, ticks: 5, open: OPEN, slot: OPEN.slot };
  const BURIED: RunnerState = {
    ...DEAD,
    open: null,
    days: { '2029-12-31': 1_300_000, '2030-01-01': 300_000 },
    breaker: { failure, count: 1 },
    lost: [{ tick: 5, fence: 17, day: '2029-12-31', chargedMicros: 400_000 }],
  };
  const SIXTH = { ...FIFTH, tick: 6 };

  it('is written down by the next one, which starts', async () => {
    const open = { ...SIXTH, ...RESERVES, ...STARTED };
    expect(await decide(DEAD)).toEqual({
      entries: [LOST, { kind: 'tick-started', ...SIXTH, ...RESERVES }],
      records: { 'runners/digest': { ...BURIED, ticks: 6, open, slot: SLOT } },
      subject: 'start tick 6 of digest',
      verdict: { ...KNOWN, lost: LOST, kind: 'started', open, leftMicros: 1_700_000 },
    });
  });

  it('is written down by one that is halted, and counts as a failure at once', async () => {
    const { entries, records, verdict } = await decide(DEAD, { breakerTicks: 1 });
    expect(entries).toEqual([LOST, { kind: 'tick-halted', ...SIXTH, haltedBy: 'breaker' }]);
    expect(records).toEqual({ 'runners/digest': { ...BURIED, ticks: 6 } });
    expect(verdict).toEqual({ ...KNOWN, lost: LOST, kind: 'halted', by: 'breaker', tick: 6, failures: 1 });
  });

  it('is written down by one whose slot is served, which runs nothing', async () => {
    expect(await decide(DEAD, { slot: OPEN.slot })).toEqual({
      entries: [LOST],
      records: { 'runners/digest': BURIED },
      subject: 'bury lost tick of digest',
      verdict: { ...KNOWN, lost: LOST, kind: 'skipped', why: 'slot-done', slot: OPEN.slot },
    });
  });

  it('is kept in mind with the seven before it', async () => {
    const lost = Array.from({ length: 8 }, (_, index) => ({
      tick: index + 1,
      fence: index + 1,
      day: '2029-12-30',
      chargedMicros: 1,
    }));
    const { records } = await decide({ ...DEAD, lost });
    expect(records).toMatchObject({ 'runners/digest': { lost: [...lost.slice(1), ...BURIED.lost] } });
  });

  it.each([
    ['to the end of its lease, by the clock that wrote it', 'here', MOMENT.nowMs],
    ['a minute longer, by another host’s', 'there', MOMENT.nowMs - 60_000],
  ])('is waited for %s', async (_, clock, endMs) => {
    const kindAt = async (ms: number) =>
      (await decide({ ...DEAD, open: { ...OPEN, clock, leaseUntil: at(ms) } })).verdict.kind;
    expect([await kindAt(endMs + 1), await kindAt(endMs)]).toEqual(['skipped', 'started']);
  });
});

describe('what can’t be read', () => {
  it('of the runner’s books keeps it from running', async () => {
    await expect(decide({ ...STATE, ticks: -1 })).rejects.toMatchObject({ code: 'runner-unreadable' });
  });

  it.each([
    ['a store', new Error('connection reset')],
    ['a ledger that moved', new CodedError('inconclusive', 'ledger-moved', 'it moved')],
  ])('because of %s is not taken for a flag', async (_, cause) => {
    const ledger = ledgerOf({ 'runners/digest': STATE });
    const failing = {
      ...ledger,
      get: async (path: string) => {
        if (path === 'holds/ticks') throw cause;
        return ledger.get(path);
      },
    };
    await expect(decideStart(failing, COMMAND, 21, MOMENT)).rejects.toBe(cause);
  });
});
