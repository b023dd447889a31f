import { type BeginCommand, type BeginVerdict, decideBegin } from '../deploy/begin.ts';
import { type Deploy, deployPath, PROMOTE } from '../deploy/records.ts';
import { describeAttempt, type Refused } from '../deploy/verdict.ts';
import type { UserCommand } from '../ports/command.ts';
import { invalid } from '../proof/errors.ts';
import type { Json, Proof } from '../proof/schema.ts';
import { moments } from './claims/transaction.ts';
import { defineMode, type Ports } from './mode.ts';
import { commandOf } from './once-command.ts';
import { type Came, concludeDeploy } from './phase/conclude.ts';
import { askedOf, namedBy } from './phase/deploy.ts';
import { NOT_IN_CONFIG, type PhaseInput, phaseInput } from './phase/inputs.ts';
import { mirrorDeployment } from './phase/mirror.ts';
import { type About, aboutPhase, passedCheck, refusedCheck, resultOf, skippedCheck } from './phase/report.ts';
import { type DeployContext, transactDeploy, waitFor } from './phase/session.ts';
import { grantOf, type LaterTurn, takeTurn } from './phase/turn.ts';
import { verificationOf } from './phase/verify.ts';
import { commandEnvironment, workOn } from './phase/work.ts';
import { openStore } from './store.ts';

export const mode = defineMode({
  name: 'phase',
  summary: 'Runs one phase of a deploy, once; any process can continue where another one died.',
  input: phaseInput,
  section: 'deploy',
  sectionBy: 'environment',
  notInConfig: NOT_IN_CONFIG,
  takesCommand: true,
  outputs: {
    state:
      'running, done, failed, or the reason for a refusal: busy, held, predecessor, overtaken, stale-fence …',
    'should-run': 'true when this run was granted the phase and has to do its work',
    'artifact-id': 'The artifact that the phase works on, or passed on to the next',
    fence: 'The number of the grant; a later one is higher',
    'next-phase': 'The first phase that is not done; empty when all are',
    'exit-code': 'The exit code of the command',
    verified: 'What `verify` found: passed, failed …',
  },
  run: phase,
});

/** Begin, run under heartbeats, write down. A process that dies on the way leaves an orphan, which the next one takes over. */
async function phase(given: PhaseInput, ports: Ports): Promise<Proof> {
  const startedAtMs = ports.clock.now();
  const work = workOf(given, ports);
  const named = namedBy(given);
  const { environment, deployId, phase } = named;
  // What a later turn ends was granted with all that was asked for then.
  const asked =
    work.kind === 'turn'
      ? { ...work, grant: grantOf(named, given.fence, work.turn) }
      : { ...work, of: await askedOf(given, named, ports) };
  const verification = await verificationOf(given, ports);
  const about = aboutPhase(phase, deployId, environment);
  await using ledger = await openStore(given, ports);
  const context: DeployContext = { ledger, ports, given, startedAtMs };
  const came =
    asked.kind === 'turn'
      ? later(await takeTurn(context, asked.grant, asked.turn, given['artifact-id'], about), given, ports)
      : await begin(context, asked.of, given, asked.command, about);
  const { buildId } = came.deploy ?? named;
  // Before the ledger is closed.
  return await concludeDeploy(context, came, {
    mode: 'phase',
    subject: { environment, deployId, buildId },
    deploying: phase === PROMOTE ? { environment, deployId, buildId } : undefined,
    verification,
    overrides: asked.kind === 'turn' ? [] : asked.of.proofOverrides,
  });
}

type Work =
  /** Without a command the work is done elsewhere. */
  | { readonly kind: 'begin'; readonly command: UserCommand | undefined }
  | { readonly kind: 'turn'; readonly turn: LaterTurn };

/** Whether a command does the work, or steps of the workflow do. */
function workOf({ state, run, fence }: PhaseInput, { command }: Ports): Work {
  if (state === undefined) {
    if (run === undefined && command === undefined)
      throw invalid(
        'input-missing',
        'nothing says who does the work: give a script as input `run`, a command after `--`, or `state: begin` for steps of your own',
      );
    return { kind: 'begin', command: commandOf(run, command) };
  }
  if (run !== undefined || command !== undefined)
    throw invalid(
      'input-conflict',
      `input \`state\` is ${state}, for work that is done elsewhere: give no command`,
    );
  if (state !== 'begin') return { kind: 'turn', turn: state };
  if (fence !== undefined) throw invalid('input-conflict', '`state: begin` is given a fence, it takes none');
  return { kind: 'begin', command: undefined };
}

