import { describe, expect, it } from 'vitest';
import { ruleOnHalt, ruleOnKill, type SeenKill, type SeenTick } from '../../src/runner/drill.ts';
import { accountText } from '../../src/runner/drill-account.ts';
import { drillSchema } from '../../src/runner/entries.ts';

const FREE: SeenTick = { outcome: 'passed', haltedBy: '', started: true, marks: 1 };
const HALTED: SeenTick = { outcome: 'halted', haltedBy: 'spend-cap', started: false, marks: 0 };

describe('a drill of a control that keeps a tick from starting', () => {
  const rule = (stopped: Partial<SeenTick>, free: Partial<SeenTick> = {}) =>
    ruleOnHalt('spend-cap', { ...FREE, ...free }, { ...HALTED, ...stopped }).outcome;

  it('passes when this control halted the tick, and the command would have left a mark', () => {
    expect(rule({})).toBe('passed');
  });

  it.for<[string, Partial<SeenTick>]>([
    ['the command left its mark though the tick says that it was halted', { marks: 1 }],
    [
      'the command left its mark, and nothing could be said of the tick',
      { marks: 1, outcome: 'inconclusive' },
    ],
    ['the command was started', { started: true }],
    ['the command was started and failed', { started: true, outcome: 'failed', haltedBy: '' }],
  ])('fails when %s', ([, stopped]) => {
    expect(rule(stopped)).toBe('failed');
    expect(rule(stopped, { marks: 0 })).toBe('failed');
  });

  it.for<[string, Partial<SeenTick>, Partial<SeenTick>]>([
    ['another control was first', { haltedBy: 'kill-file' }, {}],
    ['the control could not be read', { outcome: 'inconclusive', haltedBy: 'guard-unreadable' }, {}],
    ['the tick was skipped', { outcome: 'skipped', haltedBy: '' }, {}],
    ['the tick broke', { outcome: 'inconclusive', haltedBy: '', error: 'no store' }, {}],
    ['no mark is left without the control either', {}, { marks: 0 }],
  ])('shows nothing when %s', ([, stopped, free]) => {
    expect(rule(stopped, free)).toBe('inconclusive');
  });
});

describe('a drill of the kill', () => {
  const KILLED: SeenKill = {
    tick: {
      outcome: 'inconclusive',
      haltedBy: 'interrupted',
      started: true,
      marks: 0,
      containment: 'subreaper',
    },
    kinds: 4,
    descendants: 4,
    ended: true,
    alive: 0,
    beats: 0,
  };
  const rule = (seen: Partial<SeenKill>, tick: Partial<SeenTick> = {}) =>
    ruleOnKill({ ...KILLED, ...seen, tick: { ...KILLED.tick, ...tick } }).outcome;

  it('passes when all were at work and none is left', () => {
    expect(rule({})).toBe('passed');
    expect(rule({ alive: undefined })).toBe('passed');
  });

  it('fails on one process, one sign of life, one mark, and on a tick that goes on', () => {
    expect(rule({ alive: 1 })).toBe('failed');
    expect(rule({ beats: 1 })).toBe('failed');
    expect(rule({}, { marks: 1 })).toBe('failed');
    expect(rule({ ended: false })).toBe('failed');
    expect(rule({ alive: 1, descendants: 1 })).toBe('failed');
  });

  it('shows nothing when fewer than all were at work, or when something else ended the tick', () => {
    expect(rule({ descendants: 3 })).toBe('inconclusive');
    expect(rule({ descendants: 0, ended: false })).toBe('inconclusive');
    expect(rule({}, { haltedBy: 'max-runtime' })).toBe('inconclusive');
    expect(rule({}, { haltedBy: '', outcome: 'passed' })).toBe('inconclusive');
  });

  it('rules in what the ledger takes', () => {
    const { said: _, ...ruling } = ruleOnKill(KILLED);
    const entry = { kind: 'drill', runner: 'r', control: 'kill-process', config: 'a'.repeat(64), ...ruling };
    expect(drillSchema.parse(entry)).toEqual(entry);
  });
});

it('an account lets no text from outside out of its cell', () => {
  const text = accountText({
    runner: 'r',
    control: 'spend-cap',
    at: '2026-11-20T00:00:00.000Z',
    config: 'a'.repeat(64),
    store: 'git+file:/a|b`c\n# heading',
    seq: 1,
    stage: 'the same store',
    ruling: { outcome: 'passed', said: 'fine', evidence: { x: '`|<b>' } },
  });
  expect(text.split('\n').filter((line) => /^#/.test(line))).toHaveLength(3);
  expect(text).toContain('| ledger | `git+file:/a b c # heading` |');
});
