import { z } from 'zod';
import { METHODS } from '../plan.ts';
import { answerExpectations } from './expect.ts';
import { ALWAYS, checkKeys, headerFields, strict, text } from './kinds.ts';
import { mcpCheckSchema } from './mcp.ts';

/**
 * The format of a list of checks, once: it parses, and the JSON Schema for editors and the reference are made from it.
 * Nothing is transformed here, so that a path into the parsed value is one into the file.
 */

const target = () => text().optional();
const named = z
  .string()
  .regex(/^[A-Za-z][\w-]*$/, 'expected a name of letters, digits, _ and -, beginning with a letter');
const secret = z
  .boolean('expected true or false')
  .optional()
  .describe('Default true: masked everywhere, and bound to its origin.');

const capture = z.union(
  [
    strict({ json: z.string().startsWith('$', 'expected a JSONPath such as $.token'), secret }),
    strict({ header: text(), secret }),
    strict({ cookie: text(), secret }),
    strict({
      regex: text(),
      flags: z
        .string()
        .regex(/^[imsu]*$/)
        .optional(),
      secret,
    }),
    strict({ html: text(), attribute: text().optional(), secret }),
  ],
  'expected one of `json`, `header`, `cookie`, `regex`, `html`',
);

const requestKeys = {
  get: target().describe('A path, resolved against `base-url`, or a URL.'),
  post: target().describe('The same, by POST.'),
  put: target().describe('The same, by PUT.'),
  patch: target().describe('The same, by PATCH.'),
  delete: target().describe('The same, by DELETE.'),
  head: target().describe('The same, by HEAD.'),
  headers: headerFields().optional().describe('Header fields to send.'),
  json: z.json().optional().describe('A body, sent as JSON.'),
  form: z
    .record(
      z.string(),
      z.union([z.string(), z.number(), z.boolean()], 'expected text, a number, true or false'),
    )
    .optional()
    .describe('A body, sent as a form (application/x-www-form-urlencoded).'),
  text: z.string('expected text').optional().describe('A body, sent as plain text.'),
  file: text().optional().describe('A body: the bytes of this file, relative to the file with the checks.'),
  follow: z
    .boolean('expected true or false')
    .optional()
    .describe('Follow redirects (default true), ten at most.'),
  render: z
    .boolean('expected true or false')
    .optional()
    .describe('Open it in the machine’s own Chrome; the expectations are of the rendered page.'),
  expect: answerExpectations().optional().describe('What the response has to be. Without `status`: 2xx.'),
  capture: z
    .record(named, capture)
    .optional()
    .describe('Values of the response that later steps use as `{{name}}`.'),
} as const;

interface Request extends Partial<Record<(typeof METHODS)[number], string | undefined>> {
  readonly json?: unknown;
  readonly form?: unknown;
  readonly text?: unknown;
  readonly file?: unknown;
  readonly render?: unknown;
}

/** What keys alone can't say: one method, one body at most, and that body with a method that has one. */
function refineRequest(request: Request, context: z.core.$RefinementCtx): void {
  const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
  const methods = METHODS.filter((method) => request[method] !== undefined);
  if (methods.length === 0)
    context.addIssue({ code: 'custom', message: `give one of ${METHODS.join(', ')}` });
  for (const method of methods.slice(1)) refuse(method, `\`${method}\` can't stand beside \`${methods[0]}\``);
  const bodies = (['json', 'form', 'text', 'file'] as const).filter((body) => request[body] !== undefined);
  for (const body of bodies.slice(1))
    refuse(body, `\`${body}\` can't stand beside \`${bodies[0]}\`: one body`);
  const [body] = bodies;
  if (body && (methods[0] === 'get' || methods[0] === 'head')) refuse(body, `a ${methods[0]} has no body`);
  if (request.render && methods[0] !== 'get') refuse('render', 'only a `get` can be rendered');
}

const stepSchema = strict(requestKeys).superRefine(refineRequest, ALWAYS);
export const pageCheckSchema = strict({ ...checkKeys, ...requestKeys }).superRefine(refineRequest, ALWAYS);
export const flowCheckSchema = strict({
  ...checkKeys,
  steps: z
    .array(stepSchema, 'expected a list of steps')
    .min(1, 'expected at least one step')
    .describe('The steps, in order; cookies and captures are kept.'),
});

export const checkSchema = z.union([pageCheckSchema, flowCheckSchema, mcpCheckSchema]);
export const checksSchema = z
  .array(checkSchema, 'expected a list of checks')
  .describe('Checks: each a page, a flow of `steps`, or an MCP server.');

export type StepSpec = z.output<typeof stepSchema>;
export type CheckSpec = z.output<typeof checkSchema>;

/** Which of the three a check is meant to be, by the keys that only one of them has. */
export function schemaFor(check: unknown): z.ZodType<CheckSpec> {
  const has = (key: string) => typeof check === 'object' && check !== null && Object.hasOwn(check, key);
  if (has('mcp') || has('command')) return mcpCheckSchema;
  return has('steps') ? flowCheckSchema : pageCheckSchema;
}