const PROMOTE_WAIT_MS = 600_000;

async function begin(
  context: DeployContext,
  asked: BeginCommand,
  given: PhaseInput,
  command: UserCommand | undefined,
  about: About,
): Promise<Came> {
  const { ports } = context;
  const begun = await waitFor<BeginVerdict>(
    () =>
      transactDeploy(context, asked, (snapshot, moment, fence) =>
        decideBegin(snapshot, asked, moment, fence),
      ),
    (refused: Refused) => given.wait ?? (refused.why === 'behind' ? PROMOTE_WAIT_MS : 0),
    ports,
  );
  const { verdict } = begun;
  if (verdict.kind === 'refused') {
    if (verdict.why === 'no-version') throw versionMissing();
    ports.log.event({ phase: asked.phase, deploy: asked.deployId, refused: verdict.why });
    const result = resultOf(undefined, { state: verdict.why, 'should-run': false });
    return { checks: [refusedCheck(about, verdict)], outcome: 'refused', result, last: begun, isDone: false };
  }
  const { deploy, attempt } = verdict;
  const moment = moments(given, ports)(begun.at, false);
  if (verdict.kind === 'done') {
    const observed = describeAttempt(attempt, moment);
    ports.log.event({
      phase: asked.phase,
      deploy: asked.deployId,
      state: 'done',
      artifact: attempt.artifactId,
    });
    const result = outputs(deploy, attempt, { state: 'done', 'should-run': false });
    return { checks: [skippedCheck(about, observed)], outcome: 'skipped', result, last: begun, isDone: true };
  }
  ports.log.event({
    phase: asked.phase,
    deploy: asked.deployId,
    state: verdict.how,
    fence: attempt.fence,
    artifact: attempt.artifactId,
    from: verdict.before && describeAttempt(verdict.before, moment),
  });
  if (!command) {
    ports.remember([{ path: deployPath(asked.environment, asked.deployId), fence: attempt.fence }]);
    const result = outputs(deploy, attempt, { state: 'running', 'should-run': true });
    const check = passedCheck(about, `${verdict.how}, fence ${attempt.fence}`, ACT);
    return { checks: [check], outcome: undefined, result, last: begun, isDone: false };
  }
  const { environment, deployId } = asked;
  const grant = { environment, deployId, phase: asked.phase, fence: attempt.fence };
  const added = commandEnvironment(deploy, asked.phase, attempt);
  const mirror = asked.phase === PROMOTE ? mirrorDeployment(deploy, 'promote', given, ports) : undefined;
  const worked = await workOn({ ...context, grant, attempt }, command, given, about, added);
  return {
    checks: worked.checks,
    outcome: worked.outcome,
    result: outputs(worked.deploy ?? deploy, worked.deploy?.phases[asked.phase] ?? attempt, {
      state: worked.state,
      'should-run': false,
      'exit-code': worked.exitCode,
    }),
    last: worked.last ?? begun,
    isDone: worked.state === 'done',
    mirror,
  };
}

/** Neither the caller says it, nor the build id, nor the deploy's record. */
const versionMissing = () =>
  invalid(
    'input-missing',
    'input `version` is needed to promote, since the build id has no epoch in it; give a whole number that grows from deploy to deploy, such as the epoch in seconds',
  );

const ACT =
  'Do the work now, with `state: heartbeat` more often than `stale-after`, and end it by `state: done` or `failed`.';

const outputs = (
  deploy: Deploy,
  { artifactId, fence }: { readonly artifactId: string; readonly fence: number },
  fields: Readonly<Record<string, Json | undefined>>,
): Record<string, Json> => resultOf(deploy, { ...fields, 'artifact-id': artifactId, fence });

function later(
  { last, checks, outcome, state }: Awaited<ReturnType<typeof takeTurn>>,
  given: PhaseInput,
  ports: Ports,
): Came {
  const { verdict } = last;
  const fields = { state, 'should-run': false };
  if (verdict.kind === 'refused')
    return { checks, outcome, result: resultOf(undefined, fields), last, isDone: false };
  const { deploy, attempt } = verdict;
  const result = outputs(deploy, attempt, fields);
  const ends = given.phase === PROMOTE && verdict.kind === 'settled';
  const mirror = ends ? mirrorDeployment(deploy, 'promote', given, ports) : undefined;
  return { checks, outcome, result, last, isDone: state === 'done', mirror, deploy };
}
