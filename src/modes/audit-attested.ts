import { dirname, join, resolve } from 'node:path';
import { createGitHub } from '../ports/github.ts';
import { placeFromEnvironment } from '../ports/github-place.ts';
import { defaultFolder } from '../ports/places.ts';
import { readAtMost } from '../ports/read-at-most.ts';
import { PREDICATE_TYPE } from '../proof/attestation.ts';
import { inconclusive, invalid } from '../proof/errors.ts';
import type { Check } from '../proof/schema.ts';
import { signedChecks } from '../proof/signed-statement.ts';
import { flag, text } from './kinds.ts';
import type { Ports } from './mode.ts';
import type { ProofFile } from './proof-file.ts';

/** Where a signature is, and whose counts. */
export const signatureInputs = {
  bundle: text('a path')
    .optional()
    .describe(
      'The signature. Default: `proof.sigstore.json` beside the proof, or else the one that GitHub keeps.',
    ),
  'signer-workflow': text('owner/repo/.github/workflows/file.yml, with or without @ref')
    .optional()
    .describe('The workflow whose signature counts. Needed with `attested`.'),
  'source-repository': text('owner/repo')
    .optional()
    .describe('The repository that the workflow ran in. Default: that of `signer-workflow`.'),
  'source-ref': text('refs/heads/… or refs/tags/…')
    .prefault('refs/heads/main')
    .describe('The branch or tag that the workflow ran on.'),
  'trusted-root': text('a path')
    .optional()
    .describe(
      'The keys to trust, as `gh attestation trusted-root` prints them. Default: sigstore’s public instance, which signs for public repositories.',
    ),
} as const;

export const attestedInputs = {
  attested: flag()
    .prefault(false)
    .describe('Require the proof to be signed, by the given workflow and at the given ref.'),
  ...signatureInputs,
} as const;

export interface SignatureInput {
  readonly bundle?: string | undefined;
  readonly 'signer-workflow'?: string | undefined;
  readonly 'source-repository'?: string | undefined;
  readonly 'source-ref': string;
  readonly 'trusted-root'?: string | undefined;
  readonly token?: string | undefined;
}

const WORKFLOW = /^([\w.-]+\/[\w.-]+)\/\.github\/workflows\/[\w.-]+(@refs\/\S+)?$/;
const API_LIMIT_MS = 15_000;

/** The workflow whose signature counts, and the repository that it has to have run in. Throws `input-missing`. */
export function signerOf(given: SignatureInput): {
  readonly signerWorkflow: string;
  readonly repository: string;
} {
  const signerWorkflow = given['signer-workflow'] ?? '';
  const [, home] = WORKFLOW.exec(signerWorkflow) ?? [];
  if (home === undefined) {
    throw invalid(
      'input-missing',
      'with `attested`, `signer-workflow` says whose signature counts: owner/repo/.github/workflows/file.yml. Anybody can sign something',
    );
  }
  return { signerWorkflow, repository: given['source-repository'] ?? home };
}

/**
 * Whether the file of a proof is signed by whom the reader believes, about that very file, and says that it passed. Throws
 * what keeps it from being checked: `attestation-missing`, `trust-unknown`.
 */
export async function attestedChecks(
  given: SignatureInput,
  { path: file, proof, sha256: digest }: ProofFile,
  ports: Ports,
): Promise<Check[]> {
  const { signerWorkflow, repository } = signerOf(given);
  const trusted = given['trusted-root'];
  const trustOptions = {
    trustedRoot: trusted === undefined ? undefined : resolve(ports.cwd, trusted),
    cacheDir: defaultFolder(ports.env),
  };
  const bundles = await findBundles(given, file, digest, repository, ports);
  const { verifyBundle } = await import('../ports/sigstore.ts');
  const expected = {
    signerWorkflow,
    repository,
    sourceRef: given['source-ref'],
    digest,
    server: ports.env.GITHUB_SERVER_URL || 'https://github.com',
  };
  let best: Check[] = [];
  for (const bundle of bundles) {
    const verified = await verifyBundle(bundle, trustOptions);
    const checks =
      'problem' in verified
        ? [signatureCheck('fail', verified.problem)]
        : [signatureCheck('pass', 'it is valid'), ...signedChecks(verified.signed, proof, expected)];
    if (checks.every(({ status }) => status === 'pass')) return checks;
    // Of several, the one that comes closest is the one to speak of.
    if (count(checks) >= count(best)) best = checks;
  }
  return best;
}

const count = (checks: readonly Check[]): number => checks.filter(({ status }) => status === 'pass').length;

const signatureCheck = (status: 'pass' | 'fail', observed: string): Check => ({
  id: 'attested:signature',
  status,
  title: 'the signature is valid',
  expected: 'a sigstore bundle that the trusted keys verify',
  observed,
});

/** What is larger is no bundle. */
const MAX_BUNDLE_BYTES = 16 * 1024 * 1024;

/** The given bundle, the one beside the proof, or all that GitHub keeps for this digest. Throws `attestation-…`. */
async function findBundles(
  given: SignatureInput,
  file: string,
  digest: string,
  repository: string,
  ports: Ports,
): Promise<string[]> {
  const path = given.bundle ? resolve(ports.cwd, given.bundle) : join(dirname(file), 'proof.sigstore.json');
  try {
    return [new TextDecoder().decode(await readAtMost(path, MAX_BUNDLE_BYTES))];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (given.bundle !== undefined || code !== 'ENOENT')
      throw invalid('input-unreadable', `the bundle ${path} can't be read: ${code}`, { cause: error });
  }
  const place = placeFromEnvironment({ ...ports.env, GITHUB_REPOSITORY: repository }, given.token);
  if (typeof place === 'string')
    throw inconclusive(
      'attestation-missing',
      `there is no bundle at ${path}, and none was asked for: ${place}`,
    );
  const query = new URLSearchParams({ predicate_type: PREDICATE_TYPE, per_page: '30' });
  const reply = await createGitHub(place, ports).request(
    {
      method: 'GET',
      path: `/attestations/sha256:${digest}?${query}`,
      needs: 'attestations: read',
      repeatable: true,
    },
    ports.clock.monotonic() + API_LIMIT_MS,
  );
  if (!reply.ok) {
    throw inconclusive(
      'attestation-missing',
      `there is no bundle at ${path}, and GitHub gave none for this file: ${reply.problem.text}`,
    );
  }
  const { attestations = [] } = (reply.body ?? {}) as { attestations?: readonly { bundle?: unknown }[] };
  const found = attestations.flatMap(({ bundle }) => (bundle ? [JSON.stringify(bundle)] : []));
  if (found.length > 0) return found;
  throw inconclusive(
    'attestation-missing',
    `GitHub has no signature of a proof for this file (sha256:${digest})`,
  );
}
