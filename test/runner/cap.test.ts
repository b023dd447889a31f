import { describe, expect, it } from 'vitest';
import { type Budget, budgetOf, fitsUnder, leftMicros } from '../../src/runner/cap.ts';
import { OPEN, STATE } from './records.ts';

const ASKED = { capMicros: 2_000_000, estimateMicros: 500_000 };

describe('the budget of a day', () => {
  it('has what was settled on it and what is reserved on it', () => {
    const state = { ...STATE, open: OPEN };
    expect(budgetOf(state, '2029-12-31', ASKED)).toEqual({
      ...ASKED,
      settledMicros: 900_000,
      reservedMicros: 400_000,
    });
  });

  it('has no reservation of another day, though its tick is still running', () => {
    const state = { ...STATE, open: OPEN };
    expect(budgetOf(state, '2030-01-01', ASKED)).toEqual({
      ...ASKED,
      settledMicros: 300_000,
      reservedMicros: 0,
    });
  });

  it('is whole on a day without a tick', () => {
    expect(budgetOf(STATE, '2030-01-02', ASKED)).toEqual({ ...ASKED, settledMicros: 0, reservedMicros: 0 });
  });
});

describe('one more tick', () => {
  const budget = (more: Partial<Budget>): Budget => ({
    capMicros: 1_000,
    settledMicros: 0,
    reservedMicros: 0,
    estimateMicros: 0,
    ...more,
  });

  it.each<[string, boolean, number, Partial<Budget>]>([
    ['fits exactly at the cap', true, 400, { settledMicros: 400, reservedMicros: 200, estimateMicros: 400 }],
    ['does not fit above it', false, 400, { settledMicros: 400, reservedMicros: 200, estimateMicros: 401 }],
    ['does not fit where all is settled', false, 0, { settledMicros: 1_000, estimateMicros: 1 }],
    ['does not fit where all is reserved', false, 0, { reservedMicros: 1_000, estimateMicros: 1 }],
    [
      'has nothing left, not less, when the cap was lowered below what is spent',
      false,
      0,
      { settledMicros: 1_500 },
    ],
    ['may cost nothing where nothing is left', true, 0, { settledMicros: 1_000 }],
  ])('%s', (_, fits, left, more) => {
    expect({ fits: fitsUnder(budget(more)), left: leftMicros(budget(more)) }).toEqual({ fits, left });
  });
});
