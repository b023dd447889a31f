import { createHash } from 'node:crypto';
import type { Json, Proof } from './schema.ts';

/**
 * The digest by which the ledger knows a proof: SHA-256, 64 hex characters, of the proof without its field `ledger` as
 * canonical JSON (RFC 8785) in UTF-8. That field is left out because it names the very entry that holds the digest; it is
 * what `jq -cjS 'del(.ledger)' proof.json | sha256sum` prints.
 */
export function proofDigest({ ledger: _, ...rest }: Proof): string {
  return createHash('sha256')
    .update(canonicalJson(rest as Json), 'utf8')
    .digest('hex');
}

/** RFC 8785: no white space, the keys of objects in the order of their UTF-16 code units, numbers and texts as JavaScript writes them. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.keys(value)
    .sort()
    .flatMap((key) => {
      const member = value[key];
      // As JSON itself: what is undefined is not there.
      return member === undefined ? [] : [`${JSON.stringify(key)}:${canonicalJson(member)}`];
    });
  return `{${members.join(',')}}`;
}
