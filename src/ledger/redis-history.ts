import { z } from 'zod';
import { assertWhole, broken, type Link, seqOf, short, verifiedEntries } from './chain.ts';
import { type Entry, genesisOf } from './entry.ts';
import type { Range, Snapshot, Version } from './ledger.ts';

export interface RedisLog {
  send(args: readonly string[]): Promise<unknown>;
  readonly key: string;
}

/** Bounds the memory of a walk over a long history. */
const LINKS_AT_ONCE = 500;

const fieldsSchema = z.tuple([
  z.literal('version'),
  z.string(),
  z.literal('parent'),
  z.string(),
  z.literal('text'),
  z.string(),
]);
const rangeSchema = z.array(z.tuple([z.string(), fieldsSchema]));

/** The entries of a range up to the snapshot, oldest first, each link verified against the one before it. */
export async function* walkLog(
  log: RedisLog,
  snapshot: Snapshot,
  { after, last }: Range,
): AsyncGenerator<Entry> {
  const afterSeq = after === undefined ? 0 : seqOf(after);
  if (afterSeq === undefined || (after !== undefined && !(await hasLink(log, after)))) {
    throw broken(`${short(after ?? '')} is not part of it`);
  }
  // Every transaction has an entry, so the newest n entries lie in the newest n transactions.
  const from = Math.max(afterSeq, last === undefined ? 0 : snapshot.seq - Math.trunc(last));
  let parent: Version | undefined = from === 0 ? null : from === afterSeq ? after : undefined;
  let walked = 0;
  let kept: Entry[] = [];
  for (let next = from + 1; next <= snapshot.seq; next += LINKS_AT_ONCE) {
    const until = Math.min(snapshot.seq, next + LINKS_AT_ONCE - 1);
    const links = await readLinks(log, next, until);
    if (links.length !== until - next + 1)
      throw broken(`transactions between ${next} and ${until} are missing`);
    for (const found of links) {
      const entries = verifiedEntries(found, parent === undefined ? found.parent : parent);
      if (found.parent === null && genesisOf(entries)?.ledgerId !== snapshot.ledgerId) {
        throw broken('it does not begin with the genesis that its head names');
      }
      parent = found.version;
      walked += entries.length;
      if (last === undefined) yield* entries;
      else kept = [...kept, ...entries].slice(-last);
    }
  }
  if (parent !== undefined && parent !== snapshot.version) throw broken('the walk did not end at the head');
  if (from === 0 && last === undefined) assertWhole(snapshot, { links: snapshot.seq, entries: walked });
  yield* kept;
}

/** True when the log holds this very transaction. */
export async function hasLink(log: RedisLog, version: string): Promise<boolean> {
  const seq = seqOf(version);
  if (seq === undefined) return false;
  const [found] = await readLinks(log, seq, seq);
  return found?.version === version;
}

async function readLinks({ send, key }: RedisLog, from: number, until: number): Promise<Link[]> {
  const answer = rangeSchema.safeParse(await send(['XRANGE', key, `${from}-0`, `${until}-0`]));
  if (!answer.success)
    throw broken(`something else stands between the transactions ${from} and ${until}`, {
      cause: answer.error,
    });
  return answer.data.map(([, [, version, , parent, , text]]) => ({
    version,
    parent: parent === '' ? null : parent,
    text,
  }));
}
