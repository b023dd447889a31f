import { z } from 'zod';
import { assertWhole, broken, type Link, seqOf, verifiedEntries } from './chain.ts';
import { type Entry, genesisOf } from './entry.ts';
import type { Snapshot, Version } from './ledger.ts';

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

/** The entries up to the snapshot, oldest first, each link verified against the one before it. */
export async function* walkLog(log: RedisLog, snapshot: Snapshot): AsyncGenerator<Entry> {
  let parent: Version = null;
  let walked = 0;
  for (let next = 1; next <= snapshot.seq; next += LINKS_AT_ONCE) {
    const until = Math.min(snapshot.seq, next + LINKS_AT_ONCE - 1);
    const links = await readLinks(log, next, until);
    if (links.length !== until - next + 1)
      throw broken(`transactions between ${next} and ${until} are missing`);
    for (const found of links) {
      const entries = verifiedEntries(found, parent);
      if (parent === null && genesisOf(entries)?.ledgerId !== snapshot.ledgerId) {
        throw broken('it does not begin with the genesis that its head names');
      }
      parent = found.version;
      walked += entries.length;
      yield* entries;
    }
  }
  if (parent !== snapshot.version) throw broken('the walk did not end at the head');
  assertWhole(snapshot, { links: snapshot.seq, entries: walked });
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
