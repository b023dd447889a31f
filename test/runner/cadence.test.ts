import { describe, expect, it } from 'vitest';
import { readCadence } from '../../src/runner/cadence.ts';
import { errorOf } from '../ledger/fixtures.ts';

const at = (text: string) => Date.parse(text);
const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());

describe('cadence', () => {
  it('names the slot at a moment, the next one, and those between', async () => {
    const cadence = await readCadence('0 */4 * * *');
    expect(iso(cadence.latest(at('2026-03-01T08:00:00Z')))).toBe('2026-03-01T08:00:00.000Z');
    expect(iso(cadence.latest(at('2026-03-01T07:59:59.999Z')))).toBe('2026-03-01T04:00:00.000Z');
    expect(iso(cadence.next(at('2026-03-01T08:00:00Z')))).toBe('2026-03-01T12:00:00.000Z');
    expect(
      cadence.between(at('2026-03-01T00:00:00Z'), at('2026-03-01T12:00:00Z')).map((slot) => iso(slot)),
    ).toEqual(['2026-03-01T04:00:00.000Z', '2026-03-01T08:00:00.000Z', '2026-03-01T12:00:00.000Z']);
  });

  it('gives the newest slots of a long time, and neither repeats nor leaves out one', async () => {
    const cadence = await readCadence('*/5 * * * *');
    const [from, to] = [at('2016-01-01T00:00:00Z'), at('2026-01-01T00:00:00Z')];
    const slots = cadence.between(from, to, 300);
    expect(slots).toHaveLength(300);
    expect(slots.at(-1)).toBe(to);
    expect(new Set(slots.slice(1).map((slot, index) => slot - (slots[index] ?? 0)))).toEqual(
      new Set([300_000]),
    );
  });

  it.each([
    ['holds a time that is skipped at the next one', '2026-03-29T00:15:00Z', '2026-03-29T01:00:00.000Z'],
    ['holds a time that comes twice once', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00.000Z'],
    ['follows the zone in summer', '2026-07-01T12:00:00Z', '2026-07-02T00:30:00.000Z'],
  ])('%s', async (_, after, next) => {
    const cadence = await readCadence('30 2 * * * Europe/Berlin');
    expect(iso(cadence.next(at(after)))).toBe(next);
  });

  it('holds each of several fixed times that are skipped', async () => {
    const cadence = await readCadence('30 2,14 * * * Europe/Berlin');
    expect(iso(cadence.next(at('2026-03-28T23:00:00Z')))).toBe('2026-03-29T01:00:00.000Z');
  });

  it.each([
    '',
    '* * * *',
    '0 */4 * * * *',
    '61 * * * *',
    '0 0 * * * Atlantis/Nowhere',
    '0 0 30 2 *',
    '@daily',
    '* * * * * ; rm',
  ])('is invalid: %j', async (text) => {
    const error = await errorOf(readCadence(text));
    expect(error).toMatchObject({ code: 'cadence-invalid', outcome: 'invalid' });
  });
});
