import type { Evidence } from '../../deploy/require-proof.ts';
import { proofDigest } from '../../proof/digest.ts';
import { CodedError, invalid } from '../../proof/errors.ts';
import { attestedChecks, type SignatureInput } from '../audit-attested.ts';
import type { Ports } from '../mode.ts';
import { readProofBytes } from '../proof-file.ts';

interface Given extends SignatureInput {
  readonly proof?: string | undefined;
}

/**
 * Reads the proof's file once, and verifies its signature. It is done before the transaction that asks for it, which may be
 * made several times; what could not be verified is data, since a promotion that is done already needs no proof any more.
 * Throws `input-…`.
 */
export async function evidenceOf(given: Given, ports: Ports): Promise<Evidence> {
  if (given.proof === undefined)
    throw invalid(
      'input-missing',
      'input `require-proof` is attested, which needs `proof`: the proof.json that `prove` wrote and signed',
    );
  const file = await readProofBytes(given.proof, ports.cwd);
  try {
    const checks = await attestedChecks(given, file, ports);
    const wrong = checks.find(({ status }) => status !== 'pass');
    if (wrong) {
      const { id, expected, observed } = wrong;
      return { kind: 'wrong', doubt: { field: id, wanted: expected, found: observed } };
    }
    return { kind: 'signed', proof: file.proof, digest: proofDigest(file.proof) };
  } catch (error) {
    if (error instanceof CodedError && error.outcome === 'inconclusive') return { kind: 'unknown', error };
    throw error;
  }
}
