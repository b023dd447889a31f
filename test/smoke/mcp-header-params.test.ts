import { describe, expect, it } from 'vitest';
import { headerFault } from '../../src/smoke/mcp/header-params.ts';
import { mcpServer } from '../targets/mcp-server.ts';
import { check, told } from './mcp-checking.ts';

const text = (name: unknown, type: unknown = 'string') => ({ type, 'x-mcp-header': name });
const properties = (members: object) => ({ type: 'object', properties: members });

describe('a tool that asks for headers', () => {
  it.each([
    properties({ a: text('Region'), b: text('Zone', 'integer'), c: text('Dry-Run', 'boolean') }),
    properties({ a: properties({ b: text('Region') }) }),
    // A property of that name is no declaration.
    properties({ 'x-mcp-header': { type: 'string' } }),
    { type: 'object', default: { 'x-mcp-header': '' }, enum: [{ 'x-mcp-header': 1 }] },
  ])('is kept: %j', (schema) => {
    expect(headerFault(schema)).toBeUndefined();
  });

  it.each([
    [properties({ a: text('') }), 'no token'],
    [properties({ a: text('a b') }), 'no token'],
    [properties({ a: text('a\r\nb') }), 'no token'],
    [properties({ a: text(7) }), 'no token'],
    [properties({ a: text('A', 'number') }), 'no string, integer or boolean'],
    [properties({ a: text('A', 'object') }), 'no string, integer or boolean'],
    [properties({ a: text('A'), b: text('a') }), 'twice'],
    [text('A'), 'no chain'],
    [properties({ a: { type: 'array', items: text('A') } }), 'no chain'],
    [properties({ a: { anyOf: [properties({ b: text('A') })] } }), 'no chain'],
    [{ ...properties({}), $defs: { a: text('A') } }, 'no chain'],
  ])('is dropped by clients: %j', (schema, fault) => {
    expect(headerFault(schema)).toContain(fault);
  });

  it('is not offered then: over HTTP in the modern era, and only there', async () => {
    const odd = { name: 'odd', inputSchema: properties({ a: text('a b') }) };
    await using server = await mcpServer({ tools: [odd] });
    const modern = await check({ mcp: server.mcp, tools: ['odd'], call: [{ tool: 'odd' }] });
    expect(told(modern)).toEqual([
      'warn x-mcp-header of odd: x-mcp-header is no token',
      'fail tools: missing: odd',
      'fail call odd, tool: it offers none',
    ]);
    expect((await check({ mcp: server.mcp, tools: ['odd'], era: 'legacy' })).status).toBe('pass');
  });
});
