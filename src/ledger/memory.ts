import { assertWhole, type Link, link, verifiedEntries } from './chain.ts';
import { checkChange } from './change.ts';
import { advance, countsOf, type Head } from './head.ts';
import { type Ledger, noTurn, type Snapshot } from './ledger.ts';
import { assertPrefix, assertRecordPath } from './paths.ts';

/** One state, never changed once made: JSON text by path, so that no caller can reach into the ledger. */
interface State {
  readonly head: Head | null;
  readonly version: string | null;
  readonly records: ReadonlyMap<string, string>;
}

/** The contract in its shortest form: for tests, and for whoever wants to read what a driver must do. */
export function memoryLedger(): Ledger {
  const links: Link[] = [];
  let state: State = { head: null, version: null, records: new Map() };

  return {
    store: 'memory:',
    read: async () => snapshotOf(state),
    async commit(at, change) {
      checkChange(at, change);
      if (at.version !== state.version) return { won: false };
      const head = advance(state.head, change);
      const records = new Map(state.records);
      for (const [path, record] of Object.entries(change.records)) {
        if (record === null) records.delete(path);
        else records.set(path, JSON.stringify(record));
      }
      const next = link(state.version, change);
      links.push(next);
      state = { head, version: next.version, records };
      return { won: true, version: next.version, seq: head.seq };
    },
    async *history() {
      const { head } = state;
      const walk = [...links];
      let parent: string | null = null;
      const entries = walk.flatMap((found) => {
        const verified = verifiedEntries(found, parent);
        parent = found.version;
        return verified;
      });
      assertWhole(countsOf(head), { links: walk.length, entries: entries.length });
      yield* entries;
    },
    contains: async (version) => links.some((found) => found.version === version),
    turn: async () => noTurn,
    [Symbol.asyncDispose]: async () => {},
  };
}

function snapshotOf({ head, version, records }: State): Snapshot {
  return {
    version,
    ...countsOf(head),
    async get(path) {
      assertRecordPath(path);
      const text = records.get(path);
      return text === undefined ? undefined : JSON.parse(text);
    },
    async list(prefix) {
      assertPrefix(prefix);
      const paths = [...records.keys()].filter((path) => path.startsWith(prefix)).sort();
      return new Map(paths.map((path) => [path, JSON.parse(records.get(path) ?? 'null')]));
    },
  };
}
