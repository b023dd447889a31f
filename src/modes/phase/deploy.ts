import type { BeginCommand } from '../../deploy/begin.ts';
import { confirmCommit } from '../../deploy/known-commit.ts';
import { PROMOTE } from '../../deploy/records.ts';
import { commitOfBuildId, epochOfBuildId } from '../../deploy/version.ts';
import { childEnvironment } from '../../ports/child-environment.ts';
import { invalid } from '../../proof/errors.ts';
import { signerOf } from '../audit-attested.ts';
import type { Ports } from '../mode.ts';
import { evidenceOf } from './attested.ts';
import { PHASE_NAME, type PhaseInput } from './inputs.ts';

/** Which phase of which deploy is meant. */
export type Named = Pick<BeginCommand, 'environment' | 'deployId' | 'phase' | 'buildId' | 'plan'>;

/** Throws `input-…`. */
export function namedBy(given: PhaseInput): Named {
  const buildId = given['build-id'] ?? given['deploy-id'];
  const deployId = given['deploy-id'] ?? given['build-id'];
  if (buildId === undefined || deployId === undefined)
    throw invalid('input-missing', 'give `build-id`, `deploy-id`, or both: each defaults to the other');
  const { environment, phase } = given;
  return { environment, deployId, phase, buildId, plan: planOf(given) };
}

export interface Asked extends BeginCommand {
  /** The overrides for the proof, with their reasons: these may name folders and quote git, and stay out of the ledger. */
  readonly proofOverrides: readonly string[];
}

/** Understands what is asked for a phase that is to be begun, and asks git for its commit. Throws `input-…`. */
export async function askedOf(given: PhaseInput, named: Named, ports: Ports): Promise<Asked> {
  const { buildId } = named;
  const { version } = given;
  checkVersion(version ?? epochOfBuildId(buildId), ports.clock.now());
  const proof = await demandOf(given, ports);
  const known = await commitOf(given, buildId, ports);
  const waived = known.problem !== undefined && given[UNKNOWN_COMMIT];
  return {
    ...named,
    version,
    artifactId: given['artifact-id'],
    commit: known.commit,
    unconfirmed: waived ? undefined : known.problem,
    holder: ports.holder,
    staleAfterMs: given['stale-after'],
    overrides: waived ? [UNKNOWN_COMMIT] : [],
    proofOverrides: waived ? [`${UNKNOWN_COMMIT}: ${known.problem}`] : [],
    proof,
  };
}

const UNKNOWN_COMMIT = 'allow-unknown-commit';

function planOf({ phase, phases }: PhaseInput): readonly string[] {
  const wrong = phases.find((name, at) => !PHASE_NAME.test(name) || phases.indexOf(name) < at);
  if (wrong !== undefined)
    throw invalid(
      'input-invalid',
      `input \`phases\` has ${JSON.stringify(wrong.slice(0, 40))}; allowed: names of a-z, 0-9 and -, each once, and not \`rollback\``,
    );
  if (phases[0] === PROMOTE)
    throw invalid(
      'input-invalid',
      'input `phases` begins with promote, but something has to be published first',
    );
  if (!phases.includes(phase))
    throw invalid(
      'input-invalid',
      `input \`phase\` is ${phase}, which is none of this environment's phases; allowed: ${phases.join(', ')}`,
    );
  return phases;
}

/** Ten minutes are what clocks may differ by. */
const AHEAD_MS = 600_000;

function checkVersion(version: number | undefined, nowMs: number): void {
  if (version !== undefined && version * 1_000 > nowMs + AHEAD_MS)
    throw invalid(
      'input-invalid',
      `input \`version\` is ${version}; allowed: at most ${Math.floor((nowMs + AHEAD_MS) / 1_000)}, the time in seconds ten minutes from now, so that no version shuts out those after it`,
    );
}

/** What proof a promotion asks for. */
async function demandOf(given: PhaseInput, ports: Ports): Promise<BeginCommand['proof']> {
  if (given['require-proof'] === 'false' || given.phase !== PROMOTE) return undefined;
  if (!given.urls)
    throw invalid(
      'input-missing',
      'input `require-proof` needs `urls`, the environment’s own URLs that a proof has to be of; give them in the config as `deploy.<environment>.urls`',
    );
  const own = ports.holder.run?.repository;
  const demand = { urls: given.urls.map(({ href }) => href), waivers: ports.waivers ?? [] };
  if (given['require-proof'] === 'true') return { repository: own, ...demand };
  // A reusable workflow may stand in another repository, but it has to have run in this one.
  const signature = { ...given, 'source-repository': given['source-repository'] ?? own };
  const { repository } = signerOf(signature);
  return { repository: own ?? repository, ...demand, signed: await evidenceOf(signature, ports) };
}

async function commitOf({ phase }: PhaseInput, buildId: string, { cwd, env, exec, holder }: Ports) {
  if (phase === PROMOTE) {
    const own = childEnvironment(env, { secrets: [], passed: [], added: { LC_ALL: 'C' } });
    const known = await confirmCommit(buildId, cwd, own, exec);
    return { ...known, commit: known.commit ?? holder.run?.commit };
  }
  return { commit: commitOfBuildId(buildId) ?? holder.run?.commit, problem: undefined };
}
