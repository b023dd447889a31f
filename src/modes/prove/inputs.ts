import type { z } from 'zod';
import { commonInputs } from '../common.ts';
import type { Part } from '../mode.ts';

/**
 * The inputs of the parts as those of the whole, for its tables, flags and errors. Each part parses its own, so here none
 * is required and none has a meaning. `described` are those that several parts take, or that have another name here.
 */
export function inputsOfParts(
  parts: readonly Part[],
  described: Readonly<Record<string, string>>,
): Record<string, z.ZodType> {
  const shape: Record<string, z.ZodType> = {};
  for (const { mode, renamed = {}, leftOut = [] } of parts) {
    const names = new Map(Object.entries(renamed).map(([outer, inner]) => [inner, outer]));
    for (const [inner, type] of Object.entries(mode.input.shape) as [string, z.ZodType][]) {
      const name = names.get(inner) ?? inner;
      if (Object.hasOwn(commonInputs, inner) || leftOut.includes(inner) || Object.hasOwn(shape, name))
        continue;
      const optional = type.safeParse(undefined).success ? type : type.optional();
      shape[name] = optional.describe(described[name] ?? type.description ?? '');
    }
  }
  return shape;
}
