import type { Json } from './schema.ts';

/** Knows the secret values of a run and takes them out of everything that leaves it. */
export interface Redactor {
  /** Every form of `secret` is masked from now on; values shorter than 4 characters can't be masked and are refused. */
  add(secret: string): void;
  text(text: string): string;
  /** The same value with every string in it, keys too, masked. */
  deep<T>(value: T): T;
}

const MASK = '***';

/**
 * A redactor that knows a secret in the forms in which it tends to leak: as it is, each of its lines, URL-encoded,
 * JSON-escaped, hex, and inside base64 at any of the three alignments (as in `Authorization: Basic …`).
 */
export function createRedactor(onAdd: (secret: string) => void = () => {}): Redactor {
  const forms = new Set<string>();
  let pattern: RegExp | undefined;

  const text = (value: string): string => {
    if (forms.size === 0) return value;
    pattern ??= new RegExp(longestFirst(forms).map(escapeRegExp).join('|'), 'g');
    return value.replace(pattern, MASK);
  };

  const deep = (value: Json): Json => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(deep);
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [text(key), deep(item)]));
    }
    return value;
  };

  return {
    add(secret) {
      const parts = [secret, ...secret.split(/\r?\n/)]
        .map((part) => part.trim())
        .filter((part) => part.length >= 4);
      for (const part of parts) {
        for (const form of formsOf(part)) forms.add(form);
        onAdd(part);
      }
      pattern = undefined;
    },
    text,
    deep: <T>(value: T) => deep(value as Json) as T,
  };
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const url = encodeURIComponent(secret);
  return [
    secret,
    url,
    url.toLowerCase().replaceAll('%20', '+'),
    url.replaceAll('%20', '+'),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('hex'),
    ...[0, 1, 2].flatMap((offset) => base64Core(bytes, offset)),
  ].filter((form) => form.length >= 4);
}

/** The base64 characters that only `bytes` decide when `offset` unknown bytes stand before them. */
function base64Core(bytes: Buffer, offset: number): string[] {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replaceAll('=', '');
  const first = offset === 0 ? 0 : offset + 1;
  const last = (offset + bytes.length) % 3 === 0 ? encoded.length : encoded.length - 1;
  const core = encoded.slice(first, last);
  // Anything shorter is decided by too few bytes and would mask innocent text.
  if (core.length < 6) return [];
  return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
}

const longestFirst = (forms: Set<string>): string[] => [...forms].sort((a, b) => b.length - a.length);

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
