import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandsRan } from '../ports/command-mark.ts';
import type { Toolkit } from '../ports/toolkit.ts';
import { PREDICATE_TYPE, predicateOf } from '../proof/attestation.ts';
import { printable } from '../proof/encode.ts';
import type { Proof } from '../proof/schema.ts';
import { PROOF_FILE, replace } from './files.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The signature of the proof, as a sigstore bundle, beside it. */
const BUNDLE_FILE = 'proof.sigstore.json';

export type Attested = { readonly bundle: string; readonly verify: string } | { readonly problem: string };

/** Signs the proof with the identity of the workflow. What keeps it from being signed is one line. */
export async function attestProof(
  proof: Proof,
  folder: string | undefined,
  options: {
    readonly env: Environment;
    readonly toolkit: Toolkit;
    readonly token: string | undefined;
    readonly limitMs: number;
  },
): Promise<Attested> {
  const { env, toolkit, token, limitMs } = options;
  if (folder === undefined || proof.outcome === 'invalid') return { problem: 'no evidence was written' };
  if (commandsRan(env)) return { problem: AFTER_COMMAND };
  if (!env.ACTIONS_ID_TOKEN_REQUEST_URL || !token) {
    return { problem: `the workflow’s identity is not there: the job needs \`permissions: ${NEEDS}\`` };
  }
  const file = join(folder, PROOF_FILE);
  const sha256 = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  const task = {
    kind: 'attest',
    subject: { name: PROOF_FILE, sha256 },
    predicateType: PREDICATE_TYPE,
    predicate: predicateOf(proof),
    token,
  } as const;
  const reply = await toolkit(task, limitMs);
  if (!reply.ok) {
    const why = printable(reply.message.replaceAll(/\s+/g, ' ').trim(), 300);
    const denied = /not accessible by integration|403|id-token/i.test(why)
      ? `; the job needs \`permissions: ${NEEDS}\``
      : '';
    return { problem: `it could not be signed: ${why}${denied}` };
  }
  const bundle = join(folder, BUNDLE_FILE);
  await replace(bundle, `${JSON.stringify(reply.value.bundle, null, 2)}\n`);
  return { bundle, verify: verifyCommand(env, String(reply.value.certificate)) };
}

const NEEDS = 'id-token: write, attestations: write';

const AFTER_COMMAND =
  'a command ran in this job, and whatever it left behind could sign in its place: prove and attest in a job of its own';

/** What anybody runs to check the signature of a proof.json. */
function verifyCommand(
  { GITHUB_REPOSITORY: repository = 'OWNER/REPO' }: Environment,
  certificate: string,
): string {
  return `gh attestation verify ${PROOF_FILE} -R ${repository} --predicate-type ${PREDICATE_TYPE}${signerFlag(certificate)}`;
}

/** Who signed is the workflow that the job stands in: where one calls another, it is the called one, which no variable names. */
function signerFlag(certificate: string): string {
  const [, workflow] =
    /^URI:https:\/\/[^/]+\/([\w.-]+\/[\w.-]+\/\.github\/workflows\/[\w.-]+)@/.exec(
      new X509Certificate(certificate).subjectAltName ?? '',
    ) ?? [];
  return workflow === undefined ? '' : ` --signer-workflow ${workflow}`;
}
