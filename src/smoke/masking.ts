import { MIN_SECRET_LENGTH, type Redactor } from '../proof/redact.ts';
import type { Json } from '../proof/schema.ts';

/** Words that are the same for everybody: masking them would blur the proof and hide nothing. */
const HARMLESS = new Set([
  'true',
  'false',
  'null',
  'none',
  'undefined',
  'deleted',
  'light',
  'dark',
  'yes',
  'no',
]);

/** A value that a server gave: masked from now on, where it can be. What is too short to be masked is no credential. */
export function addSecret(value: Json, secrets: Redactor): void {
  if (Array.isArray(value)) for (const item of value) addSecret(item, secrets);
  else if (value !== null && typeof value === 'object') addSecret(Object.values(value), secrets);
  else if (typeof value === 'string' || typeof value === 'number') {
    const text = String(value).trim();
    if (text.length >= MIN_SECRET_LENGTH && !HARMLESS.has(text.toLowerCase())) secrets.add(text);
  }
}
