import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Entry } from '../../src/ledger/entry.ts';
import { isMoved } from '../../src/ledger/expectation.ts';
import type { Change, Ledger } from '../../src/ledger/ledger.ts';
import { type Decide, transact } from '../../src/ledger/transact.ts';
import { systemClock } from '../../src/ports/clock.ts';
import type { Json } from '../../src/proof/schema.ts';

/** One empty store for one test. Each `open` is another writer, as another process would be. */
export interface FreshStore extends AsyncDisposable {
  open(): Promise<Ledger>;
}

export interface LedgerHarness {
  readonly name: string;
  /** Stores that keep only their newest state say `ledger-moved` where others answer from the old one. */
  readonly keepsOldStates: boolean;
  fresh(): Promise<FreshStore>;
  close?(): Promise<void>;
}

const options = { clock: systemClock, actor: 'test:contract' };

const write =
  (n: number, records: Record<string, Json | null> = { [`things/aa/${n}`]: { n } }): Decide<number> =>
  () => ({ entries: [{ kind: 'thing', n }], records, subject: `write ${n}`, verdict: n });

export async function entriesOf(ledger: Ledger): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of ledger.history()) entries.push(entry);
  return entries;
}

const numbers = (entries: readonly Entry[]) =>
  entries.filter(({ kind }) => kind === 'thing').map(({ n }) => n);

