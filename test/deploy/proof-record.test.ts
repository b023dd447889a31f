import { describe, expect, it } from 'vitest';
import {
  decideProof,
  type ProofFacts,
  proofRecordSchema,
  readProofRecord,
  recordsProof,
} from '../../src/deploy/proof-record.ts';
import { memoryLedger } from '../../src/ledger/memory.ts';
import { transact } from '../../src/ledger/transact.ts';
import { fakeClock } from '../ledger/fixtures.ts';

const DIGEST = 'a'.repeat(64);
const facts = (changes: Partial<ProofFacts> = {}): ProofFacts => ({
  outcome: 'passed',
  buildId: 'build-1',
  digest: DIGEST,
  urls: ['https://a.example/'],
  environment: 'production',
  overrides: [],
  by: { actor: 'host:a' },
  ...changes,
});

const NOW = Date.UTC(2026, 10, 1);

async function ledgerWith(...proofs: readonly ProofFacts[]) {
  const clock = fakeClock(NOW);
  const ledger = memoryLedger();
  for (const one of proofs) {
    clock.at += 1_000;
    await transact(ledger, { clock, actor: 'host:a' }, (_, { now }) => decideProof(one, now));
  }
  return ledger;
}

describe('the record of a proof', () => {
  it('says all that a promotion has to compare, and when the ledger took it', async () => {
    const one = facts({ artifactId: 'shop:1', commit: 'abc', repository: 'o/r', overrides: ['edges: one'] });
    const ledger = await ledgerWith(one);
    expect(await readProofRecord(await ledger.read(), 'production', 'build-1')).toEqual({
      schemaVersion: 1,
      mode: 'prove',
      ...one,
      provedAt: new Date(NOW + 1_000).toISOString(),
    });
  });

  it('is that of the newest proof, however it ended; the history keeps them all', async () => {
    const outcomes = ['passed', 'failed', 'passed', 'inconclusive', 'refused'] as const;
    const ledger = await ledgerWith(...outcomes.map((outcome) => facts({ outcome })));
    expect((await readProofRecord(await ledger.read(), 'production', 'build-1'))?.outcome).toBe('refused');
    const kept = [];
    for await (const entry of ledger.history()) if (entry.kind === 'proof') kept.push(entry.outcome);
    expect(kept).toEqual(outcomes);
  });

  it('is one for each build and environment', async () => {
    const ledger = await ledgerWith(
      facts(),
      facts({ buildId: 'build-2', outcome: 'failed' }),
      facts({ environment: 'staging', outcome: 'failed' }),
    );
    const snapshot = await ledger.read();
    expect((await readProofRecord(snapshot, 'production', 'build-1'))?.outcome).toBe('passed');
    expect((await readProofRecord(snapshot, 'production', 'build-2'))?.outcome).toBe('failed');
    expect((await readProofRecord(snapshot, 'staging', 'build-1'))?.outcome).toBe('failed');
    expect(await readProofRecord(snapshot, 'staging', 'build-2')).toBeUndefined();
  });

  it('leaves out what is not known, and holds to its schema', () => {
    const { records } = decideProof(facts({ commit: undefined } as never), NOW);
    const [record] = Object.values(records ?? {});
    expect(record).not.toHaveProperty('commit');
    expect(proofRecordSchema.safeParse(record).error).toBeUndefined();
  });

  it('is found again by digest and outcome', () => {
    const entry = {
      schemaVersion: 1,
      id: 'x',
      kind: 'proof',
      at: '',
      actor: '',
      digest: DIGEST,
      outcome: 'passed',
    };
    expect(recordsProof(entry, DIGEST, 'passed')).toBe(true);
    expect(recordsProof(entry, DIGEST, 'failed')).toBe(false);
    expect(recordsProof(entry, 'b'.repeat(64), 'passed')).toBe(false);
    expect(recordsProof({ ...entry, kind: 'claimed' }, DIGEST, 'passed')).toBe(false);
  });
});
