import { describe, expect, it } from 'vitest';
import type { Moment } from '../../src/ledger/moment.ts';
import { type Claim, claimSchema, stateAt, windowEndsMs } from '../../src/once/claim.ts';
import {
  at,
  DOUBTED,
  EXPIRED,
  HOUR,
  MOMENT,
  NOW,
  OVER,
  RECORDED,
  RELEASED,
  RUNNING,
  SKEW,
} from './some-claims.ts';

describe('the state of a key', () => {
  const later = (ms: number): Moment => ({ ...MOMENT, nowMs: NOW + ms });
  const others = (claim: Claim): Claim => ({ ...claim, clock: 'there' });
  it.each<[string, ReturnType<typeof stateAt>, Claim | undefined, Moment]>([
    ['that was never claimed', 'free', undefined, MOMENT],
    ['whose lease runs', 'claimed', RUNNING, later(29_999)],
    ['whose lease ran out', 'in-doubt', RUNNING, later(30_000)],
    ['whose lease ran out nearly a window ago', 'in-doubt', RUNNING, later(30_000 + HOUR - 1)],
    ['whose lease ran out a window ago', 'free', RUNNING, later(30_000 + HOUR)],
    ['that was released', 'free', RELEASED, MOMENT],
    ['that was recorded', 'recorded', RECORDED, later(HOUR - 10_001)],
    ['that was recorded a window ago', 'free', RECORDED, later(HOUR - 10_000)],
    ['in doubt, while the lease would still run', 'in-doubt', DOUBTED, MOMENT],
    ['in doubt, nearly a window after the lease', 'in-doubt', DOUBTED, later(30_000 + HOUR - 1)],
    ['in doubt, a window after the lease', 'free', DOUBTED, later(30_000 + HOUR)],
    ['whose lease another host gave, within the allowance', 'claimed', others(EXPIRED), later(SKEW - 1)],
    ['whose lease another host gave, after the allowance', 'in-doubt', others(EXPIRED), later(SKEW)],
    ['that another host recorded, within the allowance', 'recorded', others(OVER), later(SKEW - 1)],
    ['that another host recorded, after the allowance', 'free', others(OVER), later(SKEW)],
    ['whose times the store gave', 'in-doubt', others(EXPIRED), { ...MOMENT, oneClock: true }],
  ])('%s is %s', (_, state, claim, moment) => {
    expect(stateAt(claim, moment)).toBe(state);
  });
});

describe('the window of a claim', () => {
  it('begins when its effect was recorded, and otherwise when its lease ends', () => {
    expect(windowEndsMs(RECORDED)).toBe(NOW - 10_000 + HOUR);
    for (const claim of [RUNNING, DOUBTED, RELEASED]) expect(windowEndsMs(claim)).toBe(NOW + 30_000 + HOUR);
  });

  it('begins with the lease’s end where nobody wrote down when it was recorded', () => {
    const { settledAt: _, ...untold } = RECORDED;
    expect(windowEndsMs(untold)).toBe(NOW + 30_000 + HOUR);
  });
});

describe('a claim in the ledger', () => {
  it.each([RUNNING, DOUBTED, RECORDED, RELEASED])('is understood: $state', (claim) => {
    expect(claimSchema.parse(claim)).toEqual(claim);
  });

  it.each<[string, Record<string, unknown>]>([
    ['a later version', { schemaVersion: 2 }],
    ['another state', { state: 'dreaming' }],
    ['the fence 0', { fence: 0 }],
    ['a time without its zone', { leaseUntil: at(0).replace('Z', '') }],
    ['a payload that is told rather than named by its digest', { payload: 'pay 5' }],
    ['a digest within something longer', { payload: `${'a'.repeat(64)}, jane` }],
    ['something after which a digest comes', { payload: `jane, ${'a'.repeat(64)}` }],
    ['a reason from outside', { reason: 'it broke' }],
    ['a field that nobody knows', { note: 'hello' }],
  ])('is not understood with %s', (_, change) => {
    expect(claimSchema.safeParse({ ...RUNNING, ...change }).success).toBe(false);
  });
});
