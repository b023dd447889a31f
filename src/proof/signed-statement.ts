import { z } from 'zod';
import { PREDICATE_TYPE, predicateSchema } from './attestation.ts';
import type { Check, Proof } from './schema.ts';

/** Who signed, as the certificate says, and what. */
export interface SignedStatement {
  /** The certificate's subject: `https://github.com/<workflow>@<ref>`. */
  readonly identity: string;
  readonly issuer: string;
  /** The certificate's extensions by object id (fulcio, docs/oid-info.md). */
  readonly claims: Readonly<Record<string, string>>;
  /** What was signed; nothing of it is believed unread. */
  readonly statement: unknown;
}

/** Whom and what the reader of a proof is ready to believe. */
export interface Expected {
  /** `owner/repo/.github/workflows/file.yml`, with or without `@ref`. */
  readonly signerWorkflow: string;
  /** `owner/repo`. */
  readonly repository: string;
  readonly sourceRef: string;
  /** SHA-256 of the proof's file, 64 hex characters. */
  readonly digest: string;
  readonly server: string;
}

/** Of extension 1.3.6.1.4.1.57264.1. */
const CLAIMS = {
  repository: '1.3.6.1.4.1.57264.1.12',
  commit: '1.3.6.1.4.1.57264.1.13',
  ref: '1.3.6.1.4.1.57264.1.14',
  run: '1.3.6.1.4.1.57264.1.21',
} as const;

const statementSchema = z.looseObject({
  subject: z.array(
    z.looseObject({ name: z.string(), digest: z.looseObject({ sha256: z.string().optional() }) }),
  ),
  predicateType: z.string(),
  predicate: z.unknown(),
});

/** Holds a signature that is valid against what was expected of it: a valid signature of somebody else's proves nothing. */
export function signedChecks(
  { identity, issuer, claims, statement }: SignedStatement,
  proof: Proof,
  expected: Expected,
): Check[] {
  const { server, signerWorkflow, repository, sourceRef, digest } = expected;
  const parsed = statementSchema.safeParse(statement).data;
  const predicate = predicateSchema.safeParse(parsed?.predicate).data;
  const signer = `${server}/${signerWorkflow}`;
  const isSigner = signerWorkflow.includes('@') ? identity === signer : identity.startsWith(`${signer}@`);
  const { id, attempt } = proof.run ?? {};
  return [
    check('issuer', 'GitHub Actions vouches for the signer', issuerOf(server), issuer),
    {
      ...check('signer', 'the wanted workflow signed', signer, identity),
      status: isSigner ? 'pass' : 'fail',
    },
    check(
      'source-repository',
      'it ran in the wanted repository',
      `${server}/${repository}`,
      claims[CLAIMS.repository],
    ),
    check('source-ref', 'it ran on the wanted branch or tag', sourceRef, claims[CLAIMS.ref]),
    check(
      'commit',
      'it ran at the commit that the proof names',
      proof.run?.commit ?? 'a commit in the proof',
      claims[CLAIMS.commit],
    ),
    check(
      'run',
      'it is the run that the proof names',
      `${server}/${repository}/actions/runs/${id}/attempts/${attempt}`,
      claims[CLAIMS.run],
    ),
    check('predicate-type', 'it is a statement about a proof', PREDICATE_TYPE, parsed?.predicateType),
    check(
      'subject-digest',
      'it is about this very file',
      digest,
      parsed?.subject.map((item) => item.digest.sha256).join(', '),
    ),
    check(
      'signed-outcome',
      'the signed outcome is that of the proof, and passed',
      `passed, proof ${proof.id}`,
      predicate ? `${predicate.outcome}, proof ${predicate.proofId}` : undefined,
    ),
    check('outcome', 'the proof says passed', 'passed', proof.outcome),
  ];
}

/** GitHub's own identity provider, or that of a data-residency server (`<name>.ghe.com`). */
function issuerOf(server: string): string {
  const host = server.replace(/^https:\/\//, '');
  return `https://token.actions.${host === 'github.com' ? 'githubusercontent.com' : host}`;
}

const check = (id: string, title: string, expected: string, observed: string | undefined): Check => ({
  id: `attested:${id}`,
  status: observed === expected ? 'pass' : 'fail',
  title,
  expected,
  observed: observed || 'nothing',
});
