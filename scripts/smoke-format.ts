import { z } from 'zod';
import { answerExpectations } from '../src/smoke/spec/expect.ts';
import { mcpCheckSchema } from '../src/smoke/spec/mcp.ts';
import { flowCheckSchema, pageCheckSchema } from '../src/smoke/spec/spec.ts';

interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
}

/** The reference of the format of checks, from the schema that parses it. */
export function formatReference(): string {
  const page = described(pageCheckSchema);
  const mcp = described(mcpCheckSchema);
  return [
    table('A page, and each of the `steps` of a flow', page),
    table('A flow', described(flowCheckSchema), Object.keys(page)),
    table(
      'An MCP server',
      mcp,
      Object.keys(page).filter((key) => key !== 'expect' && key !== 'headers'),
    ),
    table('`expect` of a page or a step', described(answerExpectations())),
    table('`expect` of an MCP server', mcp.expect?.properties ?? {}),
  ].join('\n\n');
}

export const described = (type: z.ZodType): Readonly<Record<string, Described>> =>
  (z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' }) as Described).properties ?? {};

export function table(
  title: string,
  keys: Readonly<Record<string, Described>>,
  known: readonly string[] = [],
): string {
  const rows = Object.entries(keys).filter(([key]) => !known.includes(key));
  const cell = (text = '') => text.replaceAll('|', '\\|');
  return [
    `**${title}**`,
    '',
    '| key | what it says |',
    '| --- | --- |',
    ...rows.map(([key, { description }]) => `| \`${key}\` | ${cell(description)} |`),
  ].join('\n');
}
