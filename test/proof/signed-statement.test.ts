import { describe, expect, it } from 'vitest';
import { PREDICATE_TYPE, predicateOf } from '../../src/proof/attestation.ts';
import type { Proof } from '../../src/proof/schema.ts';
import { type Expected, type SignedStatement, signedChecks } from '../../src/proof/signed-statement.ts';
import { proof } from './proofs.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const RUN = { repository: 'octo-org/app', commit: COMMIT, id: '7', attempt: 2 };
const PROOF = proof({ id: 'p-1', mode: 'prove', run: RUN });
const WORKFLOW = 'octo-org/app/.github/workflows/prove.yml';
const EXPECTED: Expected = {
  signerWorkflow: WORKFLOW,
  repository: 'octo-org/app',
  sourceRef: 'refs/heads/main',
  digest: 'a'.repeat(64),
  server: 'https://github.com',
};
const OID = '1.3.6.1.4.1.57264.1';
const CLAIMS = {
  [`${OID}.12`]: 'https://github.com/octo-org/app',
  [`${OID}.13`]: COMMIT,
  [`${OID}.14`]: 'refs/heads/main',
  [`${OID}.21`]: 'https://github.com/octo-org/app/actions/runs/7/attempts/2',
};
const STATEMENT = {
  subject: [{ name: 'proof.json', digest: { sha256: EXPECTED.digest } }],
  predicateType: PREDICATE_TYPE,
  predicate: predicateOf(PROOF),
};
const SIGNED: SignedStatement = {
  identity: `https://github.com/${WORKFLOW}@refs/heads/main`,
  issuer: 'https://token.actions.githubusercontent.com',
  claims: CLAIMS,
  statement: STATEMENT,
};

const failing = (signed: SignedStatement, of: Proof = PROOF, expected = EXPECTED) =>
  signedChecks(signed, of, expected)
    .filter(({ status }) => status !== 'pass')
    .map(({ id }) => id.replace('attested:', ''));
const claim = (number: number, value: string): SignedStatement => ({
  ...SIGNED,
  claims: { ...CLAIMS, [`${OID}.${number}`]: value },
});
const statement = (changes: object): SignedStatement => ({
  ...SIGNED,
  statement: { ...STATEMENT, ...changes },
});
const predicate = (changes: object) => statement({ predicate: { ...STATEMENT.predicate, ...changes } });

describe('a signed statement', () => {
  it('is believed when all of it is what it has to be', () => {
    expect(failing(SIGNED)).toEqual([]);
    const pinned = { ...EXPECTED, signerWorkflow: `${WORKFLOW}@refs/heads/main` };
    expect(failing(SIGNED, PROOF, pinned)).toEqual([]);
  });

  it.each<[string, string, SignedStatement]>([
    ['another issuer', 'issuer', { ...SIGNED, issuer: 'https://accounts.example.com' }],
    ['another workflow', 'signer', { ...SIGNED, identity: SIGNED.identity.replace('prove', 'other') }],
    ['a longer name', 'signer', { ...SIGNED, identity: SIGNED.identity.replace('prove.yml', 'prove.yml2') }],
    ['another server', 'signer', { ...SIGNED, identity: SIGNED.identity.replace('github', 'evil') }],
    ['another repository', 'source-repository', claim(12, 'https://github.com/octo-org/fork')],
    ['another commit', 'commit', claim(13, `f${COMMIT.slice(1)}`)],
    ['a commit cut short', 'commit', claim(13, COMMIT.slice(0, 7))],
    ['another branch', 'source-ref', claim(14, 'refs/heads/next')],
    ['a pull request', 'source-ref', claim(14, 'refs/pull/1/merge')],
    ['another run', 'run', claim(21, 'https://github.com/octo-org/app/actions/runs/8/attempts/2')],
    ['another attempt', 'run', claim(21, 'https://github.com/octo-org/app/actions/runs/7/attempts/1')],
    ['another predicate', 'predicate-type', statement({ predicateType: 'https://slsa.dev/provenance/v1' })],
    ['another file', 'subject-digest', statement({ subject: [{ name: 'a', digest: { sha256: 'b' } }] })],
    ['another kind of digest', 'subject-digest', statement({ subject: [{ name: 'a', digest: {} }] })],
    ['no file', 'subject-digest', statement({ subject: [] })],
    ['another outcome', 'signed-outcome', predicate({ outcome: 'failed' })],
    ['another proof', 'signed-outcome', predicate({ proofId: 'p-2' })],
    ['a predicate with more in it', 'signed-outcome', predicate({ more: true })],
  ])('is not believed for %s', (_, field, signed) => {
    expect(failing(signed)).toEqual([field]);
  });

  it('is not believed for no claim at all, or a proof that names no run', () => {
    expect(failing({ ...SIGNED, claims: {} })).toEqual(['source-repository', 'source-ref', 'commit', 'run']);
    const { run: _, ...unknown } = PROOF;
    expect(failing(SIGNED, unknown as Proof)).toEqual(['commit', 'run']);
    expect(failing({ ...SIGNED, claims: {} }, unknown as Proof)).toContain('commit');
  });

  it('is not believed at another ref of the workflow than the one that is pinned', () => {
    const pinned = { ...EXPECTED, signerWorkflow: `${WORKFLOW}@refs/tags/v1` };
    expect(failing(SIGNED, PROOF, pinned)).toEqual(['signer']);
  });

  it('of a proof that failed is not believed, though it says the same', () => {
    const bad = proof({ ...PROOF, outcome: 'failed' });
    expect(failing(statement({ predicate: predicateOf(bad) }), bad)).toEqual(['signed-outcome', 'outcome']);
  });
});
