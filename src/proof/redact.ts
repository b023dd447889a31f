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
  const known = new Set<string>();
  let pattern: RegExp | undefined;

  const text = (value: string): string => {
    if (known.size === 0) return value;
    pattern ??= new RegExp(longestFirst(known).flatMap(formsOf).join('|'), 'g');
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
        known.add(part);
        onAdd(part);
      }
      pattern = undefined;
    },
    text,
  };
}

const longestFirst = (secrets: ReadonlySet<string>): string[] =>
  [...secrets].sort((a, b) => b.length - a.length);
