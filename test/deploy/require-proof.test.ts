import { describe, expect, it } from 'vitest';
import type { ProofRecord } from '../../src/deploy/proof-record.ts';
import { disbelief, disbeliefOfSigned, type ProofDemand } from '../../src/deploy/require-proof.ts';
import { commitOfBuildId, epochOfBuildId } from '../../src/deploy/version.ts';
import { proofDigest } from '../../src/proof/digest.ts';
import { inconclusive } from '../../src/proof/errors.ts';
import type { Proof } from '../../src/proof/schema.ts';
import { proof as anyProof } from '../proof/proofs.ts';

const NOW = Date.UTC(2030, 0, 1, 12);
const MOMENT = { nowMs: NOW, writtenMs: NOW, clock: 'a', oneClock: false, maxSkewMs: 0 };
const COMMIT = '0123456789abcdef0123456789abcdef01234567';

const PROOF: ProofRecord = {
  schemaVersion: 1,
  mode: 'prove',
  outcome: 'passed',
  buildId: 'build-1893400000-0123456',
  digest: 'a'.repeat(64),
  urls: ['https://app.example.com/', 'https://app.example.com/build-id.txt'],
  environment: 'production',
  artifactId: 'img@sha256:00',
  commit: COMMIT,
  repository: 'octo-org/app',
  overrides: [],
  provedAt: new Date(NOW - 3_600_000).toISOString(),
  by: { actor: 'github:octocat' },
};

const DEMAND: ProofDemand = {
  environment: 'production',
  buildId: PROOF.buildId,
  artifactId: 'img@sha256:00',
  commit: '0123456',
  repository: 'octo-org/app',
  urls: ['https://app.example.com/build-id.txt', 'https://app.example.com'],
  waivers: [],
};

const fieldOf = (proof: ProofRecord | undefined, demand = DEMAND) => disbelief(proof, demand, MOMENT)?.field;
const at = (agoMs: number) => new Date(NOW - agoMs).toISOString();

describe('a required proof', () => {
  it('is believed when every field is that of the promotion', () => {
    expect(fieldOf(PROOF)).toBeUndefined();
    const { commit: _, ...own } = PROOF;
    // The commit stands in the build id too.
    expect(fieldOf(own)).toBeUndefined();
  });

  const { commit: _c, ...noCommit } = { ...PROOF, buildId: 'mine' };
  const { artifactId: _a, ...noArtifact } = PROOF;
  const { repository: _r, ...noRepository } = PROOF;
  it.each<[string, string, ProofRecord | undefined, Partial<ProofDemand>?]>([
    ['none', 'proof', undefined],
    ['a failed one', 'outcome', { ...PROOF, outcome: 'failed' }],
    ['an inconclusive one', 'outcome', { ...PROOF, outcome: 'inconclusive' }],
    ['a skipped one', 'outcome', { ...PROOF, outcome: 'skipped' }],
    ['that of another build', 'build-id', { ...PROOF, buildId: 'build-1893400000-0123457' }],
    ['that of another environment', 'environment', { ...PROOF, environment: 'staging' }],
    ['that of another artifact', 'artifact-id', { ...PROOF, artifactId: 'img@sha256:01' }],
    ['that of no artifact', 'artifact-id', noArtifact],
    ['that of another commit', 'commit', { ...PROOF, commit: `f${COMMIT.slice(1)}` }],
    ['that of a commit cut short', 'commit', { ...PROOF, commit: '012345' }],
    ['that of no commit', 'commit', noCommit, { buildId: 'mine' }],
    ['that of another repository', 'repository', { ...PROOF, repository: 'octo-org/fork' }],
    ['that of no repository', 'repository', noRepository],
    ['that of other URLs too', 'urls', { ...PROOF, urls: [...PROOF.urls, 'https://preview.example.com/'] }],
    ['that of fewer URLs', 'urls', { ...PROOF, urls: PROOF.urls.slice(0, 1) }],
    ['that of no URLs', 'urls', { ...PROOF, urls: [] }],
    ['one with a waiver', 'overrides', { ...PROOF, overrides: ['smoke: not today'] }],
    ['one of a day ago', 'age', { ...PROOF, provedAt: at(86_400_000) }],
    ['one from the future', 'age', { ...PROOF, provedAt: at(-600_001) }],
  ])('is not %s', (_, field, proof, demand = {}) => {
    expect(fieldOf(proof, { ...DEMAND, ...demand })).toBe(field);
  });

  it('may have the waivers that are allowed, and a day less a millisecond', () => {
    const waived = { ...PROOF, overrides: ['smoke: not today'], provedAt: at(86_399_999) };
    expect(fieldOf(waived, { ...DEMAND, waivers: ['smoke'] })).toBeUndefined();
  });
});

