import { describe, expect, it } from 'vitest';
import type { Cadence } from '../../src/runner/cadence.ts';
import { cadenceSlots, everySlots } from '../../src/runner/slot.ts';

const HOUR_MS = 3_600_000;
const NOON = Date.UTC(2030, 0, 1, 12);

describe('the slots of an interval', () => {
  const slots = everySlots(4 * HOUR_MS);

  it.each([
    ['at a slot, it is that one', NOON, NOON, NOON + 4 * HOUR_MS],
    ['a moment before it, the one before', NOON - 1, NOON - 4 * HOUR_MS, NOON],
    ['at any time between, the one that has begun', NOON + 3 * HOUR_MS, NOON, NOON + 4 * HOUR_MS],
  ])('%s', (_, nowMs, current, next) => {
    expect({ current: slots.current(nowMs), next: slots.next(nowMs) }).toEqual({ current, next });
  });
});

describe('the slots of a cadence', () => {
  const cadence = (latest?: number, next?: number): Cadence => ({
    text: '0 12 * * *',
    latest: () => latest,
    next: () => next,
    between: () => [],
  });

  it('are its newest and its next', () => {
    const slots = cadenceSlots(cadence(NOON, NOON + 24 * HOUR_MS));
    expect([slots.current(NOON + 1), slots.next(NOON + 1)]).toEqual([NOON, NOON + 24 * HOUR_MS]);
  });

  it('may be none before its first and after its last', () => {
    const slots = cadenceSlots(cadence());
    expect([slots.current(NOON), slots.next(NOON)]).toEqual([null, null]);
  });

  it('may be the very first moment of all', () => {
    const slots = cadenceSlots(cadence(0, 0));
    expect([slots.current(1), slots.next(-1)]).toEqual([0, 0]);
  });
});
