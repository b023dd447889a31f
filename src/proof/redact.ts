import { invalid } from './errors.ts';
import { formsOf, type SecretForm } from './secret-forms.ts';

/** Knows the secret values of a run and takes them out of everything that leaves it. */
export interface Redactor {
  /** Every form of `secret` is masked from now on. Throws `secret-short` for one that is too short to be masked. */
  add(secret: string): void;
  text(text: string): string;
}

const MASK = '***';

/** Masking less than this would blur innocent text everywhere, and so give the secret away besides. */
export const MIN_SECRET_LENGTH = 4;

/** A longer secret is masked in pieces: a pattern for all of it would be larger than there may be. */
const MAX_PIECE = 1_000;

/**
 * A redactor that knows a secret in the forms in which it tends to leak: as it is, each of its lines, escaped as in
 * URLs, JSON and HTML, as hex, and inside base64 at any of the three alignments (as in `Authorization: Basic …`).
 * `onAdd` hears of each value once.
 */
export function createRedactor(onAdd: (secret: string) => void = () => {}): Redactor {
  const known = new Map<string, readonly SecretForm[]>();
  let longestFirst: readonly SecretForm[] | undefined;
  let shortest = Number.POSITIVE_INFINITY;

  const text = (value: string): string => {
    // No form of a secret is shorter than the secret.
    if (value.length < shortest) return value;
    longestFirst ??= [...known].sort(([a], [b]) => b.length - a.length).flatMap(([, forms]) => forms);
    const lower = value.toLowerCase();
    let masked = value;
    for (const { anchor, pattern } of longestFirst)
      if (lower.includes(anchor)) masked = masked.replace(pattern, MASK);
    return masked;
  };

  return {
    add(secret) {
      const whole = secret.trim();
      if (whole.length < MIN_SECRET_LENGTH) {
        throw invalid(
          'secret-short',
          `a secret of fewer than ${MIN_SECRET_LENGTH} characters can't be masked: use a longer one`,
        );
      }
      for (const part of [whole, ...whole.split(/\r?\n/).map((line) => line.trim())]) {
        if (part.length < MIN_SECRET_LENGTH || known.has(part)) continue;
        const pieces = piecesOf(part);
        known.set(part, pieces.flatMap(formsOf));
        shortest = Math.min(shortest, ...pieces.map(({ length }) => length));
        longestFirst = undefined;
        onAdd(part);
      }
    },
    text,
  };
}

/** Of about equal length, so that none is too short to be masked. */
function piecesOf(secret: string): string[] {
  if (secret.length <= MAX_PIECE) return [secret];
  const characters = Array.from(secret);
  const size = Math.ceil(characters.length / Math.ceil(characters.length / MAX_PIECE));
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, index) =>
    characters.slice(index * size, (index + 1) * size).join(''),
  );
}
