import { systemToolkit } from '../ports/toolkit.ts';
import type { LogFields } from '../proof/encode.ts';
import type { Proof } from '../proof/schema.ts';
import { keepArtifact } from './artifact.ts';
import { attestProof } from './attestation.ts';
import type { PublicationPorts, Published, Wanted } from './wanted.ts';

const SIGN_LIMIT_MS = 45_000;
const UPLOAD_LIMIT_MS = 30_000;
const EXPORT_LIMIT_MS = 30_000;
/** The runner leaves a cancelled step ten seconds. */
const HURRIED_LIMIT_MS = 4_000;

/** Signs the proof, then keeps all evidence as an artifact: each where it is wanted, each with its own limit. */
export async function keepEvidence(
  proof: Proof,
  folder: string | undefined,
  wanted: Wanted,
  ports: PublicationPorts,
): Promise<Published> {
  const { env, clock, signal } = ports;
  const toolkit = systemToolkit(clock);
  const events: LogFields[] = [];
  const notes: string[] = [];
  let artifact: string | undefined;
  if (wanted.attest && signal.aborted) events.push({ attestation: 'none', problem: 'the run was stopped' });
  else if (wanted.attest) {
    const options = { env, toolkit, token: wanted.token, limitMs: SIGN_LIMIT_MS };
    const attested = await attestProof(proof, folder, options);
    if ('problem' in attested) events.push({ attestation: 'none', problem: attested.problem });
    else {
      events.push({ attestation: attested.bundle, verify: attested.verify });
      notes.push('Signed. Anybody can verify the proof:', '', '```sh', attested.verify, '```', '');
    }
  }
  if (wanted.artifact) {
    if (proof.ledger && folder !== undefined && !signal.aborted) {
      const problem = await inTime(ports.exportLedger(folder), EXPORT_LIMIT_MS, clock);
      if (problem !== undefined) events.push({ 'ledger-export': 'none', problem });
    }
    const limitMs = signal.aborted ? HURRIED_LIMIT_MS : UPLOAD_LIMIT_MS;
    const { retentionDays } = wanted;
    const kept = await keepArtifact(proof, folder, { env, toolkit, retentionDays, limitMs });
    if ('problem' in kept) events.push({ artifact: 'none', problem: kept.problem });
    else {
      artifact = kept.name;
      events.push({ artifact, id: kept.id });
    }
  }
  return { events, notes, ...(artifact === undefined ? {} : { artifact }) };
}

/** What is not done in time is left behind: the process ends when all is said. */
async function inTime(
  work: Promise<string | undefined>,
  limitMs: number,
  clock: PublicationPorts['clock'],
): Promise<string | undefined> {
  const done = new AbortController();
  const late = clock.sleep(limitMs, done.signal).then(
    () => `it took longer than ${limitMs / 1000} s`,
    () => undefined,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
  }
}
