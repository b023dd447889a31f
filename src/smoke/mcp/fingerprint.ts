import { createHash } from 'node:crypto';
import type { Json } from '../../proof/schema.ts';

/**
 * JSON in one canonical form (RFC 8785): no blanks, keys in the order of their UTF-16 code units, numbers and strings as
 * ECMAScript writes them. So two servers that send the same schema in another order have the same fingerprint.
 * The caller bounds the depth.
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  // Without a comparer `sort` compares code units, as the RFC wants it (section 3.2.3).
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`);
  return `{${members.join(',')}}`;
}

/** `sha256:` and the hash of a value's canonical JSON. */
export const fingerprint = (value: Json): string => `sha256:${sha256(canonicalJson(value))}`;

/** Stands for a text that is not to be shown: the same for the same text. */
export const hashedText = (text: string): string => `sha256:${sha256(text).slice(0, 16)}`;

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
