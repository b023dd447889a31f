import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import * as entries from '../../src/runner/entries.ts';
import { bookOf, RUNNER_KINDS } from '../../src/runner/history.ts';
import { openWorld, RUNNER } from './world.ts';

/** The kinds that a schema takes. */
function kindsOf(schema: unknown): readonly string[] {
  const { shape } = schema as { shape?: Readonly<Record<string, z.ZodType>> };
  const def = shape?.kind?.def as { values?: string[]; entries?: Record<string, string> } | undefined;
  return def?.values ?? Object.values(def?.entries ?? {});
}

describe('the books', () => {
  it('know every kind of entry that is written about a runner', () => {
    const written = Object.values(entries).flatMap(kindsOf);
    expect(written.length).toBeGreaterThan(10);
    expect([...RUNNER_KINDS].sort()).toEqual([...new Set(written)].sort());
  });

  it('of one runner are not touched by what is written of another', async () => {
    const world = openWorld(Date.parse('2025-03-01T00:00:00.000Z'));
    await world.tick();
    await world.write({ kind: 'tick-started', runner: 'another' });
    await world.write({ kind: 'anything', runner: `${RUNNER}2` });
    const { ticks, oddities } = bookOf(RUNNER, await world.entries());
    expect([ticks.length, oddities.length]).toEqual([1, 0]);
  });
});
