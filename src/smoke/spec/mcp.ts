import { z } from 'zod';
import { resultExpectations } from './expect.ts';
import { ALWAYS, checkKeys, headerFields, strict, text } from './kinds.ts';

/** A check of an MCP server: what tools it offers, and what calling them gives. */
export const mcpCheckSchema = strict({
  ...checkKeys,
  mcp: text().optional().describe('Path or URL of a server that speaks Streamable HTTP.'),
  command: z
    .array(z.string('expected text'), 'expected a list: the program and its arguments')
    .min(1, 'expected the program at least')
    .optional()
    .describe('Instead, a server on stdio: the program and its arguments, without a shell.'),
  headers: headerFields().optional().describe('Header fields to send with `mcp`.'),
  era: z
    .enum(['auto', 'modern', 'legacy'], 'expected auto, modern or legacy')
    .optional()
    .describe('The protocol era: the newest that both sides know (`auto`, the default), or a named one.'),
  expect: strict({
    tools: z.array(text(), 'expected a list of names').optional().describe('Tools that have to be offered.'),
    exact: z
      .boolean('expected true or false')
      .optional()
      .describe('No tools other than those in `tools` may be offered.'),
    'tools-lock': text()
      .optional()
      .describe(
        'A file with the fingerprint of each tool’s input schema; drift, a new tool and a missing one fail. Written only with `update-tools-lock`.',
      ),
  })
    .optional()
    .describe('What the server has to offer. Default: it answers, and no name occurs twice.'),
  call: z
    .array(
      strict({
        tool: text().describe('The tool to call.'),
        arguments: z.record(z.string(), z.json()).optional().describe('Its arguments.'),
        expect: resultExpectations().optional().describe('What its result has to be. Default: no error.'),
      }),
      'expected a list of calls',
    )
    .optional()
    .describe('Tools to call, in order.'),
}).superRefine((check, context) => {
  const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  if ((check.mcp === undefined) === (check.command === undefined)) {
    refuse([check.mcp === undefined ? 'name' : 'command'], 'give either `mcp` or `command`');
  }
  if (check.command && check.headers)
    refuse(['headers'], '`headers` go with `mcp`; a `command` has no headers');
  if (check.expect?.exact && !check.expect.tools) refuse(['expect', 'exact'], '`exact` needs `tools`');
}, ALWAYS);

export type McpCheckSpec = z.output<typeof mcpCheckSchema>;
