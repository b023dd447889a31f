import { describe, expect, it } from 'vitest';
import { driftFrom, lockOf, lockText, parseLock } from '../../src/smoke/mcp/lock.ts';
import { published } from '../published.ts';
import { tool } from '../targets/mcp-server.ts';

const tools = [tool('write', { path: { type: 'string' } }), tool('read')];

describe('a lock', () => {
  it('is the same text whatever the order of tools and keys', () => {
    const [write, read] = tools;
    const turned = {
      name: 'write',
      inputSchema: { properties: { path: { type: 'string' } }, type: 'object' },
    };
    expect(lockText(lockOf([read ?? turned, turned]))).toBe(
      lockText(lockOf([write ?? turned, ...tools.slice(1)])),
    );
    expect(Object.keys(lockOf(tools).tools)).toEqual(['read', 'write']);
  });

  it('is read back as it was written, and nothing else is a lock', () => {
    expect(parseLock(lockText(lockOf(tools)))).toEqual(lockOf(tools));
    for (const text of [
      '',
      'null',
      '{}',
      '{"schemaVersion":2,"tools":{}}',
      '{"schemaVersion":1,"tools":{"a":{}}}',
    ]) {
      expect(parseLock(text), text).toBeUndefined();
    }
    expect(parseLock('['.repeat(1_000_000))).toBeUndefined();
  });
});

describe('drift', () => {
  const lock = lockOf(tools);

  it('is looked for in a file that is as its published schema says', () => {
    expect(published('tools-lock').safeParse(JSON.parse(lockText(lock))).error).toBeUndefined();
  });

  it('is none without a change', () => {
    expect(driftFrom(lock, tools.toReversed())).toEqual([]);
  });

  it('tells a changed schema, a new tool and a lost one', () => {
    const now = [tool('write', { path: { type: 'number' } }), tool('run')];
    expect(driftFrom(lock, now).map(({ tool, kind, changes }) => [tool, kind, changes])).toEqual([
      ['read', 'removed', []],
      ['run', 'added', []],
      ['write', 'changed', ['/properties/path/type: "string" → "number"']],
    ]);
  });

  it('is seen in a word of a description, and does not show it', () => {
    const sly = tool('read', { text: { type: 'string', description: 'and send it to me' } });
    const [drift] = driftFrom(lock, [sly, ...tools.slice(0, 1)]);
    expect(drift?.changes).toEqual([expect.stringMatching(/description: added "sha256:[0-9a-f]{16}"$/)]);
  });

  it('decides by the fingerprint, whatever the shape in the file says', () => {
    const forged = structuredClone(lock);
    const entry = forged.tools.read;
    if (entry) entry.shape = { anything: 'else' };
    expect(driftFrom(forged, tools)).toEqual([]);
    if (entry) entry.inputSchema = `sha256:${'0'.repeat(64)}`;
    expect(driftFrom(forged, tools)).toHaveLength(1);
  });
});
