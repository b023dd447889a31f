import { describe, expect, it } from 'vitest';
import type { ProofRecord } from '../../src/deploy/proof-record.ts';
import {
  type Disbelief,
  disbelief,
  disbeliefOfSigned,
  type ProofDemand,
} from '../../src/deploy/require-proof.ts';
import { proofDigest } from '../../src/proof/digest.ts';
import { inconclusive } from '../../src/proof/errors.ts';
import type { Proof } from '../../src/proof/schema.ts';
import { proof as anyProof } from '../proof/proofs.ts';

const NOW = Date.UTC(2030, 0, 1, 12);
const MOMENT = { nowMs: NOW, writtenMs: NOW, clock: 'a', oneClock: false, maxSkewMs: 0 };
const PREVIEW = 'https://preview.example.com/';
const OTHER = 'build-1893400000-0123457';
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

const inWords = (doubt: Disbelief | undefined) =>
  doubt && `${doubt.field}: wanted ${doubt.wanted}, found ${doubt.found}`;
const doubtOf = (proof: ProofRecord | undefined, demand: Partial<ProofDemand> = {}) =>
  inWords(disbelief(proof, { ...DEMAND, ...demand }, MOMENT));
const at = (agoMs: number) => new Date(NOW - agoMs).toISOString();
const AGE = 'age: wanted younger than 24 h at 2030-01-01T12:00:00.000Z, found of';

