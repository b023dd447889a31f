import { invalid } from './errors.ts';
import { formsOf } from './secret-forms.ts';

/** Knows the secret values of a run and takes them out of everything that leaves it. */
export interface Redactor {
  /** Every form of `secret` is masked from now on. Throws `secret-short` for one that is too short to be masked. */
  add(secret: string): void;
  text(text: string): string;
}

const MASK = '***';

/** Masking less than this would blur innocent text everywhere, and so give the secret away besides. */
export const MIN_SECRET_LENGTH = 4;

/**
 * A redactor that knows a secret in the forms in which it tends to leak: as it is, each of its lines, escaped as in
 * URLs, JSON and HTML, as hex, and inside base64 at any of the three alignments (as in `Authorization: Basic …`).
 * `onAdd` hears of each value once.
 */
export function createRedactor(onAdd: (secret: string) => void = () => {}): Redactor {
  /** Each secret and the pattern of its forms. */
  const known = new Map<string, string>();
  let shortest = Number.POSITIVE_INFINITY;
  let pattern: RegExp | undefined;

  const text = (value: string): string => {
    // No form of a secret is shorter than the secret.
    if (value.length < shortest) return value;
    pattern ??= new RegExp(longestFirst(known).join('|'), 'g');
    return value.replace(pattern, MASK);
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
        known.set(part, formsOf(part).join('|'));
        shortest = Math.min(shortest, part.length);
        pattern = undefined;
        onAdd(part);
      }
    },
    text,
  };
}

const longestFirst = (secrets: ReadonlyMap<string, string>): string[] =>
  [...secrets].sort(([a], [b]) => b.length - a.length).map(([, forms]) => forms);
