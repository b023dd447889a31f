import { describe, expect, it } from 'vitest';
import { failed, granted, grantTurn, isLive, staleAtMs, turned } from '../../src/deploy/attempt.ts';
import { ago, done, moment, NOW, orphaned, running, turn } from './examples.ts';

const COMMAND = { holder: { actor: 'host:b' }, staleAfterMs: 30_000, artifactId: 'shop:8' };
const LATER = moment({ writtenMs: NOW + 3_000, clock: 'b' });

describe('a grant of a phase', () => {
  it('is of whoever asked, from the ledger’s newest time on', () => {
    expect(granted(undefined, COMMAND, 9, LATER)).toEqual({
      state: 'running',
      fence: 9,
      holder: { actor: 'host:b' },
      clock: 'b',
      heartbeatAt: ago(-3),
      staleAfterMs: 30_000,
      artifactId: 'shop:8',
      turns: [turn('started', -3, 9, 'host:b')],
    });
  });

  it('keeps the turns of those before, and nothing else of them', () => {
    const before = running({ state: 'failed', reason: 'interrupted', from: 3, turns: [turn('failed', 9)] });
    const { turns, ...rest } = granted(before, COMMAND, 9, LATER);
    expect(turns).toEqual([turn('failed', 9), turn('restarted', -3, 9, 'host:b')]);
    expect(Object.keys(rest)).not.toContain('reason');
    expect(Object.keys(rest)).not.toContain('from');
  });

  it('says of a rollback what it goes back from, also from the version 0', () => {
    expect(granted(undefined, { ...COMMAND, from: 0 }, 9, LATER)).toMatchObject({ from: 0 });
  });

  it.each([
    ['started', undefined],
    ['taken-over', orphaned()],
    ['restarted', running({ state: 'failed' })],
    ['restarted', done()],
    ['restarted', running({ state: 'rolled-back' })],
  ] as const)('is %s, by what stood there before', (how, before) => {
    expect(grantTurn(before)).toBe(how);
  });
});

describe('the turns of a phase', () => {
  it('come after one another, each at the ledger’s newest time and under the phase’s fence', () => {
    expect(turned(running(), 'done', LATER, 'host:b')).toEqual({
      ...running(),
      turns: [turn('started', 100), turn('done', -3, 4, 'host:b')],
    });
  });

  it('are the newest 50', () => {
    const turns = Array.from({ length: 50 }, (_, n) => turn('started', 1_000 - n));
    expect(turned(running({ turns }), 'done', moment(), 'host:b').turns).toEqual([
      ...turns.slice(1),
      turn('done', 0, 4, 'host:b'),
    ]);
  });

  it('end in a failure with its reason', () => {
    expect(failed(running(), 'lease-over', moment(), 'host:b')).toEqual({
      ...running(),
      state: 'failed',
      reason: 'lease-over',
      turns: [turn('started', 100), turn('failed', 0, 4, 'host:b')],
    });
  });
});

describe('a phase is live', () => {
  const ends = NOW + 40_000;
  it('until so long after its heartbeat as it said', () => {
    expect(staleAtMs(running())).toBe(ends);
    expect(isLive(running(), moment({ nowMs: ends - 1 }))).toBe(true);
    expect(isLive(running(), moment({ nowMs: ends }))).toBe(false);
  });

  it('for as much longer as another host’s clock may be wrong, unless there is one clock', () => {
    const other = running({ clock: 'b' });
    expect(isLive(other, moment({ nowMs: ends + 4_999 }))).toBe(true);
    expect(isLive(other, moment({ nowMs: ends + 5_000 }))).toBe(false);
    expect(isLive(other, moment({ nowMs: ends, oneClock: true }))).toBe(false);
  });

  it('by our own clock, however late the ledger’s newest entry is', () => {
    expect(isLive(running(), moment({ writtenMs: ends }))).toBe(true);
  });

  it.each(['done', 'failed', 'rolled-back'] as const)('no more when it is %s', (state) => {
    expect(isLive(running({ state }), moment())).toBe(false);
  });
});
