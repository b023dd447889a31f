import type { Repository } from './git-run.ts';
import type { Patience } from './ledger.ts';

/** What a name leads to here: an id, nothing, or something that git can't make sense of. */
export type FoundRef =
  | { readonly kind: 'at'; readonly oid: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly said: Awaited<ReturnType<Repository['git']>> };

/**
 * Looks a ref up. To rev-parse a file that is there and holds no id, as a power cut leaves one, is a ref that is not there; only the
 * list of refs tells of it.
 */
export async function findRef(
  { git, gitDir }: Repository,
  ref: string,
  patience?: Patience,
): Promise<FoundRef> {
  const options = { gitDir, patience };
  const found = await git(['rev-parse', '--verify', '--quiet'], [ref], options);
  if (found.code === 0) return { kind: 'at', oid: found.stdout.toString('latin1').trim() };
  if (found.code !== 1) return { kind: 'unreadable', said: found };
  const listed = await git(['for-each-ref', '--count=1'], [ref], options);
  if (listed.code === 0 && !listed.stderr.includes('broken ref')) return { kind: 'absent' };
  return { kind: 'unreadable', said: listed };
}
