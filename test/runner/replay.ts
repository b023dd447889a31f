import type { Entry } from '../../src/ledger/entry.ts';
import type { Json } from '../../src/proof/schema.ts';
import { openAt } from '../ledger/fixtures.ts';
import type { World } from './world.ts';

const PORTION = 200;

/** Writes what happened in a world into a real store, entry by entry as it was, and the records as they are in the end. */
export async function replayInto(store: string, world: World, cacheDir: string): Promise<void> {
  const entries = await world.entries();
  const last = await world.ledger.read();
  const records: Record<string, Json> = {};
  for (const folder of ['runners/', 'watchdog/', 'incidents/']) {
    for (const [path, record] of await last.list(folder)) records[path] = record;
  }
  await using ledger = await openAt(store, cacheDir);
  for (let index = 0; index < entries.length; index += PORTION) {
    const isLast = index + PORTION >= entries.length;
    await writePortion(ledger, entries.slice(index, index + PORTION), isLast ? records : {});
  }
}

async function writePortion(
  ledger: Awaited<ReturnType<typeof openAt>>,
  entries: readonly Entry[],
  records: Readonly<Record<string, Json>>,
): Promise<void> {
  const { won } = await ledger.commit(await ledger.read(), { entries, records, subject: 'replay' });
  if (!won) throw new Error('somebody else wrote into the store of this test');
}
