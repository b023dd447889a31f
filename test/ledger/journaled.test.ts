import { expect, it } from 'vitest';
import { journaled } from '../../src/ledger/journaled.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { memoryLedger } from '../../src/ledger/memory.ts';
import { transact } from '../../src/ledger/transact.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { inconclusive } from '../../src/proof/errors.ts';
import { createJournal } from '../../src/proof/journal.ts';
import { concludeError } from '../../src/proof/proof.ts';
import { proofSchema } from '../../src/proof/schema.ts';

const write = (ledger: Ledger, n: number) =>
  transact(ledger, { clock: systemClock, actor: 'host:a' }, () => ({
    entries: [{ kind: 'noted', n }],
    verdict: undefined,
  }));
const proof = () => concludeError(inconclusive('x', 'y'), { mode: 'once', startedAtMs: 0, endedAtMs: 1 });

it('tells of what was written, also in the proof of a run that ended in an error', async () => {
  const journal = createJournal();
  const inner = memoryLedger();
  const ledger = journaled(inner, (state, written) => journal.note(state, written));
  expect(journal.attach(proof())).not.toHaveProperty('ledger');
  await write(ledger, 1);
  const { version, seq } = await write(ledger, 2);
  const attached = journal.attach(proof());
  expect(proofSchema.safeParse(attached).error).toBeUndefined();
  const { ledgerId } = await inner.read();
  expect(attached.ledger).toMatchObject({ store: 'memory:', id: ledgerId, head: version, entries: 3 });
  expect(attached.ledger?.written?.map(({ kind, seq: fence, data }) => [kind, fence, data])).toEqual([
    ['genesis', 1, { ledgerId }],
    ['noted', 1, { n: 1 }],
    ['noted', seq, { n: 2 }],
  ]);
});

it('tells nothing of what lost, or of what may have been written', async () => {
  const journal = createJournal();
  const inner = memoryLedger();
  await write(inner, 0);
  const doubtful: Ledger = {
    ...inner,
    commit: async () => {
      throw inconclusive('store-undecided', 'nobody knows');
    },
  };
  await expect(write(journaled(doubtful, journal.note), 1)).rejects.toThrow('nobody knows');
  const lost = await inner.read();
  await write(inner, 2);
  const change = { entries: [], records: {}, subject: 'x' };
  const losing: Ledger = { ...inner, commit: async () => ({ won: false }) };
  expect(await journaled(losing, journal.note).commit(lost, change)).toEqual({ won: false });
  expect(journal.attach(proof())).not.toHaveProperty('ledger');
});

it('keeps the newest of very many', () => {
  const journal = createJournal();
  const entry = { kind: 'noted', id: 'a', at: '2026-11-20T10:00:00.000Z', version: 'v', data: {} };
  for (let seq = 1; seq <= 1200; seq += 1)
    journal.note({ store: 's', head: 'v', entries: seq }, [{ ...entry, seq }]);
  const { written = [] } = journal.attach(proof()).ledger ?? {};
  expect([written.length, written.at(-1)?.seq]).toEqual([500, 1200]);
});
