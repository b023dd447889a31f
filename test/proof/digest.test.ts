import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, proofDigest } from '../../src/proof/digest.ts';
import type { Json } from '../../src/proof/schema.ts';
import { anyProof, proof } from './proofs.ts';

/** The same members in another order, at every depth. */
function reversed(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(reversed);
  const members = Object.entries(value).reverse();
  return Object.fromEntries(members.map(([key, member]) => [key, reversed(member)]));
}

describe('the digest of a proof', () => {
  it('is that of its canonical JSON, without what it says of the ledger', () => {
    const text =
      '{"checks":[],"endedAt":"2026-11-01T12:00:01.500Z","mode":"prove","outcome":"passed","overrides":[],"result":{"a":1.5,"b":"\\"é\\""},"schemaVersion":1,"startedAt":"2026-11-01T12:00:00.000Z","subject":{"buildId":"build-1"}}';
    const made = proof({
      mode: 'prove',
      checks: [],
      result: { b: '"é"', a: 1.5 },
      subject: { buildId: 'build-1' },
    });
    expect(proofDigest(made)).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('does not change with the ledger, the order of members, or a way through a file', () => {
    fc.assert(
      fc.property(anyProof, (made) => {
        const read = JSON.parse(JSON.stringify(made, null, 2));
        const ledger = { store: 'git+file:/x', head: 'a', entries: 2 };
        expect(proofDigest(reversed(read) as never)).toBe(proofDigest(made));
        expect(proofDigest({ ...made, ledger })).toBe(proofDigest(made));
      }),
    );
  });

  it.each([
    ['the outcome', { outcome: 'failed' }],
    ['an override', { overrides: ['edges: one'] }],
    ['a time', { endedAt: '2026-11-01T12:00:01.501Z' }],
    ['the build', { subject: { buildId: 'build-2', url: ['https://a.example/'] } }],
    ['a check', { checks: [] }],
    ['the run', { run: { commit: 'abc' } }],
  ] as const)('changes with %s', (_, change) => {
    expect(proofDigest(proof(change as never))).not.toBe(proofDigest(proof()));
  });
});

it('writes JSON that is the same value, in one way only', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const written = canonicalJson(value as Json);
      expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(reversed(value as Json))).toBe(written);
    }),
  );
});
