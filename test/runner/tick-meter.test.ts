import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chargeOf, type Metered } from '../../src/runner/meter.ts';
import { addOutput, NO_CLAUDE } from '../../src/runner/meter-claude.ts';
import { dollarsOf, microsOf } from '../../src/runner/meter-money.ts';
import { addLine, NOTHING_REPORTED, type Reported } from '../../src/runner/meter-report.ts';
import { failureText } from '../../src/runner/tick-digest.ts';

const report = (...lines: readonly unknown[]): Reported =>
  lines.reduce<Reported>(
    (reported, line) => addLine(reported, typeof line === 'string' ? line : JSON.stringify(line)),
    NOTHING_REPORTED,
  );
const claude = (...lines: readonly unknown[]) =>
  lines.reduce<typeof NO_CLAUDE>(
    (cost, line) => addOutput(cost, typeof line === 'string' ? line : JSON.stringify(line)),
    NO_CLAUDE,
  );
const metered = (more: Partial<Metered>): Metered => ({
  meter: 'report',
  reported: NOTHING_REPORTED,
  claude: NO_CLAUDE,
  reservedMicros: 400_000,
  complete: true,
  unitValueMicros: undefined,
  ...more,
});

describe('money', () => {
  it.each([
    ['0.4', 400_000],
    ['5.00', 5_000_000],
    [0.07, 70_000],
    [0.1 + 0.2, 300_001],
    ['1e-7', 1],
    [1e-6, 1],
    ['2.5e2', 250_000_000],
    ['0', 0],
    ['1000000000', 1e15],
  ])('%s dollars are micro-dollars, rounded up as a cost', (amount, micros) => {
    expect(microsOf(amount, 'up')).toBe(micros);
  });

  it.each(['-1', '-0.01', 'NaN', 'Infinity', '', '1,5', '0x10', '1e99', '1000000001', '$1', ' 1'])(
    '%j is no amount',
    (text) => {
      expect(microsOf(text, 'up')).toBeUndefined();
    },
  );

  it('is the same again when it is written and read', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e15 }),
        (micros) => microsOf(dollarsOf(micros), 'up') === micros,
      ),
    );
    expect([dollarsOf(0), dollarsOf(400_000), dollarsOf(1), dollarsOf(12_345_678)]).toEqual([
      '0.00',
      '0.40',
      '0.000001',
      '12.345678',
    ]);
  });

  it('never rounds a cost away, nor a value up', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (amount) => {
        const [up, down] = [microsOf(amount, 'up'), microsOf(amount, 'down')];
        if (up === undefined || down === undefined) return amount < 1e-90;
        return up >= down && up - down <= 1 && (amount === 0 || up > 0);
      }),
    );
  });
});

describe('the report', () => {
  it('adds up costs, values and units, and keeps words', () => {
    expect(
      report(
        { usd_in: 0.1, value_usd: '2.50', units: 3, note: 'batch-1' },
        { usd_in: 0.2, degraded: 'mirror' },
        { units: 1, degraded: ['feed-b', 'not a word'], note: 'a whole sentence' },
      ),
    ).toMatchObject({
      usdInMicros: 300_000,
      valueMicros: 2_500_000,
      units: 4,
      said: { cost: true, value: true, units: true },
      degraded: ['mirror', 'feed-b', 'other'],
      notes: ['batch-1'],
    });
  });

  it.each([
    ['a cost below zero', { usd_in: -0.1 }],
    ['a cost that is no number', { usd_in: 'much' }],
    ['units below zero', { units: -1 }],
    ['a name that is not known', { usd: 1 }],
    ['half a line', '{"usd_in": 0.'],
    ['no object', '0.3'],
  ])('is malformed with %s, and charged the reservation', (_, line) => {
    const reported = report({ usd_in: 0.1 }, line);
    expect(reported.fault).toBe('report-malformed');
    expect(chargeOf(metered({ reported }))).toMatchObject({
      usdInMicros: 400_000,
      usdProvenance: 'reserved',
      degraded: ['report-malformed'],
    });
  });

  it('is bounded in lines and in their length', () => {
    expect(report(`{"note":"${'x'.repeat(5_000)}"}`).fault).toBe('report-too-long');
    let reported = NOTHING_REPORTED;
    for (let n = 0; n <= 10_000; n += 1) reported = addLine(reported, '{"units":1}');
    expect(reported).toMatchObject({ units: 10_000, fault: 'report-too-long' });
  });

  it('never throws, and never makes a cost smaller, whatever a line holds', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.json())), (lines) => {
        let reported = NOTHING_REPORTED;
        for (const line of lines) {
          const next = addLine(reported, line);
          if (next.usdInMicros < reported.usdInMicros) return false;
          reported = next;
        }
        return true;
      }),
    );
  });
});