describe('a required proof that has to be signed', () => {
  const SUBJECT = {
    buildId: PROOF.buildId,
    url: PROOF.urls,
    environment: 'production',
    artifactId: 'img@sha256:00',
  };
  const RUN = { repository: 'octo-org/app', commit: COMMIT, id: '1', attempt: 1 };
  const LEDGER = { store: 'git+file:/store', id: 'ledger-1', head: 'c'.repeat(40), entries: 7 };
  const SIGNED = anyProof({
    ...{ mode: 'prove', subject: SUBJECT, run: RUN, ledger: LEDGER },
    ...{ startedAt: at(3_700_000), endedAt: at(3_600_000) },
  });
  /** What the ledger says of the file is as good as can be: whoever may write to it writes what he likes. */
  const doubtOf = (proof: Proof, record = { digest: proofDigest(proof) }) =>
    disbeliefOfSigned(
      { kind: 'signed', proof, digest: proofDigest(proof) },
      record,
      'ledger-1',
      DEMAND,
      MOMENT,
    )?.field;
  const without = <T extends object>(whole: T, name: keyof T): T => {
    const { [name]: _, ...rest } = whole;
    return rest as T;
  };

  it('is believed when the ledger, the file and the signature are one and the same', () => {
    expect(doubtOf(SIGNED)).toBeUndefined();
    // What the file says of the ledger can't be in the digest that the ledger holds.
    expect(proofDigest(without(SIGNED, 'ledger'))).toBe(proofDigest(SIGNED));
  });

  const subject = (changes: Partial<Record<keyof typeof SUBJECT, string | string[]>>): Partial<Proof> => ({
    subject: { ...SUBJECT, ...changes },
  });
  it.each<[string, string, Partial<Proof>]>([
    ['of another mode', 'signed-mode', { mode: 'verify-live' }],
    ['that was recorded elsewhere', 'signed-ledger', { ledger: { ...LEDGER, id: 'ledger-2' } }],
    ['that was recorded nowhere', 'signed-ledger', { ledger: undefined }],
    ['in a ledger without a name', 'signed-ledger', { ledger: without(LEDGER, 'id') }],
    ['that failed', 'signed-outcome', { outcome: 'failed' }],
    ['that could not be made', 'signed-outcome', { outcome: 'inconclusive' }],
    ['of another build', 'signed-build-id', subject({ buildId: 'build-1893400000-0123457' })],
    ['of several builds', 'signed-build-id', subject({ buildId: [PROOF.buildId, 'other'] })],
    ['of no build', 'signed-build-id', { subject: without(SUBJECT, 'buildId') }],
    ['of another environment', 'signed-environment', subject({ environment: 'staging' })],
    ['of no environment', 'signed-environment', { subject: without(SUBJECT, 'environment') }],
    ['of another artifact', 'signed-artifact-id', subject({ artifactId: 'img@sha256:01' })],
    ['of no artifact', 'signed-artifact-id', { subject: without(SUBJECT, 'artifactId') }],
    ['of other URLs', 'signed-urls', subject({ url: ['https://preview.example.com/'] })],
    ['of more URLs', 'signed-urls', subject({ url: [...PROOF.urls, 'https://preview.example.com/'] })],
    ['of no URLs', 'signed-urls', { subject: without(SUBJECT, 'url') }],
    ['of another commit', 'signed-commit', { run: { ...RUN, commit: `f${COMMIT.slice(1)}` } }],
    ['of another repository', 'signed-repository', { run: { ...RUN, repository: 'octo-org/fork' } }],
    ['of no run', 'signed-repository', { run: undefined }],
    ['with a waiver', 'signed-overrides', { overrides: ['smoke: not today'] }],
    ['of a day ago, however new its record is', 'signed-age', { endedAt: at(86_400_000) }],
    ['from the future', 'signed-age', { endedAt: at(-600_001) }],
  ])('is not one %s', (_, field, changes) => {
    expect(doubtOf({ ...SIGNED, ...changes })).toBe(field);
  });

  it('is not another one than the ledger names', () => {
    expect(doubtOf(SIGNED, { digest: proofDigest({ ...SIGNED, result: {} }) })).toBe('signed-digest');
  });

  it('is not one whose signature is wrong, and nothing is decided where that could not be checked', () => {
    const doubt = { field: 'attested:signer', wanted: 'a', found: 'b' };
    const judge = (evidence: Parameters<typeof disbeliefOfSigned>[0]) =>
      disbeliefOfSigned(evidence, PROOF, 'ledger-1', DEMAND, MOMENT);
    expect(judge({ kind: 'wrong', doubt })).toBe(doubt);
    const error = inconclusive('attestation-missing', 'there is none');
    expect(() => judge({ kind: 'unknown', error })).toThrow(error);
  });
});

describe('a build id', () => {
  it.each([
    ['build-1767225600-1a2b3c4', 1_767_225_600, '1a2b3c4'],
    ['build-1767225600-nogit', 1_767_225_600, undefined],
    ['build-1767225600-abc', 1_767_225_600, undefined],
    ['1767225600-1a2b3c4', 1_767_225_600, '1a2b3c4'],
    ['v1.2.3', undefined, undefined],
    ['build-17672256001-1a2b3c4', undefined, undefined],
  ])('%s tells its epoch and commit', (id, epoch, commit) => {
    expect([epochOfBuildId(id), commitOfBuildId(id)]).toEqual([epoch, commit]);
  });
});
