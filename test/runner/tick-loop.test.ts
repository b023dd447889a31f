import { describe, expect, it } from 'vitest';
import type { Ports } from '../../src/modes/mode.ts';
import { superviseTicks } from '../../src/modes/tick/loop.ts';
import { inconclusive, invalid } from '../../src/proof/errors.ts';
import { conclude } from '../../src/proof/proof.ts';
import type { Outcome, Proof } from '../../src/proof/schema.ts';
import { readCadence } from '../../src/runner/cadence.ts';
import { cadenceSlots, everySlots, type Slots } from '../../src/runner/slot.ts';
import { triggerOf } from '../../src/runner/tick-trigger.ts';
import { fakeClock } from '../ledger/fixtures.ts';

const HOUR = 3_600_000;
const BEGIN = Date.UTC(2030, 0, 1, 1, 30);
const iso = (ms: number) => new Date(ms).toISOString().slice(11, 19);

const proofOf = (outcome: Outcome): Proof =>
  conclude({
    mode: 'tick',
    startedAtMs: 0,
    endedAtMs: 0,
    checks: [],
    outcome,
    ledger: { store: 's', id: 'l1', head: null, entries: 1 },
  });

/** Lets a loop run until it has asked for so many ticks; each takes as long as it says. */
async function loop(
  slots: Slots,
  ticks: readonly { readonly takesMs?: number; readonly does?: () => Proof }[],
) {
  const clock = fakeClock(BEGIN);
  const controller = new AbortController();
  const ran: { at: string; slot: string; ledgerId: string | undefined }[] = [];
  const lines: Record<string, unknown>[] = [];
  const log = { event: (fields: Record<string, unknown>) => void lines.push(fields), as: () => log };
  const ports = { clock, signal: controller.signal, log } as unknown as Ports;
  const proof = await superviseTicks(
    slots,
    async (slotMs, ledgerId) => {
      ran.push({ at: iso(clock.now()), slot: iso(slotMs), ledgerId });
      const tick = ticks[ran.length - 1];
      clock.at += tick?.takesMs ?? 0;
      if (ran.length === ticks.length) controller.abort(inconclusive('interrupted', 'stopped by SIGTERM'));
      return tick?.does?.() ?? proofOf('passed');
    },
    ports,
  );
  return { ran, lines, proof, clock };
}

describe('the supervised loop', () => {
  it('begins with the slot that it is now, and then keeps to the slots, however long ticks take', async () => {
    const { ran, clock } = await loop(everySlots(4 * HOUR), [
      { takesMs: 10 * 60_000 },
      { takesMs: 1 },
      { takesMs: 5 * HOUR },
      {},
      {},
    ]);
    expect(ran.map(({ at, slot }) => [slot, at])).toEqual([
      ['00:00:00', '01:30:00'],
      ['04:00:00', '04:00:00'],
      ['08:00:00', '08:00:00'],
      // Late, because the one before took so long; the next one is on time again.
      ['12:00:00', '13:00:00'],
      ['16:00:00', '16:00:00'],
    ]);
    // A clock that is set, or a machine that slept, is noticed within a minute.
    expect(Math.max(...clock.slept)).toBeLessThanOrEqual(60_000);
  });

  it('keeps to a cadence', async () => {
    const slots = cadenceSlots(await readCadence('15 */2 * * *'));
    const { ran } = await loop(slots, [{}, {}, {}]);
    expect(ran.map(({ slot }) => slot)).toEqual(['00:15:00', '02:15:00', '04:15:00']);
  });

  it('goes on whatever becomes of a tick, and tells each in a line', async () => {
    const { ran, lines } = await loop(everySlots(HOUR), [
      { does: () => proofOf('failed') },
      {
        does: () => {
          throw inconclusive('store-unreachable', 'the store is gone');
        },
      },
      {
        does: () => {
          throw new Error('a bug');
        },
      },
      { does: () => proofOf('halted') },
    ]);
    expect(ran).toHaveLength(4);
    const told = lines
      .filter(({ outcome }) => outcome !== undefined)
      .map(({ outcome, exit }) => [outcome, exit]);
    expect(told).toEqual([
      ['failed', 1],
      ['inconclusive', 3],
      ['inconclusive', 3],
      ['halted', 0],
    ]);
    expect(ran.map(({ ledgerId }) => ledgerId)).toEqual([undefined, 'l1', 'l1', 'l1']);
  });

  it('ends with what would be wrong for ever', async () => {
    const { ran, proof } = await loop(everySlots(HOUR), [
      {
        does: () => {
          throw invalid('namespace-invalid', 'no such namespace');
        },
      },
      {},
    ]);
    expect([ran.length, proof.outcome]).toEqual([1, 'invalid']);
  });
});

describe('the trigger', () => {
  it.each([
    [{ event: 'schedule', attempt: 1 }, undefined, 'schedule'],
    [{ event: 'schedule', attempt: 1 }, 'schedule', 'schedule'],
    [{ event: 'schedule', attempt: 1 }, 'manual', 'manual'],
    [{ event: 'schedule', attempt: 2 }, undefined, 'rerun'],
    [{ event: 'schedule' }, undefined, 'manual'],
    [{ event: 'workflow_dispatch', attempt: 1 }, undefined, 'manual'],
    [{ event: 'workflow_dispatch', attempt: 3 }, 'manual', 'rerun'],
    [{}, undefined, 'manual'],
    [undefined, undefined, 'manual'],
    [undefined, 'schedule', 'schedule'],
  ] as const)('of %j, asked to be %s, is %s', (run, asked, trigger) => {
    expect(triggerOf(run, asked)).toBe(trigger);
  });

  it.each([{ event: 'schedule', attempt: 2 }, { event: 'push', attempt: 1 }, {}])(
    'of %j can’t be made a scheduled one',
    (run) => {
      expect(() => triggerOf(run, 'schedule')).toThrow(/the event tells/);
    },
  );
});