/** What every driver must do, word for word the same. */
export function describeLedger(harness: LedgerHarness): void {
  describe(`ledger contract: ${harness.name}`, () => {
    let store: FreshStore;
    let ledger: Ledger;
    const opened: Ledger[] = [];
    const open = async () => {
      const another = await store.open();
      opened.push(another);
      return another;
    };

    beforeEach(async () => {
      store = await harness.fresh();
      ledger = await open();
    });
    afterEach(async () => {
      for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    });
    afterAll(async () => harness.close?.());

    test('an empty store is the state before genesis, and reading writes nothing', async () => {
      const snapshot = await ledger.read();
      expect(snapshot).toMatchObject({ version: null, ledgerId: null, seq: 0, entries: 0, lastAtMs: 0 });
      expect(await snapshot.get('things/aa/1')).toBeUndefined();
      expect(await snapshot.list('things/')).toEqual(new Map());
      expect(await entriesOf(ledger)).toEqual([]);
      expect((await (await open()).read()).version).toBeNull();
    });

    test('records that were named beforehand are those of the snapshot, also when the ledger moves on', async () => {
      await transact(ledger, options, write(1));
      const before = await ledger.read(undefined, ['things/aa/1', 'things/aa/2']);
      expect(await before.get('things/aa/1')).toEqual({ n: 1 });
      await transact(ledger, options, write(2));
      expect(await before.get('things/aa/2')).toBeUndefined();
      const after = await ledger.read(undefined, ['things/aa/2']);
      expect(await after.get('things/aa/2')).toEqual({ n: 2 });
    });

    test('the first transaction begins with a genesis entry, and the counts follow', async () => {
      const first = await transact(ledger, options, write(1));
      const second = await transact(ledger, options, write(2));
      expect(first).toMatchObject({ committed: true, seq: 1, entries: 2 });
      expect(second).toMatchObject({
        committed: true,
        attempts: 1,
        seq: 2,
        entries: 3,
        ledgerId: first.ledgerId,
      });
      const snapshot = await (await open()).read();
      expect(snapshot).toMatchObject({
        version: second.version,
        seq: 2,
        entries: 3,
        ledgerId: first.ledgerId,
      });
      expect(snapshot.lastAtMs).toBe(second.at);
      const history = await entriesOf(ledger);
      expect(history.map(({ kind }) => kind)).toEqual(['genesis', 'thing', 'thing']);
      expect(history[0]?.ledgerId).toBe(first.ledgerId);
      expect(new Set(history.map(({ id }) => id)).size).toBe(3);
    });

    test('records are read, replaced, listed by folder in path order, and removed', async () => {
      const record = { text: 'ä\n"quoted" \u2028', list: [1, null, true], nested: { deep: {} } };
      const records = { 'things/bb/2': 2, 'things/aa/1': record, 'things/aa.json.x/3': 3, 'other/aa/1': 'o' };
      await transact(ledger, options, write(1, records));
      const snapshot = await (await open()).read();
      expect(await snapshot.get('things/aa/1')).toEqual(record);
      expect(await snapshot.get('things/aa/none')).toBeUndefined();
      expect(await snapshot.get('things/zz/1')).toBeUndefined();
      expect([...(await snapshot.list('things/'))]).toEqual([
        ['things/aa.json.x/3', 3],
        ['things/aa/1', record],
        ['things/bb/2', 2],
      ]);
      expect([...(await snapshot.list('things/aa/')).keys()]).toEqual(['things/aa/1']);
      expect(await snapshot.list('nothing/')).toEqual(new Map());
      await transact(
        ledger,
        options,
        write(2, { 'things/aa/1': 'new', 'things/bb/2': null, 'things/bb/none': null }),
      );
      const next = await ledger.read();
      expect([...(await next.list('things/')).keys()]).toEqual(['things/aa.json.x/3', 'things/aa/1']);
      expect(await next.get('things/aa/1')).toBe('new');
      expect(await next.get('things/bb/2')).toBeUndefined();
    });

    test('a record and a folder of the same name live side by side', async () => {
      await transact(ledger, options, write(1, { 'a/b': 1, 'a/b/c': 2 }));
      const snapshot = await ledger.read();
      expect([...(await snapshot.list('a/'))]).toEqual([
        ['a/b', 1],
        ['a/b/c', 2],
      ]);
      await transact(ledger, options, write(2, { 'a/b': null }));
      expect([...(await (await ledger.read()).list('a/'))]).toEqual([['a/b/c', 2]]);
    });

    test('many keys are answered at once', async () => {
      const paths = Array.from({ length: 40 }, (_, n) => `many/${n % 7}/${n}`);
      await transact(ledger, options, write(1, Object.fromEntries(paths.map((path, n) => [path, n]))));
      const snapshot = await ledger.read();
      expect(await Promise.all(paths.map((path) => snapshot.get(path)))).toEqual(paths.map((_, n) => n));
    });

    test('a snapshot answers from its own state or not at all, however the ledger moves', async () => {
      await transact(ledger, options, write(1, { 'things/aa/1': 'old' }));
      const snapshot = await ledger.read();
      await transact(await open(), options, write(2, { 'things/aa/1': 'new', 'things/aa/2': 2 }));
      if (harness.keepsOldStates) {
        expect(await snapshot.get('things/aa/1')).toBe('old');
        expect([...(await snapshot.list('things/')).keys()]).toEqual(['things/aa/1']);
      } else {
        expect(isMoved(await snapshot.get('things/aa/1').catch((error: unknown) => error))).toBe(true);
        expect(isMoved(await snapshot.list('things/').catch((error: unknown) => error))).toBe(true);
      }
    });

    test('a commit on a state that is gone loses, and leaves no trace', async () => {
      await transact(ledger, options, write(1));
      const stale = await ledger.read();
      await transact(await open(), options, write(2));
      expect(await ledger.commit(stale, changeOf(stale.lastAtMs, 3))).toEqual({ won: false });
      expect(numbers(await entriesOf(ledger))).toEqual([1, 2]);
      expect(await (await ledger.read()).get('things/aa/3')).toBeUndefined();
    });

    test('two writers race for genesis: one ledger comes of it', async () => {
      const racers = await Promise.all([open(), open(), open()]);
      const done = await Promise.all(racers.map((racer, n) => transact(racer, options, write(n))));
      expect(new Set(done.map(({ ledgerId }) => ledgerId)).size).toBe(1);
      const history = await entriesOf(ledger);
      expect(history.filter(({ kind }) => kind === 'genesis')).toHaveLength(1);
      expect(numbers(history).toSorted()).toEqual([0, 1, 2]);
    });

    test('who loses a race decides again on the new state, so that a counter never skips', async () => {
      const count: Decide<number> = async (snapshot) => {
        const n = ((await snapshot.get('counters/aa/c')) as number | undefined) ?? 0;
        return {
          entries: [{ kind: 'thing', n: n + 1 }],
          records: { 'counters/aa/c': n + 1 },
          verdict: n + 1,
        };
      };
      const racers = await Promise.all([open(), open(), open(), open()]);
      const done = await Promise.all(
        racers.flatMap((racer) => [transact(racer, options, count), transact(racer, options, count)]),
      );
      expect(done.map(({ verdict }) => verdict).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(numbers(await entriesOf(ledger))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      for (const { verdict, seq } of done) expect(seq).toBe(verdict);
    });

    test('contains tells what was ever the head', async () => {
      const first = await transact(ledger, options, write(1));
      const second = await transact(ledger, options, write(2));
      const other = await open();
      expect(await other.contains(first.version ?? '')).toBe(true);
      expect(await other.contains(second.version ?? '')).toBe(true);
      expect(await other.contains('0'.repeat(first.version?.length ?? 0))).toBe(false);
      expect(await other.contains('--all')).toBe(false);
    });

    test('an entry of an unknown kind is kept as it stands', async () => {
      const decide: Decide<null> = () => ({
        entries: [{ kind: 'from-the-future', a: { b: [1, 'ü'] } }],
        verdict: null,
      });
      await transact(ledger, { ...options, run: { id: '7', repository: 'o/r' } }, decide);
      expect((await entriesOf(ledger)).at(-1)).toMatchObject({
        schemaVersion: 1,
        kind: 'from-the-future',
        a: { b: [1, 'ü'] },
        actor: 'test:contract',
        run: { id: '7', repository: 'o/r' },
      });
    });

    test('a decision without entries commits nothing', async () => {
      await transact(ledger, options, write(1));
      const before = await ledger.read();
      const done = await transact(ledger, options, (snapshot) => ({ entries: [], verdict: snapshot.seq }));
      expect(done).toMatchObject({
        verdict: 1,
        committed: false,
        version: before.version,
        seq: 1,
        entries: 2,
      });
      expect((await ledger.read()).version).toBe(before.version);
    });

    test('a change that breaks the rules is a bug, and nothing is written', async () => {
      await transact(ledger, options, write(1));
      const at = await ledger.read();
      const good = changeOf(at.lastAtMs, 2);
      const wrong: Change[] = [
        { ...good, entries: [] },
        { ...good, subject: 'two\nlines' },
        { ...good, records: { 'head.json': {} } },
        { ...good, records: { 'a/../b': 1 } },
        { ...good, records: { 'a.json/b': 1 } },
        { ...good, entries: [{ ...(good.entries[0] as Entry), at: 'yesterday' }] },
        { ...good, entries: [{ ...(good.entries[0] as Entry), kind: 'genesis', ledgerId: 'x'.repeat(36) }] },
      ];
      for (const change of wrong) await expect(ledger.commit(at, change)).rejects.toThrow();
      expect((await ledger.read()).version).toBe(at.version);
      await expect(at.get('../x')).rejects.toThrow(TypeError);
      await expect(at.list('claims')).rejects.toThrow(TypeError);
    });

    test('a hundred records are removed in one transaction that names them', async () => {
      const paths = Array.from({ length: 100 }, (_, n) => `claims/3f/${n}`);
      await transact(
        ledger,
        options,
        write(1, Object.fromEntries([...paths, 'claims/3f/kept'].map((path) => [path, { path }]))),
      );
      const bucket = await (await ledger.read()).list('claims/3f/');
      expect(bucket.size).toBe(101);
      const pruned = [...bucket.keys()].filter((path) => path !== 'claims/3f/kept');
      const removal = Object.fromEntries(pruned.map((path) => [path, null]));
      await transact(ledger, options, () => ({
        entries: [{ kind: 'pruned', paths: pruned }],
        records: removal,
        verdict: null,
      }));
      expect([...(await (await ledger.read()).list('claims/')).keys()]).toEqual(['claims/3f/kept']);
      expect((await entriesOf(ledger)).at(-1)?.paths).toHaveLength(100);
    });
  });
}

export const changeOf = (atMs: number, n: number): Change => ({
  entries: [
    {
      schemaVersion: 1,
      id: `id-${n}`,
      kind: 'thing',
      at: new Date(atMs).toISOString(),
      actor: 'test:contract',
      n,
    },
  ],
  records: { [`things/aa/${n}`]: { n } },
  subject: `write ${n}`,
});
