import { canonical, type Seen } from '../../once/replay/change.ts';

/** A digest that tells two texts of one run apart, and nothing about them. */
export type Digest = (text: string) => string;

const MAX_KEYS = 8;
const MAX_SHOWN = 400;

/**
 * A state as evidence shows it. Numbers, true and false are what they are; a text may be anybody's name, so it is a digest, and so
 * is all that holds one. `secret: true` hides numbers as well, `false` nothing.
 */
export function stateText(seen: Seen, secret: boolean | undefined, digest: Digest): string {
  const text = canonical(seen);
  if (seen === undefined || seen === null) return text;
  if (secret === false)
    return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}… (${digest(text)})` : text;
  if (secret === undefined && (typeof seen === 'number' || typeof seen === 'boolean')) return text;
  if (secret === true || typeof seen !== 'object') return digest(text);
  if (Array.isArray(seen)) return `${seen.length} ${seen.length === 1 ? 'item' : 'items'} (${digest(text)})`;
  const keys = Object.keys(seen).length;
  const numbers = Object.entries(seen).filter(([, value]) => typeof value === 'number');
  // A map of figures is a list of counters, which are worth seeing.
  if (numbers.length === keys && keys > 0 && keys <= MAX_KEYS) return text;
  return `${keys} ${keys === 1 ? 'key' : 'keys'} (${digest(text)})`;
}
