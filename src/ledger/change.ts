import { ENVELOPE, type EntryBody, entrySchema, genesisOf } from './entry.ts';
import type { Change, Snapshot } from './ledger.ts';
import { assertRecordPath } from './paths.ts';

/** Larger changes are a bug of ours: the ledger holds digests, enums and numbers, never somebody's text. */
const MAX_CHANGE_BYTES = 4 * 1024 * 1024;

/**
 * What every driver demands of a change before it writes anything: a wrong one is a bug, thrown as a TypeError, and
 * leaves the ledger as it was.
 */
export function checkChange(at: Snapshot, change: Change): void {
  if (change.entries.length === 0)
    throw new TypeError('a change without entries would leave no trace in the history');
  for (const entry of change.entries) entrySchema.parse(entry);
  const beginsWithGenesis = genesisOf(change.entries) !== undefined;
  const genesisCount = change.entries.filter((entry) => entry.kind === 'genesis').length;
  if (at.version === null && !beginsWithGenesis)
    throw new TypeError('the first change must begin with a genesis entry');
  if (genesisCount !== (at.version === null ? 1 : 0))
    throw new TypeError('a ledger has exactly one genesis entry');
  for (const path of Object.keys(change.records)) assertRecordPath(path);
  assertSubject(change.subject);
  const bytes = Buffer.byteLength(JSON.stringify([change.entries, change.records]));
  if (bytes > MAX_CHANGE_BYTES) throw new TypeError(`a change of ${bytes} bytes is too large for a ledger`);
}

/** A decider may not speak for the envelope: time, id and actor are the transaction's to say. */
export function assertBody(body: EntryBody): void {
  for (const name of ENVELOPE) {
    if (Object.hasOwn(body, name)) throw new TypeError(`an entry body may not set ${JSON.stringify(name)}`);
  }
}

function assertSubject(subject: string): void {
  if (!/^[\x20-\x7e]{1,200}$/.test(subject) || subject.trim() !== subject) {
    throw new TypeError(
      `a subject is one printable line of at most 200 characters: ${JSON.stringify(subject)}`,
    );
  }
}
