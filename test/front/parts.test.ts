import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { nameIn } from '../../src/front/parts.ts';
import { commonInputs } from '../../src/modes/common.ts';
import { text } from '../../src/modes/kinds.ts';
import { defineMode, type Mode } from '../../src/modes/mode.ts';
import { loadAllModes } from '../../src/modes/registry.ts';

const mode = defineMode({
  name: 'inner',
  summary: '',
  input: z.strictObject({
    checks: text().optional(),
    place: text().optional(),
    spoil: text().optional(),
    ...commonInputs,
  }),
  outputs: {},
  run: async () => Promise.reject(new Error('it is not run')),
}) as unknown as Mode;

describe('an input of the whole, in a part', () => {
  const part = { mode, renamed: { list: 'checks' }, leftOut: ['spoil'] };

  it.each([
    ['place', 'place'],
    ['list', 'checks'],
    // Another part's, or only in the part's own section.
    ['checks', undefined],
    ['spoil', undefined],
    ['elsewhere', undefined],
    ['toString', undefined],
    // The whole has one of these for all.
    ['out', undefined],
    ['timeout', undefined],
  ])('%s is %s', (name, inner) => {
    expect(nameIn(part, name)).toBe(inner);
  });

  it('is known to the whole: no flag, variable or table forgets one', async () => {
    for (const { name, parts = [], input } of await loadAllModes()) {
      for (const part of parts) {
        const names = Object.keys(input.shape).filter((given) => nameIn(part, given) !== undefined);
        const inner = names.map((given) => nameIn(part, given));
        const hidden = [...(part.leftOut ?? []), ...Object.keys(commonInputs)];
        const all = Object.keys(part.mode.input.shape).filter((own) => !hidden.includes(own));
        expect([name, part.mode.name, inner.sort()]).toEqual([name, part.mode.name, all.sort()]);
      }
    }
  });
});
