import type { Failure } from '../../deploy/attempt.ts';
import { type Deploy, deployPath } from '../../deploy/records.ts';
import type { SettleVerdict } from '../../deploy/settle-phase.ts';
import { describeHold } from '../../holds/hold.ts';
import type { Transacted } from '../../ledger/transact.ts';
import type { UserCommand } from '../../ports/command.ts';
import { CodedError } from '../../proof/errors.ts';
import { errorCheck } from '../../proof/proof.ts';
import type { Check, Outcome } from '../../proof/schema.ts';
import { type Beaten, type RunInput, runUnderHeartbeat } from './command.ts';
import { type CommandOutput, openOutputFile } from './output.ts';
import { type About, commandCheck, heldMeanwhile, passedCheck, refusedCheck } from './report.ts';
import { finish, giveUp, type Session } from './session.ts';

/** What became of a phase that was begun. */
export interface Worked {
  readonly checks: readonly Check[];
  /** Undefined where the checks say it. */
  readonly outcome: Outcome | undefined;
  readonly state: string;
  readonly deploy: Deploy | undefined;
  /** The last transaction; undefined when it could not be made. */
  readonly last: Transacted<SettleVerdict> | undefined;
}

/** Runs the command of a phase under heartbeats, and writes down how it ended. */
export async function workOn(
  session: Session,
  command: UserCommand,
  given: RunInput,
  about: About,
  added: Readonly<Record<string, string>>,
): Promise<Worked & { readonly exitCode: number }> {
  const { ports, grant } = session;
  ports.remember([{ path: deployPath(grant.environment, grant.deployId), fence: grant.fence }]);
  await using output = await openOutputFile();
  const ran = await runUnderHeartbeat(session, command, given, { ...added, SHIP_PROOF_OUTPUT: output.path });
  const written = await output.read();
  try {
    const worked = await writeDown(session, ran, written, about);
    ports.remember([]);
    return { ...worked, exitCode: ran.end.code };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { ...unwritten(error, ran, session), exitCode: ran.end.code };
  }
}

async function writeDown(
  session: Session,
  ran: Beaten,
  written: CommandOutput,
  about: About,
): Promise<Worked> {
  const { end, stop } = ran;
  const command = commandCheck(ran);
  const gaveUp = async (reason: Failure, outcome: Outcome, ...more: readonly Check[]) =>
    ended(await giveUp(session, reason), [command, ...more], outcome, about);
  if (stop?.by === 'lost')
    return {
      checks: [command],
      outcome: 'refused',
      state: 'stale-fence',
      deploy: undefined,
      last: undefined,
    };
  if (stop) return gaveUp(stop.by, stop.by === 'held' ? 'refused' : 'inconclusive');
  if (end.notStarted !== undefined) return gaveUp('not-started', 'failed');
  if (end.stopped) return gaveUp('interrupted', 'inconclusive');
  if (end.code !== 0) return gaveUp('command-failed', 'failed');
  if (written.kind === 'wrong') return gaveUp('wrong-artifact', 'failed', outputCheck(written.because));
  for (const name of written.unknown)
    session.ports.log.event({ output: name, ignored: 'only artifact-id is known' });
  return settle(session, command, written.artifactId, about);
}

async function settle(
  session: Session,
  command: Check,
  artifactId: string | undefined,
  about: About,
): Promise<Worked> {
  const last = await finish(session, artifactId);
  const { verdict } = last;
  if (verdict.kind === 'refused') {
    const check = refusedCheck(about, verdict);
    if (verdict.why === 'other-artifact')
      return ended(await giveUp(session, 'wrong-artifact'), [command, check], 'failed', about);
    return { checks: [command, check], outcome: 'refused', state: verdict.why, deploy: undefined, last };
  }
  const { attempt, deploy } = verdict;
  const hold = 'hold' in verdict ? verdict.hold : undefined;
  const done = passedCheck(about, `done at ${attempt.turns.at(-1)?.at}, fence ${attempt.fence}`);
  session.ports.log.event({ state: attempt.state, fence: attempt.fence, artifact: attempt.artifactId });
  return {
    checks: [command, done, ...(hold ? [heldMeanwhile(describeHold(hold))] : [])],
    outcome: undefined,
    state: 'done',
    deploy,
    last,
  };
}

/** It ended without being done; where somebody else has the phase by now, that is what is told. */
function ended(
  last: Transacted<SettleVerdict>,
  checks: readonly Check[],
  outcome: Outcome,
  about: About,
): Worked {
  const { verdict } = last;
  if (verdict.kind === 'refused')
    return {
      checks: [...checks, refusedCheck(about, verdict)],
      outcome: outcome === 'failed' ? 'failed' : 'refused',
      state: verdict.why,
      deploy: undefined,
      last,
    };
  return { checks, outcome, state: 'failed', deploy: verdict.deploy, last };
}

const outputCheck = (because: string): Check => ({
  id: 'output',
  status: 'fail',
  title: 'the command’s SHIP_PROOF_OUTPUT is understood',
  expected: 'artifact-id=… of letters, digits and . _ : / @ + = -',
  observed: because,
});

/** The command has run, and that is not in the ledger: its lease tells the next process. */
const unwritten = (error: CodedError, ran: Beaten, { attempt }: Session): Worked => ({
  checks: [
    commandCheck(ran),
    {
      ...errorCheck(error),
      status: 'untestable',
      detail: `What became of the command could not be written down. Its phase is orphaned after ${attempt.staleAfterMs} ms; then the same command begins it anew.`,
    },
  ],
  outcome: ran.end.code === 0 || ran.stop ? 'inconclusive' : 'failed',
  state: 'running',
  deploy: undefined,
  last: undefined,
});

/** What a command is told of its phase. */
export const commandEnvironment = (
  { deployId, environment, buildId, version }: Deploy,
  phase: string,
  attempt: { readonly fence: number; readonly artifactId: string },
): Readonly<Record<string, string>> => ({
  SHIP_PROOF_DEPLOY_ID: deployId,
  SHIP_PROOF_BUILD_ID: buildId,
  SHIP_PROOF_PHASE: phase,
  SHIP_PROOF_ARTIFACT_ID: attempt.artifactId,
  SHIP_PROOF_VERSION: version === undefined ? '' : String(version),
  SHIP_PROOF_FENCE: String(attempt.fence),
  SHIP_PROOF_ENVIRONMENT: environment,
});
