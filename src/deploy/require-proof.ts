import type { Moment } from '../ledger/moment.ts';
import type { CodedError } from '../proof/errors.ts';
import { isAllowedOverride } from '../proof/overrides.ts';
import { instant } from '../proof/proof.ts';
import type { Proof } from '../proof/schema.ts';
import type { ProofRecord } from './proof-record.ts';
import { commitOfBuildId } from './version.ts';

/** What a proof has to be of for a promotion to believe it. */
export interface ProofDemand {
  readonly environment: string;
  readonly buildId: string;
  readonly artifactId: string;
  readonly commit: string | undefined;
  readonly repository: string | undefined;
  /** The environment's allowed URLs. */
  readonly urls: readonly string[];
  /** What it may be weakened by, as the policy has it. */
  readonly waivers: readonly string[];
}

export const PROOF_MAX_AGE_MS = 86_400_000;
const FUTURE_MS = 600_000;

/** Why a proof is not believed: the field, what is wanted, and what it says. */
export interface Disbelief {
  readonly field: string;
  readonly wanted: string;
  readonly found: string;
}

/** What is compared of a proof, whether the ledger says it or the proof itself. */
export type Proved = Omit<ProofRecord, 'schemaVersion' | 'mode' | 'digest' | 'by'>;

/** What came of verifying the signed file of a proof. */
export type Evidence =
  | { readonly kind: 'signed'; readonly proof: Proof; readonly digest: string }
  /** It was verified, and is not what it has to be. */
  | { readonly kind: 'wrong'; readonly doubt: Disbelief }
  /** It could not be verified: an inconclusive error. */
  | { readonly kind: 'unknown'; readonly error: CodedError };

/**
 * The ledger, the file and the signature have to be one and the same proof. The signature is about the file's bytes; the file,
 * without its field `ledger`, has the digest that the ledger's record names; and the file itself, not only the record, has to say
 * all that is demanded: whoever may write to the ledger may write any record, but not what is signed. Throws the evidence's error.
 */
export function disbeliefOfSigned(
  evidence: Evidence,
  record: Pick<ProofRecord, 'digest'>,
  ledgerId: string | null,
  demand: ProofDemand,
  moment: Moment,
): Disbelief | undefined {
  if (evidence.kind === 'unknown') throw evidence.error;
  if (evidence.kind === 'wrong') return evidence.doubt;
  const { proof, digest } = evidence;
  if (digest !== record.digest) return { field: 'signed-digest', wanted: record.digest, found: digest };
  if (proof.mode !== 'prove') return { field: 'signed-mode', wanted: 'prove', found: proof.mode };
  const recordedIn = proof.ledger?.id;
  if (recordedIn !== ledgerId)
    return { field: 'signed-ledger', wanted: ledgerId ?? 'a ledger', found: recordedIn ?? 'none' };
  const doubt = disbelief(provedBy(proof), demand, moment);
  return doubt && { ...doubt, field: `signed-${doubt.field}` };
}

/** What the proof itself says of what its record says. */
function provedBy({ subject, outcome, run, overrides, endedAt }: Proof): Proved {
  const only = (name: string): string | undefined => {
    const value = subject[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    outcome,
    buildId: only('buildId') ?? '',
    urls: [subject.url ?? []].flat(),
    environment: only('environment') ?? '',
    artifactId: only('artifactId'),
    commit: run?.commit,
    repository: run?.repository,
    overrides,
    provedAt: endedAt,
  };
}

/** A proof is believed narrowly: every field has to be that of the promotion. Undefined when it is. */
export function disbelief(
  proof: Proved | undefined,
  demand: ProofDemand,
  moment: Moment,
): Disbelief | undefined {
  const differs = (field: string, wanted: string, found: string): Disbelief => ({ field, wanted, found });
  if (!proof) return differs('proof', `a proof of ${demand.buildId}`, 'none in the ledger');
  const { buildId, outcome, environment, artifactId = proof.buildId, repository, urls } = proof;
  // Outside of a run the proof does not know its commit; its build id may.
  const { commit = commitOfBuildId(buildId) } = proof;
  if (outcome !== 'passed') return differs('outcome', 'passed', outcome);
  if (buildId !== demand.buildId) return differs('build-id', demand.buildId, buildId);
  if (environment !== demand.environment) return differs('environment', demand.environment, environment);
  if (artifactId !== demand.artifactId) return differs('artifact-id', demand.artifactId, artifactId);
  if (!isSameCommit(commit, demand.commit))
    return differs('commit', demand.commit ?? 'none', commit ?? 'none');
  if (repository !== demand.repository)
    return differs('repository', demand.repository ?? 'none', repository ?? 'none');
  const [proved, allowed] = [new Set(urls.map(canonical)), new Set(demand.urls.map(canonical))];
  const missing = [...allowed].find((url) => !proved.has(url));
  if (missing !== undefined) return differs('urls', missing, 'it was not looked at');
  const foreign = [...proved].find((url) => !allowed.has(url));
  if (foreign !== undefined) return differs('urls', "only the environment's urls", foreign);
  const override = proof.overrides.find((one) => !isAllowedOverride(one, demand.waivers));
  if (override !== undefined) return differs('overrides', 'none', override);
  const ageMs = moment.writtenMs - Date.parse(proof.provedAt);
  if (ageMs >= PROOF_MAX_AGE_MS || ageMs < -FUTURE_MS)
    return differs('age', `younger than 24 h at ${instant(moment.writtenMs)}`, `of ${proof.provedAt}`);
  return undefined;
}

/** Either may be abbreviated; a proof that knows none is not of the one that is wanted. */
function isSameCommit(found: string | undefined, wanted: string | undefined): boolean {
  if (found === undefined || wanted === undefined) return found === wanted;
  return Math.min(found.length, wanted.length) >= 7 && (found.startsWith(wanted) || wanted.startsWith(found));
}

const canonical = (url: string): string => URL.parse(url)?.href ?? url;
