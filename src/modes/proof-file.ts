import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { readAtMost } from '../ports/read-at-most.ts';
import { invalid } from '../proof/errors.ts';
import { parseJson } from '../proof/parse-json.ts';
import { type Proof, proofSchema } from '../proof/schema.ts';

const MAX_BYTES = 64 * 1024 * 1024;

/** A proof, and the very bytes that it was read from: what a signature is about. */
export interface ProofFile {
  readonly path: string;
  readonly proof: Proof;
  /** SHA-256 of the file, 64 hex characters. */
  readonly sha256: string;
}

/** Reads a proof.json. Throws `input-unreadable` and `input-invalid`. */
export const readProofFile = async (path: string, cwd: string): Promise<Proof> =>
  (await readProofBytes(path, cwd)).proof;

/** The same with its digest, of one reading: a file that is changed between two would be another one than was signed. */
export async function readProofBytes(given: string, cwd: string): Promise<ProofFile> {
  const path = resolve(cwd, given);
  const bytes = await readAtMost(path, MAX_BYTES).catch((error: NodeJS.ErrnoException) => {
    throw invalid('input-unreadable', `the proof ${path} can't be read: ${error.code}`, { cause: error });
  });
  const parsed = bytes && proofSchema.safeParse(parseJson(new TextDecoder().decode(bytes)));
  if (!bytes || !parsed?.success)
    throw invalid('input-invalid', `${path} is no proof.json of ship-proof`, { cause: parsed?.error });
  return { path, proof: parsed.data, sha256: createHash('sha256').update(bytes).digest('hex') };
}
