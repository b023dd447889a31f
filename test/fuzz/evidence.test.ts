import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect } from 'vitest';
import { readProofFile } from '../../src/modes/proof-file.ts';
import { verifyBundle } from '../../src/ports/sigstore.ts';
import { predicateOf } from '../../src/proof/attestation.ts';
import { logfmt, printable } from '../../src/proof/encode.ts';
import { CodedError } from '../../src/proof/errors.ts';
import { signedChecks } from '../../src/proof/signed-statement.ts';
import { proof } from '../proof/proofs.ts';
import { anyJson, broken, brokenBytes, coded, fuzzing } from './fuzz.ts';

const fuzz = fuzzing('proofs, bundles and statements');
const folder = mkdtempSync(join(tmpdir(), 'ship-proof-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PROOF = JSON.stringify(proof());
const keep = (name: string, content: string | Uint8Array) => {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
};

describe('a proof file that is anything', () => {
  const deep = '['.repeat(50_000) + ']'.repeat(50_000);
  const deepProof = `${PROOF.slice(0, -1)},"result":{"a":${deep}}}`;
  const files = fc.oneof(anyJson, broken(PROOF), fc.constant(deepProof), brokenBytes(Buffer.from(PROOF)));

  fuzz('is a proof, or no input', files, async (content) => {
    const read = await coded(() => readProofFile(keep('proof.json', content), folder));
    if (read instanceof CodedError) expect(read.outcome).toBe('invalid');
    else predicateOf(read);
  });
});

describe('a bundle that is anything', () => {
  const STATEMENT = JSON.stringify({
    ...{ _type: 'https://in-toto.io/Statement/v1', predicateType: 'x', predicate: predicateOf(proof()) },
    subject: [{ name: 'proof.json', digest: { sha256: '0'.repeat(64) } }],
  });
  const BUNDLE = JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      certificate: { rawBytes: 'AAAA' },
      tlogEntries: [],
      timestampVerificationData: {},
    },
    dsseEnvelope: {
      ...{ payload: Buffer.from(STATEMENT).toString('base64'), payloadType: 'application/vnd.in-toto+json' },
      signatures: [{ sig: 'AAAA', keyid: '' }],
    },
  });
  const ROOT = JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    ...{ tlogs: [], ctlogs: [], timestampAuthorities: [] },
    certificateAuthorities: [
      {
        subject: {},
        uri: 'a',
        certChain: { certificates: [{ rawBytes: 'AAAA' }] },
        validFor: { start: '2026-01-01T00:00:00Z' },
      },
    ],
  });

  fuzz('is never verified', fc.oneof(anyJson, broken(BUNDLE)), async (bundle) => {
    const trustedRoot = keep('root.jsonl', '{"tlogs":[],"ctlogs":[]}');
    const verified = await coded(() => verifyBundle(bundle, { trustedRoot, cacheDir: folder }));
    expect(verified).not.toHaveProperty('signed');
  });

  fuzz(
    'is held against trusted roots that are roots, or no input',
    fc.oneof(anyJson, broken(ROOT), fc.constant('')),
    async (root) => {
      const trustedRoot = keep('any.jsonl', root);
      const verified = await coded(() => verifyBundle(BUNDLE, { trustedRoot, cacheDir: folder }));
      expect(verified).not.toHaveProperty('signed');
    },
  );

  fuzz(
    'may hold any statement: the checks that it fails are named',
    fc.oneof(anyJson, broken(STATEMENT)),
    (text) => {
      let statement: unknown;
      try {
        statement = JSON.parse(text);
      } catch {
        return;
      }
      const expected = {
        server: 'https://github.com',
        signerWorkflow: 'o/r/.github/workflows/a.yml',
        repository: 'o/r',
        sourceRef: 'refs/heads/main',
        digest: '1'.repeat(64),
      };
      const checks = signedChecks({ identity: '', issuer: '', claims: {}, statement }, proof(), expected);
      expect(checks.filter(({ status }) => status === 'fail').length).toBeGreaterThan(0);
    },
  );
});

describe('a text from outside', () => {
  fuzz(
    'stands on one log line, and is no command',
    fc.oneof(fc.string({ unit: 'binary' }), broken('::error::x', 'a ##[group]b', '\u001b[31m')),
    (text) => {
      const line = printable(text);
      expect(line.length).toBeLessThanOrEqual(256);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]|##\[|^\s*::/u);
      expect(logfmt({ a: text })).not.toMatch(/[\n\r]/);
    },
    { sampled: 400 },
  );
});
