import { describe, expect, it } from 'vitest';
import { dollarsOf, MAX_MICROS, microsOf } from '../../src/runner/meter-money.ts';

describe('an amount finer than a micro-dollar', () => {
  it.each<[string | number, number, number]>([
    ['0.0000014', 2, 1],
    ['0.000001', 1, 1],
    ['1.0000000', 1_000_000, 1_000_000],
    ['1.00000001', 1_000_001, 1_000_000],
    ['1e-6', 1, 1],
    ['15e-7', 2, 1],
    ['1e-7', 1, 0],
    ['9e-8', 1, 0],
    // The zero at its end is none of the digits that were lost.
    ['10e-9', 1, 0],
    ['100e-9', 1, 0],
    ['0e-9', 0, 0],
    ['0.0e-9', 0, 0],
  ])('%s is rounded up as a cost, and down as a value', (amount, cost, value) => {
    expect([microsOf(amount, 'up'), microsOf(amount, 'down')]).toEqual([cost, value]);
  });

  it('is beyond all reason where it is rounded up to more than there may be', () => {
    expect(microsOf('1000000000', 'up')).toBe(MAX_MICROS);
    expect(microsOf('1000000000.0000001', 'down')).toBe(MAX_MICROS);
    expect(microsOf('1000000000.0000001', 'up')).toBeUndefined();
  });
});

describe('micro-dollars', () => {
  it.each([
    [0, '0.00'],
    [1, '0.000001'],
    [10, '0.00001'],
    [100_000, '0.10'],
    [123_000, '0.123'],
    [400_000, '0.40'],
    [1_000_000, '1.00'],
    [1_001_000, '1.001'],
    [12_345_678, '12.345678'],
    [100_000_000, '100.00'],
  ])('%d are written as %s', (micros, dollars) => {
    expect(dollarsOf(micros)).toBe(dollars);
  });
});
