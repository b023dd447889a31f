import { z } from 'zod';
import { recordsProof } from '../deploy/proof-record.ts';
import { proofDigest } from '../proof/digest.ts';
import { invalid } from '../proof/errors.ts';
import { conclude } from '../proof/proof.ts';
import type { Check, Proof } from '../proof/schema.ts';
import { attestedChecks, attestedInputs } from './audit-attested.ts';
import { commonInputs } from './common.ts';
import { text } from './kinds.ts';
import { defineMode } from './mode.ts';
import { type ProofFile, readProofBytes } from './proof-file.ts';
import { ledgerFields, openStore, storeInputs } from './store.ts';

const input = z.strictObject({
  proof: text('a path').describe('The proof.json of an earlier run that used the ledger.'),
  ...attestedInputs,
  ...storeInputs,
  ...commonInputs,
});

export const mode = defineMode({
  name: 'audit',
  summary:
    'Checks that the ledger still holds everything it held when an earlier proof was made, and with `attested` that the proof is signed by the expected workflow.',
  input,
  outputs: { intact: 'true when the history is whole, and the proof is signed if that was required' },
  run: async (given, ports) => {
    const startedAtMs = ports.clock.now();
    const file = await readProofBytes(given.proof, ports.cwd);
    const signed = given.attested ? await attestedChecks(given, file, ports) : [];
    if (given.attested && !file.proof.ledger) {
      // Signed by whom it should be, it speaks for itself; there is no history to hold it against.
      const intact = signed.every(({ status }) => status === 'pass');
      const endedAtMs = ports.clock.now();
      return conclude({ mode: 'audit', startedAtMs, endedAtMs, checks: signed, result: { intact } });
    }
    const proof = withLedger(file);
    const { ledger: then, outcome } = proof;
    const digest = proofDigest(proof);
    if (given.store === undefined && given.token !== undefined && ports.front === 'cli') {
      // In the action it goes to the run's own server only.
      throw invalid(
        'input-missing',
        `give \`store\` too: the token is not sent where a file says (${then.store})`,
      );
    }
    await using ledger = await openStore({ ...given, store: given.store ?? then.store }, ports);
    const now = await ledger.read();
    const checks: Check[] = [...signed, sameLedger(then.id, now.ledgerId)];
    const kept = then.head === null || (now.version !== null && (await ledger.contains(then.head)));
    checks.push(ancestorCheck(then, now, kept));
    let entries = 0;
    // Walking the whole history verifies each link; a broken one is an error of its own.
    let isRecorded = false;
    for await (const entry of ledger.history()) {
      entries += 1;
      isRecorded ||= recordsProof(entry, digest, outcome);
    }
    checks.push({
      id: 'count',
      // It may have grown since its head was read.
      status: entries >= Math.max(then.entries, now.entries) ? 'pass' : 'fail',
      title: 'the history has all its entries',
      expected: `${now.entries} by the head, and at least ${then.entries}`,
      observed: String(entries),
    });
    // Other modes' proofs name the ledger, and are not recorded in it.
    if (proof.mode === 'prove') checks.push(digestCheck(digest, isRecorded));
    const intact = checks.every(({ status }) => status === 'pass' || status === 'skipped');
    return conclude({
      mode: 'audit',
      startedAtMs,
      endedAtMs: ports.clock.now(),
      subject: { store: ledger.store, ...(then.head === null ? {} : { head: then.head }) },
      checks,
      result: { intact },
      ledger: ledgerFields(ledger, now),
    });
  },
});

/** Of the file as it is now: any change in it, but in what it says of the ledger, is another digest. */
const digestCheck = (digest: string, isRecorded: boolean): Check => ({
  id: 'digest',
  status: isRecorded ? 'pass' : 'fail',
  title: 'the proof is as it was recorded',
  expected: 'an entry in the history with the digest of the file',
  observed: isRecorded ? `sha256:${digest}` : `none with sha256:${digest}`,
  ...(isRecorded
    ? {}
    : { detail: 'The file was changed since, or it is not of a run that was recorded there.' }),
});

function sameLedger(then: string | undefined, now: string | null): Check {
  const base = {
    id: 'ledger-id',
    title: 'it is the same ledger',
    expected: then ?? 'an id in the proof',
    observed: now ?? 'no ledger',
  };
  if (then === undefined) return { ...base, status: 'skipped', detail: 'The proof names no ledger id.' };
  if (then === now) return { ...base, status: 'pass' };
  return {
    ...base,
    status: 'fail',
    detail:
      now === null
        ? 'The ledger was deleted: restore it from a clone.'
        : 'Another ledger was put in its place.',
  };
}

function ancestorCheck(
  then: NonNullable<Proof['ledger']>,
  now: { version: string | null; entries: number },
  kept: boolean,
): Check {
  const base = {
    id: 'ancestor',
    title: 'the head of then is still in the history',
    expected: `${then.head ?? 'genesis'} (${then.entries} entries) among the ancestors of the head`,
    observed: kept
      ? `among those of ${now.version} (${now.entries} entries)`
      : `not among those of ${now.version ?? 'nothing'} (${now.entries} entries)`,
  };
  if (kept) return { ...base, status: 'pass' };
  const how = now.entries < then.entries ? 'truncated' : 'rewritten';
  return {
    ...base,
    status: 'fail',
    detail: `The history was ${how}: find out who may push to the store, and restore the ref from a clone.`,
  };
}

function withLedger({ path, proof }: ProofFile): Proof & { ledger: NonNullable<Proof['ledger']> } {
  const { ledger } = proof;
  if (!ledger)
    throw invalid(
      'input-invalid',
      `the proof ${path} is of a run that used no ledger; give that of a prove, once, claim or record`,
    );
  return { ...proof, ledger };
}
