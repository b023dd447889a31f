import { z } from 'zod';
import { decideRollback, type RollbackVerdict } from '../deploy/rollback.ts';
import { describeAttempt, type Refused } from '../deploy/verdict.ts';
import { conclude } from '../proof/proof.ts';
import type { Check, Json, Outcome, Proof } from '../proof/schema.ts';
import { moments } from './claims/transaction.ts';
import { commonInputs } from './common.ts';
import { flag, text } from './kinds.ts';
import { defineMode, type Ports } from './mode.ts';
import { commandOf } from './once-command.ts';
import { deployInputs, NOT_IN_CONFIG } from './phase/inputs.ts';
import { deploymentState, mirrorDeployment } from './phase/mirror.ts';
import { type About, refusedCheck, skippedCheck } from './phase/report.ts';
import { type DeployContext, transactDeploy, waitFor } from './phase/session.ts';
import { together, verificationOf, verifyDeploy } from './phase/verify.ts';
import { commandEnvironment, workOn } from './phase/work.ts';
import { ledgerFields, openStore, storeInputs } from './store.ts';

const input = z.strictObject({
  ...deployInputs,
  to: text('a version or a deploy id that was live')
    .optional()
    .describe('Where to go back to. Default: the version before the current one.'),
  from: text('a deploy id')
    .optional()
    .describe('Go back from this deploy only, and not where something else went live meanwhile.'),
  'confirm-destructive': flag()
    .prefault(false)
    .describe('Yes, change what is live. It stands in the ledger with my name.'),
  ...storeInputs,
  ...commonInputs,
});
type Input = z.output<typeof input>;

export const mode = defineMode({
  name: 'rollback',
  summary:
    'The version before the current one is current again: promoted as it was published, not built anew.',
  input,
  section: 'deploy',
  sectionBy: 'environment',
  notInConfig: NOT_IN_CONFIG,
  takesCommand: true,
  outputs: {
    state: 'done, failed, or why it was refused: needs-confirmation, busy, held, nothing-before …',
    version: 'The version that is current now, or would be',
    'artifact-id': 'The artifact that was promoted again',
    'deploy-id': 'The deploy that it is of',
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
  const { actor, run } = ports.holder;
  const asked = {
    environment: given.environment,
    to: given.to,
    from: given.from,
    confirmed: given['confirm-destructive'],
    holder: { actor, ...(run ? { run } : {}) },
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
  const about = aboutRollback(given.environment, begun.verdict);
  const came = await act(context, given, command, begun, about);
  const { deploy } = came;
  const make = came.isDone && !ports.signal.aborted ? verification : undefined;
  const verified = deploy && make ? await verifyDeploy(context, deploy, make) : undefined;
  const { checks, outcome } = together(came, verified);
  await came.mirror?.end(deploymentState(came.isDone, outcome));
  return conclude({
    mode: 'rollback',
    startedAtMs,
    endedAtMs: ports.clock.now(),
    subject: {
      environment: given.environment,
      ...(deploy ? { deployId: deploy.deployId, buildId: deploy.buildId } : {}),
    },
    checks,
    result: { ...came.result, ...(verified ? { verified: verified.outcome } : {}) },
    ledger: ledgerFields(ledger, verified?.last ?? came.last ?? begun),
    ...(outcome ? { outcome } : {}),
  });
}

type Begun = Awaited<ReturnType<typeof waitFor<RollbackVerdict>>>;

async function act(
  context: DeployContext,
  given: Input,
  command: ReturnType<typeof commandOf>,
  begun: Begun,
  about: About,
) {
  const { ports } = context;
  const { verdict } = begun;
  const nothing = { deploy: undefined, last: undefined, isDone: false, mirror: undefined };
  if (verdict.kind === 'refused') {
    ports.log.event({ environment: given.environment, refused: verdict.why });
    const outcome: Outcome = 'refused';
    return { ...nothing, checks: [refusedCheck(about, verdict)], outcome, result: { state: verdict.why } };
  }
  const { deploy } = verdict;
  if (verdict.kind === 'there') {
    const check: Check = skippedCheck(
      about,
      `version ${deploy.version} is current already${since(verdict.from)}`,
    );
    return {
      ...nothing,
      deploy,
      checks: [check],
      outcome: 'skipped' as Outcome,
      result: outputs(deploy, 'done'),
      isDone: true,
    };
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
  const grant = {
    environment: given.environment,
    deployId: deploy.deployId,
    phase: 'rollback',
    fence: attempt.fence,
  };
  const added = { ...commandEnvironment(deploy, 'rollback', attempt), SHIP_PROOF_FROM_VERSION: String(from) };
  const mirror = mirrorDeployment(deploy, 'rollback', given, ports);
  const worked = await workOn({ ...context, grant, attempt }, command, given, about, added);
  return {
    checks: worked.checks,
    outcome: worked.outcome,
    deploy,
    last: worked.last,
    isDone: worked.state === 'done',
    mirror,
    result: { ...outputs(deploy, worked.state, attempt.artifactId), 'exit-code': worked.exitCode ?? 0 },
  };
}

const since = (from: number | undefined): string =>
  from === undefined
    ? ''
    : `, since it was rolled back from version ${from}; to go further back, name it with \`to\``;

const outputs = (
  {
    version,
    deployId,
    phases,
  }: {
    version?: number | undefined;
    deployId: string;
    phases: Readonly<Record<string, { readonly artifactId: string }>>;
  },
  state: string,
  artifactId = phases.promote?.artifactId ?? '',
): Record<string, Json> => ({
  state,
  version: version ?? 0,
  'artifact-id': artifactId,
  'deploy-id': deployId,
});

const aboutRollback = (environment: string, verdict: Begun['verdict']): About => ({
  id: 'rollback',
  title:
    verdict.kind === 'refused'
      ? `roll back ${environment}`
      : `roll back ${environment} to version ${verdict.deploy.version}`,
  expected: 'a confirmed way back to what was live before',
});