describe('the results of Claude Code', () => {
  const result = { type: 'result', subtype: 'success', total_cost_usd: 0.0312, result: 'done' };

  it('tell the cost, also of several calls, streams and lists', () => {
    expect(claude('log line', result)).toEqual({ results: 1, usdInMicros: 31_200 });
    expect(claude({ type: 'assistant', message: {} }, result, result).usdInMicros).toBe(62_400);
    expect(claude([{ type: 'system' }, result])).toEqual({ results: 1, usdInMicros: 31_200 });
    expect(claude({ items: ['"type":"result"'] }).results).toBe(0);
  });

  it.each([
    ['none', [], 'claude-result-missing'],
    ['one that was cut off', [JSON.stringify(result).slice(0, -8)], 'claude-result-malformed'],
    ['one without a cost', [{ type: 'result', subtype: 'error_max_budget' }], 'claude-cost-missing'],
    ['one with a cost below zero', [{ ...result, total_cost_usd: -1 }], 'claude-result-malformed'],
    ['one with a cost in words', [{ ...result, total_cost_usd: 'free' }], 'claude-result-malformed'],
    ['a good one and one without a cost', [result, { type: 'result' }], 'claude-cost-missing'],
  ])('charge the reservation where there is %s', (_, lines, doubt) => {
    expect(chargeOf(metered({ meter: 'claude', claude: claude(...lines) }))).toMatchObject({
      usdInMicros: 400_000,
      usdProvenance: 'reserved',
      degraded: [doubt],
    });
  });

  it('stand beside what is reported', () => {
    const both = metered({ meter: 'claude', claude: claude(result), reported: report({ usd_in: 0.01 }) });
    expect(chargeOf(both)).toMatchObject({ usdInMicros: 41_200, usdProvenance: 'measured', degraded: [] });
  });
});

describe('what a tick is charged', () => {
  it('is what it reported, when that is known to its end', () => {
    expect(chargeOf(metered({ reported: report({ usd_in: 0.1 }) }))).toMatchObject({
      usdInMicros: 100_000,
      usdProvenance: 'measured',
    });
    expect(chargeOf(metered({ reported: report({ usd_in: 0 }) })).usdInMicros).toBe(0);
  });

  it('is the whole reservation when nothing was said of it, never zero', () => {
    expect(chargeOf(metered({ reported: report({ value_usd: 1 }) }))).toMatchObject({
      usdInMicros: 400_000,
      usdProvenance: 'reserved',
      valueMicros: 1_000_000,
      valueProvenance: 'measured',
      degraded: ['cost-not-reported'],
    });
  });

  it('is the larger of reservation and report when the command was cut short', () => {
    const cut = (usd_in: number) => chargeOf(metered({ reported: report({ usd_in }), complete: false }));
    expect(cut(0.1)).toMatchObject({ usdInMicros: 400_000, usdProvenance: 'reserved' });
    expect(cut(0.9)).toMatchObject({ usdInMicros: 900_000, usdProvenance: 'measured' });
  });

  it('values units by the config where nothing was measured', () => {
    const units = metered({ reported: report({ usd_in: 0.1, units: 4 }), unitValueMicros: 250_000 });
    expect(chargeOf(units)).toMatchObject({ valueMicros: 1_000_000, valueProvenance: 'declared', units: 4 });
    expect(chargeOf({ ...units, reported: report({ units: 4, value_usd: 7 }) })).toMatchObject({
      valueMicros: 7_000_000,
      valueProvenance: 'measured',
    });
  });
});

describe('the fingerprint of a failure', () => {
  const of = (lastLine: string, exitCode = 1) => failureText({ exitCode, lastLine });

  it('leaves out what differs each time', () => {
    expect(of('12:00:01 job 7f3a9c failed after 31 ms in /tmp/a1/b')).toBe(
      of('16:00:02 job 00ff12 failed after 9 ms in /tmp/x/y'),
    );
  });

  it('differs with the exit code and with the words', () => {
    expect(new Set([of('no quota'), of('no network'), of('no quota', 2)]).size).toBe(3);
  });
});
