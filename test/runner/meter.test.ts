import { describe, expect, it } from 'vitest';
import { chargeOf, knownCost, type Metered } from '../../src/runner/meter.ts';
import { NO_CLAUDE } from '../../src/runner/meter-claude.ts';
import { MAX_MICROS } from '../../src/runner/meter-money.ts';
import { NOTHING_REPORTED, type Reported } from '../../src/runner/meter-report.ts';

const SAID = { cost: true, value: true, units: true };
/** All that a command can report. */
const REPORTED: Reported = {
  lines: 3,
  usdInMicros: 100_000,
  valueMicros: 2_000_000,
  units: 3,
  said: SAID,
  degraded: ['mirror'],
  notes: ['batch-1'],
};
const CLAUDE = { results: 2, usdInMicros: 50_000 };

const metered = (more: Partial<Metered> = {}): Metered => ({
  meter: 'report',
  reported: REPORTED,
  claude: NO_CLAUDE,
  reservedMicros: 400_000,
  complete: true,
  unitValueMicros: undefined,
  ...more,
});

/** The charge of a tick that everything is known of. */
const CHARGE = {
  usdInMicros: 100_000,
  usdProvenance: 'measured',
  valueMicros: 2_000_000,
  valueProvenance: 'measured',
  units: 3,
  degraded: ['mirror'],
  notes: ['batch-1'],
};
const RESERVED = { ...CHARGE, usdInMicros: 400_000, usdProvenance: 'reserved' };
const silent = { ...REPORTED, usdInMicros: 0, said: { ...SAID, cost: false } };

describe('the cost of a tick', () => {
  it.each<[string, Partial<Metered>, object]>([
    ['what was reported, of a command that ended by itself', {}, CHARGE],
    [
      'what was reported, whatever Claude Code said, where its results are not asked for',
      { claude: { ...CLAUDE, fault: 'claude-cost-missing' } },
      CHARGE,
    ],
    [
      'what Claude Code said and what was reported, together',
      { meter: 'claude', claude: CLAUDE },
      { ...CHARGE, usdInMicros: 150_000 },
    ],
    [
      'what Claude Code said, where nothing was reported',
      { meter: 'claude', claude: CLAUDE, reported: silent },
      { ...CHARGE, usdInMicros: 50_000 },
    ],
    [
      'the reservation, where nothing was said of it',
      { reported: silent },
      { ...RESERVED, degraded: ['cost-not-reported', 'mirror'] },
    ],
    [
      'the reservation, where the report has a fault, which stands alone',
      { reported: { ...silent, fault: 'report-malformed' } },
      { ...RESERVED, degraded: ['report-malformed', 'mirror'] },
    ],
    [
      'the reservation, where Claude Code left no result',
      { meter: 'claude' },
      { ...RESERVED, degraded: ['claude-result-missing', 'mirror'] },
    ],
    [
      'the reservation, where its only result has a fault, which stands alone',
      { meter: 'claude', claude: { ...NO_CLAUDE, fault: 'claude-result-malformed' } },
      { ...RESERVED, degraded: ['claude-result-malformed', 'mirror'] },
    ],
    [
      'the reservation, where one of several results has a fault',
      { meter: 'claude', claude: { ...CLAUDE, fault: 'claude-cost-missing' } },
      { ...RESERVED, degraded: ['claude-cost-missing', 'mirror'] },
    ],
    [
      'the reservation, where the command was cut short',
      { complete: false },
      { ...RESERVED, degraded: ['command-cut-short', 'mirror'] },
    ],
    [
      'the reservation, where it was cut short having said just as much',
      { complete: false, reservedMicros: 100_000 },
      { ...CHARGE, usdProvenance: 'reserved', degraded: ['command-cut-short', 'mirror'] },
    ],
    [
      'what it said, where it was cut short having said more',
      { complete: false, reservedMicros: 99_999 },
      { ...CHARGE, degraded: ['command-cut-short', 'mirror'] },
    ],
    [
      'the reservation, with every doubt named',
      {
        meter: 'claude',
        complete: false,
        reported: { ...REPORTED, fault: 'report-too-long', degraded: ['command-cut-short'] },
      },
      { ...RESERVED, degraded: ['report-too-long', 'claude-result-missing', 'command-cut-short'] },
    ],
    ['what was reported, also where that is less than the reservation', { reservedMicros: 100_001 }, CHARGE],
  ])('is %s', (_, more, charge) => {
    expect(chargeOf(metered(more))).toEqual(charge);
  });

  it('is never more than the books can hold', () => {
    const full = { ...REPORTED, usdInMicros: MAX_MICROS };
    expect(knownCost({ meter: 'claude', reported: full, claude: CLAUDE })).toBe(MAX_MICROS);
    expect(knownCost({ meter: 'report', reported: NOTHING_REPORTED, claude: CLAUDE })).toBe(0);
  });
});

describe('the value of a tick', () => {
  const worth = (said: Partial<Reported['said']>, units: number, unitValueMicros?: number) => {
    const reported = { ...REPORTED, valueMicros: 0, units, said: { ...SAID, value: false, ...said } };
    const { valueMicros, valueProvenance } = chargeOf(metered({ reported, unitValueMicros }));
    return { valueMicros, valueProvenance };
  };
  const NONE = { valueMicros: 0, valueProvenance: 'reserved' };

  it('is what was reported, also where that is nothing', () => {
    expect(worth({ value: true }, 3, 250_000)).toEqual({ valueMicros: 0, valueProvenance: 'measured' });
  });

  it('is that of its units at the price of the config, rounded down, where none was reported', () => {
    expect(worth({}, 3, 250_000)).toEqual({ valueMicros: 750_000, valueProvenance: 'declared' });
    expect(worth({}, 0.5, 333_333)).toEqual({ valueMicros: 166_666, valueProvenance: 'declared' });
    expect(worth({}, 1e12, 1e9)).toEqual({ valueMicros: MAX_MICROS, valueProvenance: 'declared' });
  });

  it('is nothing that is known, where its units have no price', () => {
    expect(worth({}, 3)).toEqual(NONE);
  });

  it('is nothing that is known, where nothing was said', () => {
    expect(worth({ units: false }, 0, 250_000)).toEqual(NONE);
  });
});

it('a charge has no notes where none were made', () => {
  const { notes: _, ...charge } = CHARGE;
  expect(chargeOf(metered({ reported: { ...REPORTED, notes: [] } }))).toEqual(charge);
});
