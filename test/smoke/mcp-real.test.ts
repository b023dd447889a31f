import { describe, expect, it } from 'vitest';
import type { Expectation } from '../../src/smoke/plan.ts';
import { literalTemplate } from '../../src/smoke/template.ts';
import { EVERYTHING, everythingOverHttp, LIBRARY, libraryOverHttp, MEMORY } from '../targets/mcp-real.ts';
import { type Asked, check, told } from './mcp-checking.ts';

const EVERYTHING_TOOLS = [
  'echo',
  'get-annotated-message',
  'get-env',
  'get-resource-links',
  'get-resource-reference',
  'get-structured-content',
  'get-sum',
  'get-tiny-image',
  'gzip-file-as-resource',
  'simulate-research-query',
  'toggle-simulated-logging',
  'toggle-subscriber-updates',
  'trigger-long-running-operation',
];
const MEMORY_TOOLS = [
  ...['create_entities', 'create_relations', 'add_observations', 'delete_entities', 'delete_observations'],
  ...['delete_relations', 'read_graph', 'search_nodes', 'open_nodes'],
];
const LIBRARY_TOOLS = ['add', 'sum', 'broken'];

const contains = (text: string): Expectation => ({
  place: { file: 'checks.yml', line: 20 },
  label: 'contains',
  negated: false,
  about: { kind: 'body', test: { op: 'contains', value: { kind: 'text', template: literalTemplate(text) } } },
});

const passes = async (asked: Asked, observed: object) => {
  const tried = await check({ timeoutMs: 20_000, exact: true, ...asked });
  expect(told(tried)).toEqual([]);
  expect(tried).toMatchObject({ status: 'pass', observed });
};

describe('the reference server', () => {
  const calls: Asked['call'] = [
    { tool: 'echo', arguments: { message: 'hello' }, expectations: [contains('Echo: hello')] },
    { tool: 'get-sum', arguments: { a: 2, b: 3 }, expectations: [contains('5')] },
  ];

  it('passes over Streamable HTTP, in events, with a session', async () => {
    await using server = await everythingOverHttp();
    const asked = { mcp: server.mcp, tools: EVERYTHING_TOOLS, call: calls };
    for (const era of ['auto', 'legacy'] as const)
      await passes({ ...asked, era }, { protocol: '2025-11-25 (legacy)' });
    expect(told(await check({ mcp: server.mcp, era: 'modern' }))).toEqual([
      'fail connect: it does not speak 2026-07-28',
    ]);
  });

  it('passes on stdio, and sees no variable that is not its', async () => {
    const env = {
      tool: 'get-env',
      expectations: [contains('"MARK": "given"'), { ...contains('VITEST'), negated: true }],
    };
    const asked = { command: EVERYTHING, tools: EVERYTHING_TOOLS, call: [...calls, env] };
    await passes(asked, { protocol: '2025-11-25 (legacy)', server: 'mcp-servers/everything 2.0.0' });
  });
});

describe('the memory server', () => {
  it('passes on stdio', () =>
    passes({ command: MEMORY, tools: MEMORY_TOOLS }, { protocol: '2025-11-25 (legacy)', tools: 9 }));
});

describe('a server built with the library of the modern era', () => {
  const call = [
    { tool: 'add', arguments: { a: 1, b: 2 }, expectations: [contains('3')] },
    { tool: 'sum', arguments: { a: 1, b: 2 } },
    { tool: 'broken', error: true, expectations: [contains('this tool is broken')] },
  ];

  it.each([
    ['stateless', 'auto', '2026-07-28 (modern)'],
    ['stateless', 'modern', '2026-07-28 (modern)'],
    ['stateless', 'legacy', '2025-11-25 (legacy)'],
    ['reject', 'auto', '2026-07-28 (modern)'],
    ['reject', 'modern', '2026-07-28 (modern)'],
  ] as const)('passes over HTTP (%s for the legacy era, asked as %s)', async (legacy, era, protocol) => {
    await using server = await libraryOverHttp(legacy);
    await passes({ mcp: server.mcp, era, tools: LIBRARY_TOOLS, call }, { protocol });
  });

  it('tells that it speaks the modern era only', async () => {
    await using server = await libraryOverHttp('reject');
    expect(told(await check({ mcp: server.mcp, era: 'legacy' }))).toEqual([
      'fail connect: it speaks 2026-07-28',
    ]);
  });

  it.each([
    ['auto', '2026-07-28 (modern)'],
    ['modern', '2026-07-28 (modern)'],
    ['legacy', '2025-11-25 (legacy)'],
  ] as const)('passes on stdio, asked as %s', (era, protocol) =>
    passes({ command: LIBRARY, era, tools: LIBRARY_TOOLS, call }, { protocol, server: 'library 2' }),
  );
});
