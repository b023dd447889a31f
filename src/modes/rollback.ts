import { z } from 'zod';
import { type Deploy, PROMOTE, ROLLBACK } from '../deploy/records.ts';
import { decideRollback, type RollbackVerdict } from '../deploy/rollback.ts';
import { describeAttempt, type Refused } from '../deploy/verdict.ts';
import type { Transacted } from '../ledger/transact.ts';
import type { UserCommand } from '../ports/command.ts';
import type { Json, Proof } from '../proof/schema.ts';
import { moments } from './claims/transaction.ts';
import { commonInputs } from './common.ts';
import { flag, text } from './kinds.ts';
import { defineMode, type Ports } from './mode.ts';
import { commandOf } from './once-command.ts';
import { type Came, concludeDeploy } from './phase/conclude.ts';
import { deployInputs, NOT_IN_CONFIG } from './phase/inputs.ts';
import { mirrorDeployment } from './phase/mirror.ts';
import { type About, refusedCheck, skippedCheck } from './phase/report.ts';
import { type DeployContext, transactDeploy, waitFor } from './phase/session.ts';
import { verificationOf } from './phase/verify.ts';
import { commandEnvironment, workOn } from './phase/work.ts';
import { openStore, storeInputs } from './store.ts';

const input = z.strictObject({
  ...deployInputs,
  to: text('a version or a deploy id that was live')
    .optional()
    .describe('The version or deploy id to go back to. Default: the version before the current one.'),
  from: text('a deploy id')
    .optional()
    .describe('Roll back only if this deploy is the current one, not if something else went live meanwhile.'),
  'confirm-destructive': flag()
    .prefault(false)
    .describe('Confirms that what is live will change. Recorded in the ledger with your name.'),
  ...storeInputs,
  ...commonInputs,
});
type Input = z.output<typeof input>;

export const mode = defineMode({
  name: 'rollback',
  summary: 'Promotes the previous version again, exactly as it was published; nothing is rebuilt.',
  input,
  section: 'deploy',
  sectionBy: 'environment',
  notInConfig: NOT_IN_CONFIG,
  takesCommand: true,
  outputs: {
    state: 'done, failed, or the reason for a refusal: needs-confirmation, busy, held, nothing-before …',
    version: 'The version that is current now, or would be',
    'artifact-id': 'The artifact that was promoted again, or would be',
    'deploy-id': 'The deploy that the artifact belongs to',
    'exit-code': 'The exit code of the command',
    verified: 'What `verify` found: passed, failed …',
  },
  run: rollback,
});

/** Begin, run the platform's own promote command under heartbeats, move the pointer back. */
async function rollback(given: Input, ports: Ports): Promise<Proof> {
  const startedAtMs = ports.clock.now();
  const command = commandOf(given.run, ports.command);
  const verification = await verificationOf(given, ports);
  await using ledger = await openStore(given, ports);
  const context: DeployContext = { ledger, ports, given, startedAtMs };
  const asked = {
    environment: given.environment,
    to: given.to,
    from: given.from,
    confirmed: given['confirm-destructive'],
    holder: ports.holder,
    staleAfterMs: given['stale-after'],
  };
  const begun = await waitFor<RollbackVerdict>(
    () =>
      transactDeploy(context, asked, (snapshot, moment, fence) =>
        decideRollback(snapshot, asked, moment, fence),
      ),
    (_: Refused) => given.wait ?? 0,
    ports,
  );
  const { verdict } = begun;
  const { environment } = given;
  const deploying = verdict.kind === 'refused' ? undefined : verdict.deploy;
  const came = await act(context, given, command, begun);
  // Before the ledger is closed.
  return await concludeDeploy(context, came, {
    mode: 'rollback',
    subject: {
      environment,
      ...(deploying ? { deployId: deploying.deployId, buildId: deploying.buildId } : {}),
    },
    deploying,
    verification,
  });
}

async function act(
  context: DeployContext,
  given: Input,
  command: UserCommand,
  begun: Transacted<RollbackVerdict>,
): Promise<Came> {
  const { ports } = context;
  const { verdict } = begun;
  const about = aboutRollback(given.environment, verdict);
  if (verdict.kind === 'refused') {
    ports.log.event({ environment: given.environment, refused: verdict.why });
    const { why: state, target } = verdict;
    const result = target ? outputs(target, state, target.artifactId) : { state };
    return { last: begun, isDone: false, checks: [refusedCheck(about, verdict)], outcome: 'refused', result };
  }
  const { deploy } = verdict;
  if (verdict.kind === 'there') {
    const observed = `version ${deploy.version} is current already${since(verdict.from)}`;
    const result = outputs(deploy, 'done', deploy.phases[PROMOTE]?.artifactId ?? '');
    return { last: begun, isDone: true, checks: [skippedCheck(about, observed)], outcome: 'skipped', result };
  }
  const { attempt, from } = verdict;
  ports.log.event({
    environment: given.environment,
    rollback: verdict.how,
    from,
    to: deploy.version,
    deploy: deploy.deployId,
    artifact: attempt.artifactId,
    fence: attempt.fence,
    before:
      verdict.how === 'taken-over' && verdict.before
        ? describeAttempt(verdict.before, moments(given, ports)(begun.at, false))
        : undefined,
  });
  const { environment, deployId } = deploy;
  const grant = { environment, deployId, phase: ROLLBACK, fence: attempt.fence };
  const added = { ...commandEnvironment(deploy, ROLLBACK, attempt), SHIP_PROOF_FROM_VERSION: String(from) };
  const mirror = mirrorDeployment(deploy, ROLLBACK, given, ports);
  const worked = await workOn({ ...context, grant, attempt }, command, given, about, added);
  return {
    checks: worked.checks,
    outcome: worked.outcome,
    last: worked.last ?? begun,
    isDone: worked.state === 'done',
    mirror,
    result: { ...outputs(deploy, worked.state, attempt.artifactId), 'exit-code': worked.exitCode },
  };
}

const since = (from: number | undefined): string =>
  from === undefined
    ? ''
    : `, since it was rolled back from version ${from}; to go further back, name it with \`to\``;

const outputs = (
  { version, deployId }: Pick<Deploy, 'version' | 'deployId'>,
  state: string,
  artifactId: string,
): Record<string, Json> => ({
  state,
  version: version ?? 0,
  'artifact-id': artifactId,
  'deploy-id': deployId,
});

const aboutRollback = (environment: string, verdict: RollbackVerdict): About => ({
  id: 'rollback',
  title:
    verdict.kind === 'refused'
      ? `roll back ${environment}`
      : `roll back ${environment} to version ${verdict.deploy.version}`,
  expected: 'a confirmed way back to what was live before',
});
