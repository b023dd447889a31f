import { z } from 'zod';
import { type COMPARISONS, JSON_TYPES } from '../plan.ts';
import { duration, oneOrMany, strict, text } from './kinds.ts';

/** What an answer has to be. Every key may be given several times by a list, and negated inside `not`. */

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const bool = () => z.boolean('expected true or false');

const pattern = z
  .union([
    text(),
    strict({
      pattern: text(),
      flags: z
        .string()
        .regex(/^[imsu]*$/, 'expected flags among i, m, s and u')
        .optional(),
    }),
  ])
  .describe('A regular expression, or `{ pattern, flags }`. It is stopped after two seconds.');

const number = z.number('expected a number');
const comparisons = {
  'at-least': number.optional(),
  'at-most': number.optional(),
  above: number.optional(),
  below: number.optional(),
} satisfies Record<(typeof COMPARISONS)[number], z.ZodType>;

const count = z
  .union([z.int('expected a whole number').min(0), strict(comparisons)], 'expected a number or comparisons')
  .optional()
  .describe('How many entries or elements there are: a number, or comparisons.');

const operators = {
  equals: z.json().optional().describe('The same value, of any type.'),
  contains: oneOrMany(scalar).optional().describe('A part of the text, or an entry of the list.'),
  matches: oneOrMany(pattern).optional().describe('Some part of the text matches.'),
  exists: bool().optional().describe('Whether it is there at all.'),
} as const;

const jsonOperators = {
  ...operators,
  type: z.enum(JSON_TYPES, `expected one of ${JSON_TYPES.join(', ')}`).optional(),
  count,
  ...comparisons,
} as const;

/** A value, operators on it, or a list of both. */
const tests = <Shape extends z.core.$ZodShape>(shape: Shape) =>
  oneOrMany(z.union([scalar, strict(shape)], 'expected a value, or a map of operators'));

const withNot = <Shape extends z.core.$ZodShape>(shape: Shape) => ({
  ...shape,
  not: strict(shape).optional().describe('None of these may hold.'),
});

const jsonTests = tests(withNot(jsonOperators));
const textTests = tests(withNot(operators));

const htmlTests = tests(
  withNot({
    text: textTests.optional().describe('The text of one of the elements, its white space collapsed.'),
    attribute: z.record(text(), textTests).optional().describe('An attribute of one of the elements.'),
    count,
    exists: operators.exists,
  }),
);

const cookieTests = tests(
  withNot({
    ...operators,
    secure: bool().optional(),
    'http-only': bool().optional(),
    'same-site': z.enum(['strict', 'lax', 'none'], 'expected strict, lax or none').optional(),
    path: text().optional(),
    domain: text().optional(),
  }),
);

const STATUS = 'expected a status such as 200, or a class such as 2xx';
const status = oneOrMany(
  z.union(
    [z.int().min(100, STATUS).max(599, STATUS), z.string().regex(/^([1-5]xx|[1-5]\d\d)$/, STATUS)],
    STATUS,
  ),
);

const SIZE = 'expected a number of bytes, or a size such as 200kB or 1MiB';
const bytes = z.union([z.int().min(0, SIZE), z.string().regex(/^\d+(\.\d+)?(B|kB|KiB|MB|MiB)$/, SIZE)], SIZE);

/** What can be asked of any text with or without structure: an HTTP body, a tool's result. */
const bodyKeys = {
  contains: oneOrMany(scalar).optional().describe('The body contains this text.'),
  'not-contains': oneOrMany(scalar).optional().describe('The body does not contain this text.'),
  matches: oneOrMany(pattern).optional().describe('Some part of the body matches this regular expression.'),
  json: z
    .record(z.string().startsWith('$', 'expected a JSONPath such as $.name'), jsonTests)
    .optional()
    .describe(
      'By JSONPath (RFC 9535): a value, or operators. A path that may select several gives their list.',
    ),
  'json-schema': z
    .union([text(), z.record(z.string(), z.json()), z.boolean()], 'expected a file or a schema')
    .optional()
    .describe('A JSON Schema (drafts 4, 7, 2019-09, 2020-12), or the path of a file with one.'),
} as const;

const answerKeys = {
  status: status.optional().describe('The status, a class such as `2xx`, or a list. Default: 2xx.'),
  header: z.record(text(), textTests).optional().describe('By name: a value, or operators.'),
  ...bodyKeys,
  html: z.record(text(), htmlTests).optional().describe('By CSS selector: the text, or operators.'),
  'final-url': textTests.optional().describe('The URL at the end of the redirects.'),
  'max-time': duration()
    .optional()
    .describe('The time from the request to the end of the response, redirects included.'),
  'max-bytes': bytes.optional().describe('The decoded size of the body.'),
  sha256: z.string('expected text').optional().describe('The SHA-256 of the decoded body, in hex.'),
  cookie: z
    .record(text(), cookieTests)
    .optional()
    .describe('A cookie that was set: its value, or operators.'),
  'tls-days': z
    .int('expected a whole number')
    .min(0)
    .optional()
    .describe('For how many more days the certificate has to be valid.'),
} as const;

/** Of an HTTP answer. */
export const answerExpectations = () => strict(withNot(answerKeys));

/** Of the result of a tool. */
export const resultExpectations = () =>
  strict({
    ...withNot(bodyKeys),
    error: bool().optional().describe('Whether the tool has to report an error. Default: false.'),
  });

export type ExpectSpec = z.output<ReturnType<typeof answerExpectations>>;
