import { z } from 'zod';
import { LEAVABLE } from '../../once/replay/cases.ts';
import { ALWAYS, duration, headerFields, strict, text } from '../../smoke/spec/kinds.ts';

/**
 * The format of a list of writes, once: it parses, and the JSON Schema for editors is made from it. What a request is made of is
 * written as in the checks of `smoke`; nothing is transformed here, so that a path into the parsed value is one into the file.
 */

const target = () => text().optional();

const requestKeys = {
  get: target().describe('A path, resolved against `base-url`, or a URL; asked by GET.'),
  post: target().describe('A path, resolved against `base-url`, or a URL; asked by POST.'),
  put: target().describe('The same, by PUT.'),
  patch: target().describe('The same, by PATCH.'),
  delete: target().describe('The same, by DELETE.'),
  headers: headerFields().optional().describe('Header fields to send.'),
  json: z.json().optional().describe('A body, sent as JSON.'),
  form: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe('A body, sent as a form.'),
  text: z.string('expected text').optional().describe('A body, sent as plain text.'),
  file: text().optional().describe('A body: the bytes of this file.'),
  follow: z
    .boolean('expected true or false')
    .optional()
    .describe('Follow redirects (default true), ten at most; none leads out of `allow-writes-to`.'),
} as const;

const commandKeys = {
  command: z
    .array(text(), 'expected a list: the program and its arguments')
    .min(1, 'expected a program')
    .optional()
    .describe('Instead of a request, a program and its arguments, without a shell.'),
  run: text()
    .optional()
    .describe(
      'Instead of a request, a script; it finds key and nonce in SHIP_PROOF_KEY and SHIP_PROOF_NONCE.',
    ),
} as const;

const secret = z
  .boolean('expected true or false')
  .optional()
  .describe(
    'Show digests only. Default: texts and what holds texts are shown as digests, numbers and counts as they are.',
  );

const path = () => z.string().startsWith('$', 'expected a JSONPath such as $.total');

export const writeSchema = strict({
  post: requestKeys.post,
  put: requestKeys.put,
  patch: requestKeys.patch,
  delete: requestKeys.delete,
  headers: requestKeys.headers,
  json: requestKeys.json,
  form: requestKeys.form,
  text: requestKeys.text,
  file: requestKeys.file,
  follow: requestKeys.follow,
  capture: z
    .record(z.string(), z.json())
    .optional()
    .describe('Values of the response that `cleanup` uses as `{{name}}`.'),
  ...commandKeys,
});

export const observeSchema = strict({
  get: requestKeys.get,
  post: requestKeys.post,
  headers: requestKeys.headers,
  json: path().optional().describe('A JSONPath: the value that is observed.'),
  count: path().optional().describe('A JSONPath: the number of nodes it selects is observed.'),
  body: z.json().optional().describe('With `post`: a body, sent as JSON.'),
  follow: requestKeys.follow,
  secret,
  ...commandKeys,
}).superRefine((given, context) => {
  const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
  if (given.json !== undefined && given.count !== undefined)
    refuse('count', "`count` can't stand beside `json`: one observation");
  const asks = given.get !== undefined || given.post !== undefined;
  if (asks && given.json === undefined && given.count === undefined)
    context.addIssue({
      code: 'custom',
      message: 'give `json` (a value) or `count` (how many), as a JSONPath',
    });
}, ALWAYS);

const other = strict({
  json: requestKeys.json,
  form: requestKeys.form,
  text: requestKeys.text,
  file: requestKeys.file,
  ...commandKeys,
});

export const replaySchema = strict({
  name: text().describe('The name of the write, which has to be unique.'),
  write: writeSchema.describe('The write: a request or a command, with `{{key}}` and `{{nonce}}`.'),
  observe: observeSchema.describe('What the write changes.'),
  other: other
    .optional()
    .describe(
      'Another payload for the same key, where the write itself holds no `{{nonce}}`: another body or command.',
    ),
  cleanup: z
    .array(strict({ ...requestKeys, ...commandKeys }), 'expected a list of requests and commands')
    .min(1, 'expected at least one step')
    .optional()
    .describe(
      'Done at the end, whatever happened, once for each key and nonce that was sent (and each value that was captured).',
    ),
  settle: duration()
    .optional()
    .describe('How long the observed state has to stay the same. Default: the input `settle`.'),
  timeout: duration().optional().describe('The time limit for each request. Default: 15s.'),
  without: z
    .array(z.enum(LEAVABLE), `expected a list of ${LEAVABLE.join(', ')}`)
    .optional()
    .describe('Cases to leave out for this write (weaker: recorded in the proof).'),
  skip: text().optional().describe('Skip this write, for this reason, which is recorded in the proof.'),
});

export const replaysSchema = z
  .array(replaySchema, 'expected a list of writes')
  .describe('Writes: each with what it changes.');

/** A file of its own is the list, or a map like the config's section. */
export const replaysFileSchema = z.union([
  replaysSchema,
  z.strictObject({
    'allow-writes-to': z.union([z.string(), z.array(z.string())]).optional(),
    writes: replaysSchema,
  }),
]);

export type ReplaySpec = z.output<typeof replaySchema>;
