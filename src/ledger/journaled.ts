import type { Proof, Written } from '../proof/schema.ts';
import { type Entry, genesisOf } from './entry.ts';
import type { Change, Ledger, Snapshot } from './ledger.ts';

type Note = (ledger: NonNullable<Proof['ledger']>, written: readonly Written[]) => void;

/** The same ledger, that tells of every transaction it won. One whose end is in doubt is not told. */
export function journaled(ledger: Ledger, note: Note): Ledger {
  return {
    ...ledger,
    async commit(at, change, patience) {
      const result = await ledger.commit(at, change, patience);
      if (result.won) {
        const { version, seq } = result;
        note(
          stateAfter(ledger.store, at, change, version),
          change.entries.map((entry) => writtenOf(entry, version, seq)),
        );
      }
      return result;
    },
  };
}

function stateAfter(store: string, at: Snapshot, { entries }: Change, head: string) {
  const id = at.ledgerId ?? genesisOf(entries)?.ledgerId;
  return { store, ...(id === undefined ? {} : { id }), head, entries: at.entries + entries.length };
}

/** Who wrote it, and in which run, stands in the proof already. */
function writtenOf(
  { schemaVersion: _, id, kind, at, actor: __, run: ___, ...data }: Entry,
  version: string,
  seq: number,
): Written {
  return { kind, id, at, seq, version, data: data as Written['data'] };
}
