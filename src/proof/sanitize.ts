import { printable } from './encode.ts';
import type { Redactor } from './redact.ts';
import type { Json, Proof } from './schema.ts';

const MAX_TEXT = 4096;

/** The proof with secrets masked and every text in it made printable: nothing else of a proof leaves the process. */
export function sanitize(proof: Proof, secrets: Redactor): Proof {
  const clean = (value: Json): Json => {
    if (typeof value === 'string') return printable(value, MAX_TEXT);
    if (Array.isArray(value)) return value.map(clean);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [printable(key), clean(item)]));
  };
  return clean(secrets.deep(proof) as Json) as typeof proof;
}
