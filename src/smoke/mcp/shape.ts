import type { Json } from '../../proof/schema.ts';
import { hashedText } from './fingerprint.ts';

/**
 * What of a tool's input schema may be stored and shown: all of its structure, with every prose text replaced by a hash.
 * Descriptions in a schema are instructions to somebody's agent; a diff, a log or a lock file must not repeat them.
 */
export function shapeOf(schema: Json, keyword = ''): Json {
  if (typeof schema === 'string') return isToken(schema) && !PROSE.has(keyword) ? schema : hashedText(schema);
  if (Array.isArray(schema)) return schema.map((item) => shapeOf(item, keyword));
  if (schema === null || typeof schema !== 'object') return schema;
  // In one order, so that a lock changes only where its schema does.
  const members = Object.keys(schema).sort();
  return Object.fromEntries(
    members.map((key) => [isToken(key) ? key : hashedText(key), shapeOf(schema[key] ?? null, key)]),
  );
}

/** The keywords whose texts are written for a reader, even when they are one word. */
const PROSE: ReadonlySet<string> = new Set(['description', 'title', '$comment', 'examples']);

/** A name, a number, a keyword, a short pattern: text without blanks tells nobody what to do. */
const isToken = (text: string): boolean => /^[\x21-\x7e]{0,64}$/.test(text);

const MAX_LINES = 20;

/** How one shape became the other, a line for each place: `/properties/limit/maximum: 10 → 100`. At most 21 lines. */
export function diffShapes(before: Json, after: Json): string[] {
  const lines = [...changes(before, after, '')];
  const more = lines.length - MAX_LINES;
  return more > 0 ? [...lines.slice(0, MAX_LINES), `… and ${more} more`] : lines;
}

function* changes(before: Json, after: Json, path: string): Generator<string> {
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const place = `${path}/${pointerPart(key)}`;
      const [old, now] = [own(before, key), own(after, key)];
      if (old === undefined) yield `${place}: added ${brief(now ?? null)}`;
      else if (now === undefined) yield `${place}: removed ${brief(old)}`;
      else yield* changes(old, now, place);
    }
  } else if (isList(before) && isList(after)) yield* listChanges(before, after, path);
  else if (JSON.stringify(before) !== JSON.stringify(after)) {
    yield `${path || '/'}: ${brief(before)} → ${brief(after)}`;
  }
}

/** Lists in a schema (`required`, `enum`, `type`) mean sets of scalars; only those of schemas (`anyOf`) go by position. */
function* listChanges(before: readonly Json[], after: readonly Json[], path: string): Generator<string> {
  if ([...before, ...after].some((item) => item !== null && typeof item === 'object')) {
    yield* changes(Object.fromEntries(before.entries()), Object.fromEntries(after.entries()), path);
    return;
  }
  const added = after.filter((item) => !before.includes(item));
  const removed = before.filter((item) => !after.includes(item));
  if (added.length > 0) yield `${path}: added ${added.map(brief).join(', ')}`;
  if (removed.length > 0) yield `${path}: removed ${removed.map(brief).join(', ')}`;
  if (added.length === 0 && removed.length === 0 && JSON.stringify(before) !== JSON.stringify(after)) {
    yield `${path}: another order`;
  }
}

function brief(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}

/** RFC 6901, section 3. */
const pointerPart = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

const isList = (value: Json): value is Json[] => Array.isArray(value);
const isObject = (value: Json): value is { [key: string]: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** `constructor` is a key like any other. */
const own = (value: { [key: string]: Json }, key: string): Json | undefined =>
  Object.hasOwn(value, key) ? value[key] : undefined;
