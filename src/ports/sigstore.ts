import { join } from 'node:path';
import type { SerializedBundle } from '@sigstore/bundle';
import type { Signer } from '@sigstore/verify';
import { inconclusive, invalid } from '../proof/errors.ts';
import { parseJson } from '../proof/parse-json.ts';
import type { SignedStatement } from '../proof/signed-statement.ts';
import { readAtMost } from './read-at-most.ts';

export interface TrustOptions {
  /** A file with trusted roots, one a line (`gh attestation trusted-root`) or one alone. Default: sigstore's public instance. */
  readonly trustedRoot: string | undefined;
  /** For what the public instance's keys are kept in. */
  readonly cacheDir: string;
}

export type Verified = { readonly signed: SignedStatement } | { readonly problem: string };

/**
 * Verifies a bundle's signature, certificate and timestamps with sigstore's own verifier, and reads who signed what. Whether
 * that is whom and what one wants is another question.
 */
export async function verifyBundle(bundleText: string, options: TrustOptions): Promise<Verified> {
  const bundle = parseJson(bundleText) as SerializedBundle | undefined;
  const payload = bundle?.dsseEnvelope?.payload;
  if (typeof payload !== 'string') return { problem: 'it is no sigstore bundle of an in-toto statement' };
  const verify = await verifierOf(options);
  let signer: Signer;
  try {
    signer = verify(bundle as SerializedBundle);
  } catch (error) {
    // The verifier throws for whatever does not hold, and its parser for what is no bundle.
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  const { subjectAlternativeName, extensions, oids = [] } = signer.identity ?? {};
  const values = oids.flatMap(({ oid, value }): [string, string][] => {
    const text = derText(value);
    return oid === undefined || text === undefined ? [] : [[oid.id.join('.'), text]];
  });
  return {
    signed: {
      identity: subjectAlternativeName ?? '',
      issuer: extensions?.issuer ?? '',
      claims: Object.fromEntries(values),
      statement: parseJson(Buffer.from(payload, 'base64').toString('utf8')),
    },
  };
}

type Verify = (bundle: SerializedBundle) => Signer;

/** Any of the trusted roots may have signed; the last one's complaint is told where none did. */
async function verifierOf(options: TrustOptions): Promise<Verify> {
  const roots = await rootsOf(options);
  const [{ Verifier, toSignedEntity, toTrustMaterial }, { bundleFromJSON }, { TrustedRoot }] =
    await Promise.all([
      import('@sigstore/verify'),
      import('@sigstore/bundle'),
      import('@sigstore/protobuf-specs'),
    ]);
  const verifiers = roots.map((json) => {
    try {
      const root = TrustedRoot.fromJSON(json);
      // What an instance has, its signatures have to show: the public one has logs, GitHub's own has timestamps.
      return new Verifier(toTrustMaterial(root), {
        tlogThreshold: root.tlogs.length > 0 ? 1 : 0,
        ctlogThreshold: root.ctlogs.length > 0 ? 1 : 0,
        timestampThreshold: 1,
      });
    } catch (cause) {
      // The library takes any object for a root, and trips over what is not in it.
      const where = options.trustedRoot ?? 'of sigstore’s public instance';
      throw invalid('input-invalid', `\`trusted-root\` ${where} holds no trusted roots`, { cause });
    }
  });
  return (bundle) => {
    const entity = toSignedEntity(bundleFromJSON(bundle));
    const errors: unknown[] = [];
    for (const verifier of verifiers) {
      try {
        return verifier.verify(entity);
      } catch (error) {
        errors.push(error);
      }
    }
    throw errors.at(-1);
  };
}

/** What is larger holds no trusted roots. */
const MAX_ROOT_BYTES = 16 * 1024 * 1024;

/** The trusted roots as JSON: those of a file, or what sigstore's public instance says of itself by its own signed updates. */
async function rootsOf({ trustedRoot, cacheDir }: TrustOptions): Promise<readonly object[]> {
  if (trustedRoot === undefined) return [await publicRoot(cacheDir)];
  const bytes = await readAtMost(trustedRoot, MAX_ROOT_BYTES).catch((error: NodeJS.ErrnoException) => {
    throw invalid('input-unreadable', `\`trusted-root\` ${trustedRoot} can't be read: ${error.code}`, {
      cause: error,
    });
  });
  const text = new TextDecoder().decode(bytes);
  const whole = parseJson(text);
  const roots = whole === undefined ? text.split('\n').filter(Boolean).map(parseJson) : [whole];
  if (roots.length > 0 && roots.every((root) => typeof root === 'object' && root !== null))
    return roots as readonly object[];
  throw invalid('input-invalid', `\`trusted-root\` ${trustedRoot} holds no trusted roots`);
}

async function publicRoot(cacheDir: string): Promise<object> {
  try {
    const { initTUF } = await import('@sigstore/tuf');
    const tuf = await initTUF({ cachePath: join(cacheDir, 'sigstore'), timeout: 10_000, retry: 1 });
    return JSON.parse(await tuf.getTarget('trusted_root.json')) as object;
  } catch (error) {
    throw inconclusive(
      'trust-unknown',
      'the keys of sigstore’s public instance could not be fetched; give `trusted-root`, a file that `gh attestation trusted-root` makes',
      { cause: error },
    );
  }
}

/** A certificate's extension as text: a DER UTF8String, as Fulcio writes them; undefined for anything else. */
function derText(value: Uint8Array): string | undefined {
  const bytes = Buffer.from(value);
  if (bytes[0] !== 0x0c) return undefined;
  const first = bytes[1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 2 || bytes.length < 2 + lengthBytes) return undefined;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes);
  const start = 2 + lengthBytes;
  return bytes.length === start + length ? bytes.toString('utf8', start) : undefined;
}
