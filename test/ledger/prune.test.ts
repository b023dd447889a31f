import { expect, test } from 'vitest';
import { memoryLedger } from '../../src/ledger/memory.ts';
import { PRUNE_LIMIT, pruneCandidates } from '../../src/ledger/prune.ts';
import { transact } from '../../src/ledger/transact.ts';
import { fakeClock } from './fixtures.ts';

test('candidates come from one bucket, at most a hundred, and only those that are over', async () => {
  const ledger = memoryLedger();
  const paths = Array.from({ length: 150 }, (_, n) => `claims/3f/${String(n).padStart(3, '0')}`);
  const records = Object.fromEntries([
    ...paths.map((path, n) => [path, { over: n !== 0 }]),
    ['claims/40/x', { over: true }],
  ]);
  await transact(ledger, { clock: fakeClock(0), actor: 'a' }, () => ({
    entries: [{ kind: 'x' }],
    records,
    verdict: null,
  }));
  const snapshot = await ledger.read();
  const isOver = (record: unknown) => (record as { over: boolean }).over;
  const at = (unit: number) =>
    pruneCandidates(snapshot, 'claims', { id: () => '', unit: () => unit }, isOver);
  const found = await at(0x3f / 256);
  expect(found).toHaveLength(PRUNE_LIMIT);
  expect(found[0]).toBe('claims/3f/001');
  expect(await at(0x40 / 256)).toEqual(['claims/40/x']);
  expect(await at(0)).toEqual([]);
  expect(await at(0.999_999)).toEqual([]);
});
