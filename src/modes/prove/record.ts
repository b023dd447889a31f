import { decideProof, type ProofFacts } from '../../deploy/proof-record.ts';
import { commitOfBuildId } from '../../deploy/version.ts';
import { parseStore } from '../../ledger/store-url.ts';
import { transact } from '../../ledger/transact.ts';
import { isBuildId } from '../../live/build-id.ts';
import { proofDigest } from '../../proof/digest.ts';
import { CodedError, inconclusive } from '../../proof/errors.ts';
import type { Check, Proof } from '../../proof/schema.ts';
import type { Ports } from '../mode.ts';
import { ledgerFields, openStore, type StoreInput, transactOptions } from '../store.ts';

/** Whether the proof has to be recorded, may be, or is not to be. */
export const LEDGER_USES = ['required', 'auto', 'off'] as const;

export interface RecordInput extends StoreInput {
  readonly ledger: (typeof LEDGER_USES)[number];
  readonly environment: string;
  readonly 'artifact-id'?: string | undefined;
  readonly timeout?: number | undefined;
}

/** What is wrong with the store's name is said before anything is sent; where it is required, also that it can't be read. */
export async function checkStore(given: RecordInput, ports: Ports): Promise<void> {
  if (given.ledger === 'off') return;
  if (given.store !== undefined) parseStore(given.store, given.namespace, ports.cwd);
  if (given.ledger !== 'required') return;
  await using ledger = await openStore(given, ports);
  await ledger.read({ signal: ports.signal });
}

/**
 * Records the proof in the ledger, whatever its outcome, and returns it with the head of the ledger. Where that can't be
 * done, one line says so, and the verdict stays; unless it is required: then nobody could read it, and it proves nothing.
 */
export async function recordProof(proof: Proof, given: RecordInput, ports: Ports): Promise<Proof> {
  const facts = factsOf(proof, given, ports);
  if (given.ledger === 'off' || !facts) return proof;
  // What was found is to be written down even when the run is to end; the time for it is bounded.
  const deadlineMs = patienceMs(proof, given, ports);
  const signal = AbortSignal.timeout(deadlineMs);
  const uninterrupted = { ...ports, signal };
  try {
    if (!isBuildId(facts.buildId)) throw masked();
    await using ledger = await openStore(given, uninterrupted, given.ledger === 'required');
    const recorded = await transact(
      ledger,
      { ...transactOptions(given, uninterrupted), deadlineMs },
      (_, { now }) => decideProof(facts, now),
    );
    const fields = ledgerFields(ledger, recorded);
    ports.log.event({
      recorded: proof.outcome,
      digest: facts.digest,
      store: fields.store,
      head: fields.head ?? '',
    });
    return { ...proof, ledger: fields };
  } catch (error) {
    const { code, message: why } =
      error instanceof CodedError ? error : signal.aborted ? slow(deadlineMs) : failed(error);
    ports.log.event({ recorded: 'no', because: code, explanation: why });
    return given.ledger === 'required' ? withoutRecord(proof, code, why) : proof;
  }
}

/** Undefined for a run that ended before it was known what it was to prove. */
function factsOf(proof: Proof, given: RecordInput, { holder }: Ports): ProofFacts | undefined {
  const { buildId, url } = proof.subject;
  if (typeof buildId !== 'string' || proof.outcome === 'invalid') return undefined;
  const { repository, commit = commitOfBuildId(buildId) } = proof.run ?? {};
  const artifactId = given['artifact-id'];
  return {
    outcome: proof.outcome,
    buildId,
    digest: proofDigest(proof),
    urls: [url ?? []].flat(),
    environment: given.environment,
    ...(artifactId === undefined ? {} : { artifactId }),
    ...(commit === undefined ? {} : { commit }),
    ...(repository === undefined ? {} : { repository }),
    overrides: proof.overrides,
    by: { actor: holder.actor, ...(holder.run ? { run: holder.run } : {}) },
  };
}

const masked = () =>
  inconclusive(
    'build-id-secret',
    'the build id is the same as a secret of this run, so it can be written nowhere; give the build another one',
  );

const slow = (deadlineMs: number) =>
  inconclusive(
    'ledger-slow',
    `the ledger did not answer within ${deadlineMs / 1_000} s; the proof may be recorded or not`,
  );

const failed = (error: unknown) =>
  inconclusive('ledger-internal', `ship-proof itself failed: ${String(error)}`, { cause: error });

const PATIENCE_MS = 30_000;
/** A runner that cancels kills after some seconds. */
const INTERRUPTED_MS = 5_000;
/** The hard limit is over by a second at most. */
const LEAST_MS = 700;

/** How long the recording may take. */
function patienceMs({ startedAt }: Proof, { timeout }: RecordInput, { clock, signal }: Ports): number {
  const most = signal.aborted ? INTERRUPTED_MS : PATIENCE_MS;
  const leftMs = timeout === undefined ? most : Date.parse(startedAt) + timeout - clock.now();
  return Math.max(LEAST_MS, Math.min(most, leftMs));
}

function withoutRecord(proof: Proof, code: string, why: string): Proof {
  const check: Check = {
    id: `ledger:${code}`,
    status: 'untestable',
    title: 'the proof is recorded',
    expected: 'an entry in the ledger, since `ledger` is required',
    observed: why,
  };
  return {
    ...proof,
    outcome: proof.outcome === 'passed' ? 'inconclusive' : proof.outcome,
    checks: [...proof.checks, check],
    result: { ...proof.result, deployed: false },
  };
}
