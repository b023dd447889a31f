import { MAX_JSON_DEPTH, nestsDeeper } from '../proof/parse-json.ts';
import type { Json } from '../proof/schema.ts';

export type JsonReading =
  | { readonly kind: 'json'; readonly value: Json }
  | { readonly kind: 'unreadable'; readonly why: string };

/** JSON of bounded depth: what nests deeper is refused before anything recursive touches it. */
export function parseJsonText(text: string): JsonReading {
  if (nestsDeeper(text, MAX_JSON_DEPTH)) {
    return { kind: 'unreadable', why: `is JSON that nests deeper than ${MAX_JSON_DEPTH} levels` };
  }
  try {
    return { kind: 'json', value: JSON.parse(text) as Json };
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'unreadable', why: 'is no JSON' };
    throw error;
  }
}
