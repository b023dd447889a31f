import { join } from 'node:path';
import { z } from 'zod';
import { deploySchema, environmentSchema } from '../../deploy/records.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Json } from '../../proof/schema.ts';
import { replace } from '../../report/files.ts';
import type { Ports } from '../mode.ts';
import { openStore, type StoreInput } from '../store.ts';

const LEDGER_FILE = 'ledger.jsonl';
const DEPLOYS_FILE = 'deploys.json';

/** deploys.json. A record that another version wrote stands in it as it is. */
export const deploysFileSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** The state of the ledger that it was taken from; null for an empty one. */
  head: z.string().nullable(),
  seq: z.int().nonnegative(),
  /** By the records' paths. */
  environments: z.record(z.string(), environmentSchema),
  deploys: z.record(z.string(), deploySchema),
});

/** The whole history, oldest first: one entry a line, as JSON. */
export async function* exportLedger(ledger: Ledger): AsyncGenerator<string> {
  for await (const entry of ledger.history()) yield `${JSON.stringify(entry)}\n`;
}

/** What is deployed where, and how far each deploy came: the records by their paths. */
async function exportDeploys(ledger: Ledger): Promise<string> {
  const snapshot = await ledger.read();
  const lists = await Promise.all(['environments/', 'deploys/'].map((prefix) => snapshot.list(prefix)));
  const [environments, deploys] = lists.map((records) => Object.fromEntries(records));
  const { version: head, seq } = snapshot;
  const content: Json = {
    schemaVersion: 1,
    head,
    seq,
    environments: { ...environments },
    deploys: { ...deploys },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/**
 * Writes the ledger, for people, beside the evidence of a run that used it. Returns why not, in one line, where that could
 * not be done: the run's verdict stands without.
 */
export async function writeLedger(
  folder: string,
  given: Readonly<Record<string, unknown>>,
  ports: Ports,
): Promise<string | undefined> {
  try {
    // The run may be over because somebody wants it to be; this has a limit of its own.
    await using ledger = await openStore(given as unknown as StoreInput, ports);
    await replace(join(folder, LEDGER_FILE), exportLedger(ledger));
    await replace(join(folder, DEPLOYS_FILE), await exportDeploys(ledger));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
