import { describe, expect, it } from 'vitest';
import { isAllowedOverride } from '../../src/proof/overrides.ts';

describe('isAllowedOverride', () => {
  it.each([
    ['waived: smoke: no pages', ['smoke'], true],
    ['waived: smoke: no pages', ['idempotency-check'], false],
    ['waived: smokeless: x', ['smoke'], false],
    ['only: home (3 not made)', ['only'], true],
    ['only: home (3 not made)', ['onl'], false],
    ['edges: one', [], false],
    ['update-tools-lock', ['update-tools-lock'], true],
  ])('%s under %j: %s', (override, waivers, expected) => {
    expect(isAllowedOverride(override, waivers)).toBe(expected);
  });
});
