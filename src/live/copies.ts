import { type CachedCopy, narrow } from './freshness.ts';
import type { Answered, Look } from './look.ts';

/** What is known of each cached copy that was seen: the more often it is looked at, the closer its expiry is known. */
export type KnownCopies = ReadonlyMap<string, CachedCopy>;

/** The known copies after another round. */
export function learn(known: KnownCopies, looks: readonly Look[]): KnownCopies {
  const learned = new Map(known);
  for (const look of looks) {
    if (look.kind !== 'answer' || !look.copy) continue;
    learned.set(keyOf(look), narrow(known.get(keyOf(look)), look.copy));
  }
  return learned;
}

/** The copies that these looks were answered with, as well as they are known. */
export function copiesBehind(known: KnownCopies, looks: readonly Look[]): CachedCopy[] {
  return looks.flatMap((look) => (look.kind === 'answer' ? (known.get(keyOf(look)) ?? []) : []));
}

export interface Outliving {
  readonly look: Answered;
  readonly copy: CachedCopy;
}

/**
 * When every wrong look was answered from a cache whose copy outlives the deadline, waiting is vain: the copy that
 * expires first. Undefined when any of them may still change by itself.
 */
export function outliving(
  known: KnownCopies,
  wrong: readonly Look[],
  deadlineMs: number,
): Outliving | undefined {
  const found = wrong.map((look) => {
    const copy = look.kind === 'answer' ? known.get(keyOf(look)) : undefined;
    return look.kind === 'answer' && copy?.hit && copy.expiresFromMs > deadlineMs
      ? { look, copy }
      : undefined;
  });
  if (found.length === 0 || found.includes(undefined)) return undefined;
  return found
    .filter((item) => item !== undefined)
    .reduce((first, item) => (item.copy.expiresFromMs < first.copy.expiresFromMs ? item : first));
}

/** One copy: same place, same representation. A newer copy of the same page has another id or ETag, or is not as old. */
function keyOf({ target, served, etag }: Answered): string {
  return JSON.stringify([target.url.href, target.address?.address, target.encoding, served, etag]);
}
