import { z } from 'zod';
import type { Json } from '../../proof/schema.ts';
import { parseJsonText } from '../json-text.ts';
import { fingerprint } from './fingerprint.ts';
import { diffShapes, shapeOf } from './shape.ts';
import type { ListedTool } from './tools.ts';

/**
 * The lock file: for each tool the fingerprint of its input schema, which decides, and the schema's shape, which only
 * explains a drift. Prose in a schema stands in it as hashes, so that the file can be read and reviewed.
 */
export const lockSchema = z.strictObject({
  schemaVersion: z.literal(1),
  tools: z.record(
    z.string(),
    z.strictObject({ inputSchema: z.string().regex(/^sha256:[0-9a-f]{64}$/), shape: z.json() }),
  ),
});

export type ToolsLock = z.output<typeof lockSchema>;

/** The lock in a file's text; undefined where that is no lock. */
export function parseLock(text: string): ToolsLock | undefined {
  const reading = parseJsonText(text);
  return reading.kind === 'json' ? lockSchema.safeParse(reading.value).data : undefined;
}

export function lockOf(tools: readonly ListedTool[]): ToolsLock {
  const entries = tools
    .map(({ name, inputSchema }) => {
      const schema = inputSchema as Json;
      return [name, { inputSchema: fingerprint(schema), shape: shapeOf(schema) }] as const;
    })
    // By code units, as everything else in here: the file is the same on every machine.
    .sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  return { schemaVersion: 1, tools: Object.fromEntries(entries) };
}

export const lockText = (lock: ToolsLock): string => `${JSON.stringify(lock, null, 2)}\n`;

/** How one tool departs from the lock. */
export interface Drift {
  readonly tool: string;
  readonly kind: 'changed' | 'added' | 'removed';
  /** The locked fingerprint and the one now. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** What changed, a line for each place; empty where the lock's own shape and fingerprint don't agree. */
  readonly changes: readonly string[];
}

/** All that is not as locked, by name. A tool that is new or gone is a drift too: nothing holds it. */
export function driftFrom(lock: ToolsLock, tools: readonly ListedTool[]): Drift[] {
  const now = lockOf(tools).tools;
  return [...new Set([...Object.keys(lock.tools), ...Object.keys(now)])].sort().flatMap((tool) => {
    const [before, after] = [own(lock.tools, tool), own(now, tool)];
    if (before?.inputSchema === after?.inputSchema) return [];
    const kind = before ? (after ? 'changed' : 'removed') : 'added';
    const changes = before && after ? diffShapes(before.shape, after.shape) : [];
    return [{ tool, kind, before: before?.inputSchema, after: after?.inputSchema, changes }];
  });
}

const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;
