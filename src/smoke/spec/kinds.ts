import { z } from 'zod';
import { didYouMean } from '../../config/nearest.ts';

/** What the keys of a check are made of. Texts may hold `{{name}}`, `${NAME}` and `${secret:NAME}`. */

/**
 * An object that knows all its keys. The message of its `unrecognized_keys` has one line for each such key, in their order,
 * so that each can be reported where it stands.
 */
export const strict = <Shape extends z.core.$ZodShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const known = Object.keys(shape);
      return issue.keys
        .map(
          (key) => `unknown key \`${key.slice(0, 80)}\`${didYouMean(key, known)}; known: ${known.join(', ')}`,
        )
        .join('\n');
    },
  });

/** `a` or `[a, b]`: a list gives several. */
export const oneOrMany = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([schema, z.array(schema).min(1, 'expected at least one')]);

export const text = () => z.string('expected text').min(1, 'expected text that is not empty');

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const DAY_MS = 86_400_000;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/** `250ms`, `6s`, `20m`: understood by `millisecondsOf`. */
export const duration = () =>
  z
    .string('expected a duration such as 250ms, 6s or 2m')
    .regex(DURATION, 'expected a duration such as 250ms, 6s or 2m')
    // What is no duration is not a number, and was refused before.
    .refine((value) => !(millisecondsOf(value) < 1 || millisecondsOf(value) > DAY_MS), 'expected 1ms to 24h');

export function millisecondsOf(duration: string): number {
  const [, amount, unit] = DURATION.exec(duration) ?? [];
  return Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Header fields by name (RFC 9110, section 5). */
export const headerFields = () =>
  z.record(
    z.string().regex(TOKEN, 'expected a header name'),
    z.union([z.string(), z.number()], 'expected text or a number'),
  );

/** The keys that every kind of check has. */
export const checkKeys = {
  name: text().describe('The name of the check, which has to be unique.'),
  retry: strict({
    for: duration().describe('How long the check is repeated until it passes.'),
    every: duration()
      .optional()
      .describe('Between two attempts. Default: a tenth of the time so far, 250ms to 5s.'),
    unsafe: z
      .boolean('expected true or false')
      .optional()
      .describe('Also repeat requests other than GET and HEAD; only if doing it twice is harmless.'),
  })
    .optional()
    .describe('Repeat the check until it passes; every attempt is recorded in the proof.'),
  skip: text().optional().describe('Skip this check, for this reason, which is recorded in the proof.'),
  timeout: duration().optional().describe('The time limit for each request. Default: 15s.'),
} as const;

/** Lets rules about several keys speak beside what is wrong with single ones: everything is said at once. */
export const ALWAYS = {
  when: ({ value }: { readonly value: unknown }) =>
    typeof value === 'object' && value !== null && !Array.isArray(value),
};