describe('a required proof', () => {
  const { commit: _c, ...noCommit } = { ...PROOF, buildId: 'mine' };
  const { artifactId: _a, ...noArtifact } = PROOF;
  const { repository: _r, ...noRepository } = PROOF;
  const { commit: _, ...fromBuildId } = PROOF;
  it.each<[string, ProofRecord, Partial<ProofDemand>?]>([
    ['is that of the promotion', PROOF],
    ['is, where the commit stands in the build id alone', fromBuildId],
    ['is, where the proof has the abbreviated commit', { ...PROOF, commit: '0123456' }, { commit: COMMIT }],
    ['is, where nobody knows a commit', noCommit, { buildId: 'mine', commit: undefined }],
    ['is, where nobody knows a repository', noRepository, { repository: undefined }],
    ['is, where the build is the artifact', noArtifact, { artifactId: PROOF.buildId }],
    ['is, and it was made just now', { ...PROOF, provedAt: at(0) }],
    ['is, and it was made by a clock that may be ahead', { ...PROOF, provedAt: at(-600_000) }],
    [
      'is, and it has the waivers that are allowed, and is a millisecond less than a day old',
      { ...PROOF, overrides: ['smoke: not today'], provedAt: at(86_399_999) },
      { waivers: ['smoke'] },
    ],
  ])('is believed when every field %s', (_, proof, demand) => {
    expect(doubtOf(proof, demand)).toBeUndefined();
  });

  it.each<[string, string, ProofRecord | undefined, Partial<ProofDemand>?]>([
    ['none', `proof: wanted a proof of ${PROOF.buildId}, found none in the ledger`, undefined],
    ['a failed one', 'outcome: wanted passed, found failed', { ...PROOF, outcome: 'failed' }],
    [
      'an inconclusive one',
      'outcome: wanted passed, found inconclusive',
      { ...PROOF, outcome: 'inconclusive' },
    ],
    ['a skipped one', 'outcome: wanted passed, found skipped', { ...PROOF, outcome: 'skipped' }],
    [
      'that of another build',
      `build-id: wanted ${PROOF.buildId}, found ${OTHER}`,
      { ...PROOF, buildId: OTHER },
    ],
    [
      'that of another environment',
      'environment: wanted production, found staging',
      { ...PROOF, environment: 'staging' },
    ],
    [
      'that of another artifact',
      'artifact-id: wanted img@sha256:00, found img@sha256:01',
      { ...PROOF, artifactId: 'img@sha256:01' },
    ],
    ['that of no artifact', `artifact-id: wanted img@sha256:00, found ${PROOF.buildId}`, noArtifact],
    [
      'that of another commit',
      `commit: wanted 0123456, found f${COMMIT.slice(1)}`,
      { ...PROOF, commit: `f${COMMIT.slice(1)}` },
    ],
    ['that of a commit cut short', 'commit: wanted 0123456, found 012345', { ...PROOF, commit: '012345' }],
    [
      'that of a commit which ends like the demanded one',
      `commit: wanted ${COMMIT}, found ${COMMIT.slice(-7)}`,
      { ...PROOF, commit: COMMIT.slice(-7) },
      { commit: COMMIT },
    ],
    ['that of no commit', 'commit: wanted 0123456, found none', noCommit, { buildId: 'mine' }],
    [
      'that of a commit, where none is known',
      `commit: wanted none, found ${COMMIT}`,
      PROOF,
      { commit: undefined },
    ],
    [
      'that of another repository',
      'repository: wanted octo-org/app, found octo-org/fork',
      { ...PROOF, repository: 'octo-org/fork' },
    ],
    ['that of no repository', 'repository: wanted octo-org/app, found none', noRepository],
    [
      'that of a repository, where none is known',
      'repository: wanted none, found octo-org/app',
      PROOF,
      { repository: undefined },
    ],
    [
      'that of other URLs too',
      `urls: wanted only the environment's urls, found ${PREVIEW}`,
      { ...PROOF, urls: [...PROOF.urls, PREVIEW] },
    ],
    [
      'that of what is no URL',
      "urls: wanted only the environment's urls, found no url",
      { ...PROOF, urls: [...PROOF.urls, 'no url'] },
    ],
    [
      'that of fewer URLs',
      'urls: wanted https://app.example.com/build-id.txt, found it was not looked at',
      { ...PROOF, urls: PROOF.urls.slice(0, 1) },
    ],
    [
      'that of no URLs',
      'urls: wanted https://app.example.com/build-id.txt, found it was not looked at',
      { ...PROOF, urls: [] },
    ],
    [
      'one with a waiver',
      'overrides: wanted none, found smoke: not today',
      { ...PROOF, overrides: ['smoke: not today'] },
    ],
    ['one of a day ago', `${AGE} ${at(86_400_000)}`, { ...PROOF, provedAt: at(86_400_000) }],
    ['one from the future', `${AGE} ${at(-600_001)}`, { ...PROOF, provedAt: at(-600_001) }],
  ])('is not %s', (_, doubt, proof, demand) => {
    expect(doubtOf(proof, demand)).toBe(doubt);
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
  const doubtOfSigned = (
    proof: Proof,
    { digest = proofDigest(proof), ledgerId = 'ledger-1' as string | null } = {},
  ) =>
    inWords(
      disbeliefOfSigned(
        { kind: 'signed', proof, digest: proofDigest(proof) },
        { digest },
        ledgerId,
        DEMAND,
        MOMENT,
      ),
    );
  const without = <T extends object>(whole: T, name: keyof T): T => {
    const { [name]: _, ...rest } = whole;
    return rest as T;
  };

  it('is believed when the ledger, the file and the signature are one and the same', () => {
    expect(doubtOfSigned(SIGNED)).toBeUndefined();
    // What the file says of the ledger can't be in the digest that the ledger holds.
    expect(proofDigest(without(SIGNED, 'ledger'))).toBe(proofDigest(SIGNED));
  });

  const subject = (changes: Partial<Record<keyof typeof SUBJECT, string | string[]>>): Partial<Proof> => ({
    subject: { ...SUBJECT, ...changes },
  });
  it.each<[string, string, Partial<Proof>]>([
    ['of another mode', 'mode: wanted prove, found verify-live', { mode: 'verify-live' }],
    [
      'that was recorded elsewhere',
      'ledger: wanted ledger-1, found ledger-2',
      { ledger: { ...LEDGER, id: 'ledger-2' } },
    ],
    ['that was recorded nowhere', 'ledger: wanted ledger-1, found none', { ledger: undefined }],
    ['in a ledger without a name', 'ledger: wanted ledger-1, found none', { ledger: without(LEDGER, 'id') }],
    ['that failed', 'outcome: wanted passed, found failed', { outcome: 'failed' }],
    ['that could not be made', 'outcome: wanted passed, found inconclusive', { outcome: 'inconclusive' }],
    ['of another build', `build-id: wanted ${PROOF.buildId}, found ${OTHER}`, subject({ buildId: OTHER })],
    [
      'of several builds',
      `build-id: wanted ${PROOF.buildId}, found `,
      subject({ buildId: [PROOF.buildId, 'other'] }),
    ],
    ['of no build', `build-id: wanted ${PROOF.buildId}, found `, { subject: without(SUBJECT, 'buildId') }],
    [
      'of another environment',
      'environment: wanted production, found staging',
      subject({ environment: 'staging' }),
    ],
    [
      'of no environment',
      'environment: wanted production, found ',
      { subject: without(SUBJECT, 'environment') },
    ],
    [
      'of another artifact',
      'artifact-id: wanted img@sha256:00, found img@sha256:01',
      subject({ artifactId: 'img@sha256:01' }),
    ],
    [
      'of no artifact',
      `artifact-id: wanted img@sha256:00, found ${PROOF.buildId}`,
      { subject: without(SUBJECT, 'artifactId') },
    ],
    [
      'of other URLs',
      'urls: wanted https://app.example.com/build-id.txt, found it was not looked at',
      subject({ url: [PREVIEW] }),
    ],
    [
      'of more URLs',
      `urls: wanted only the environment's urls, found ${PREVIEW}`,
      subject({ url: [...PROOF.urls, PREVIEW] }),
    ],
    [
      'of no URLs',
      'urls: wanted https://app.example.com/build-id.txt, found it was not looked at',
      { subject: without(SUBJECT, 'url') },
    ],
    [
      'of another commit',
      `commit: wanted 0123456, found f${COMMIT.slice(1)}`,
      { run: { ...RUN, commit: `f${COMMIT.slice(1)}` } },
    ],
    [
      'of another repository',
      'repository: wanted octo-org/app, found octo-org/fork',
      { run: { ...RUN, repository: 'octo-org/fork' } },
    ],
    ['of no run', 'repository: wanted octo-org/app, found none', { run: undefined }],
    ['with a waiver', 'overrides: wanted none, found smoke: not today', { overrides: ['smoke: not today'] }],
    ['of a day ago, however new its record is', `${AGE} ${at(86_400_000)}`, { endedAt: at(86_400_000) }],
    ['from the future', `${AGE} ${at(-600_001)}`, { endedAt: at(-600_001) }],
  ])('is not one %s', (_, doubt, changes) => {
    expect(doubtOfSigned({ ...SIGNED, ...changes })).toBe(`signed-${doubt}`);
  });

  it('is not another one than the ledger names, nor one of a ledger that has no name', () => {
    const digest = proofDigest({ ...SIGNED, result: {} });
    expect(doubtOfSigned(SIGNED, { digest })).toBe(
      `signed-digest: wanted ${digest}, found ${proofDigest(SIGNED)}`,
    );
    expect(doubtOfSigned(SIGNED, { ledgerId: null })).toBe('signed-ledger: wanted a ledger, found ledger-1');
    expect(doubtOfSigned({ ...SIGNED, ledger: undefined }, { ledgerId: null })).toBe(
      'signed-ledger: wanted a ledger, found none',
    );
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
