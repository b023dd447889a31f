import { z } from 'zod';
import { ARTIFACT_ID } from '../deploy/version.ts';
import { CodedError } from '../proof/errors.ts';
import { concludeError } from '../proof/proof.ts';
import type { Proof } from '../proof/schema.ts';
import { commonInputs } from './common.ts';
import { mode as idempotencyCheck } from './idempotency-check.ts';
import { choice, duration, flag, lines, text } from './kinds.ts';
import { defineMode, type Mode, type PartInputs, type Ports } from './mode.ts';
import { environmentInput } from './phase/inputs.ts';
import { inputsOfParts } from './prove/inputs.ts';
import { NOTHING_TO_PROVE, proveNothing } from './prove/nothing.ts';
import { weaknesses } from './prove/overrides.ts';
import { asLastLook, MAX_REASON, type PartEnd, parseWaivers, together } from './prove/parts.ts';
import { type Planned, planParts, type WantedPart } from './prove/plan.ts';
import { checkStore, LEDGER_USES, recordProof } from './prove/record.ts';
import { mode as smoke } from './smoke.ts';
import { storeInputs } from './store.ts';
import { mode as verifyLive } from './verify-live.ts';

/** In the order in which they are made. */
const PARTS: readonly WantedPart[] = [
  { mode: verifyLive as unknown as Mode, howTo: 'give `url` and `build-id`' },
  {
    mode: smoke as unknown as Mode,
    wantedBy: ['checks', 'page', 'mcp'],
    // A run that writes what it should hold the servers against proves nothing.
    leftOut: ['update-tools-lock'],
    howTo: 'give `checks`, `page` or `mcp`, or a config with `smoke: checks:`',
  },
  {
    mode: idempotencyCheck as unknown as Mode,
    wantedBy: ['checks', 'writes', 'write'],
    renamed: { idempotency: 'checks' },
    // Writes seldom go where visitors look; its own section says where.
    leftOut: ['writes', 'base-url'],
    howTo: 'give `idempotency`, or `write` and `observe`, or a config with `idempotency: writes:`',
  },
];

const DAY_MS = 86_400_000;

const input = z.strictObject({
  ...inputsOfParts(PARTS, {
    checks: 'For smoke: the checks. Default: those in the config.',
    idempotency: 'For idempotency-check: the writes. Default: those in the config.',
    'build-id': 'The id that `stamp` wrote into the build. Every part is about this one.',
    'base-url':
      'For smoke: what the paths in the checks are resolved against. Default: the first `url`. Its origin may be on a private network.',
    'allow-private':
      'Allow requests to private-network addresses that no input names (weaker: recorded in the proof).',
  }),
  within: duration(100, DAY_MS)
    .optional()
    .describe('How long each part may take. Default: the part’s own: 2m, 2m and 5m.'),
  [NOTHING_TO_PROVE]: text('the reason')
    .max(MAX_REASON)
    .optional()
    .describe(
      'Why there is nothing to prove, such as a deploy that did not succeed. Then nothing is requested or sent, and the run is inconclusive; skipped, where the policy’s `waivers` name `nothing-to-prove`.',
    ),
  skip: lines('`part: reason` lines')
    .optional()
    .describe(
      'Parts to waive, `part: reason`, one per line. Each waiver is recorded in the proof; verify-live can’t be waived.',
    ),
  environment: environmentInput.describe('Where the build is live; the proof is recorded for it.'),
  'artifact-id': text('up to 200 letters, digits and . _ : / @ + = -')
    .regex(ARTIFACT_ID)
    .optional()
    .describe('The artifact that was deployed, if it has a name of its own.'),
  ledger: choice(LEDGER_USES)
    .prefault('auto')
    .describe(
      'Whether to record the proof in the ledger. `required`: a proof that can’t be recorded is inconclusive. `auto`: recorded where possible; no ledger is created outside a repository. `off`: not recorded.',
    ),
  'agent-report': flag()
    .prefault(false)
    .describe(
      'End the log with a short account of what was verified, how often, since when, and what was not.',
    ),
  ...storeInputs,
  ...commonInputs,
});

type Input = z.output<typeof input>;

export const mode = defineMode({
  name: 'prove',
  summary:
    'Proves that a build is live, right and safe to repeat: verify-live, then smoke, then idempotency-check.',
  input,
  parts: PARTS,
  outputs: {
    deployed: 'true when every part that was not waived passed',
    waived: 'The parts that were waived, comma-separated',
    parts: 'The result of each part, as JSON: outcome, times, check ids, outputs',
  },
  run: prove,
  record: recordProof,
});

async function prove(given: Input, ports: Ports, partInputs: PartInputs = noInputs): Promise<Proof> {
  const startedAtMs = ports.clock.now();
  const nothing = given[NOTHING_TO_PROVE];
  if (nothing !== undefined) return proveNothing(nothing, startedAtMs, ports);
  const names = PARTS.map((part) => part.mode.name);
  const waivers = parseWaivers(given.skip ?? [], names, verifyLive.name);
  const planned = await planParts(PARTS, waivers, partInputs, given, ports);
  await checkStore(given, ports);
  const live = liveInput(planned);
  ports.log.event({
    start: live['build-id'],
    parts: planned.flatMap(({ part, kind }) => (kind === 'run' ? [part.mode.name] : [])).join(','),
    waived: [...waivers.keys()].join(',') || undefined,
  });

  const ends: PartEnd[] = [];
  for (const plan of planned) ends.push(await end(plan, ends, ports));
  const isWhole = ends.every((one) => one.kind === 'waived' || hasPassed(one));
  const again = isWhole && !ports.signal.aborted ? await lookAgain(live, ports) : undefined;
  const proofs = [
    ...ends.flatMap((one) => (one.kind === 'done' ? [one.proof] : [])),
    ...(again ? [again] : []),
  ];
  return together({
    startedAtMs,
    subject: {
      buildId: live['build-id'],
      url: live.url.map(({ href }) => href),
      environment: given.environment,
      ...(given['artifact-id'] === undefined ? {} : { artifactId: given['artifact-id'] }),
    },
    ends,
    again,
    overrides: await weaknesses(live, planned, proofs, ports),
    endedAtMs: ports.clock.now(),
  });
}

const noInputs: PartInputs = async () => undefined;

const hasPassed = (one: PartEnd): boolean => one.kind === 'done' && one.proof.outcome === 'passed';

/** What becomes of a part: it is made only when those before it that were to be made have passed. */
async function end(plan: Planned, before: readonly PartEnd[], ports: Ports): Promise<PartEnd> {
  const { name } = plan.part.mode;
  if (plan.kind === 'waived') return { part: name, kind: 'waived', reason: plan.reason };
  const isClear = before.every((one) => one.kind === 'waived' || hasPassed(one)) && !ports.signal.aborted;
  if (!isClear) return { part: name, kind: 'not-run' };
  return { part: name, kind: 'done', proof: await run(plan.part.mode, plan.input, ports) };
}

/** Runs a part under its own name. Whatever it throws is its end: what the parts before it found is not lost. */
async function run(mode: Mode, input: Readonly<Record<string, unknown>>, ports: Ports): Promise<Proof> {
  const startedAtMs = ports.clock.now();
  const settled = new AbortController();
  try {
    const made = mode.run(input, { ...ports, log: ports.log.as(mode.name) });
    return await Promise.race([made, outOfTime(ports, settled.signal)]);
  } catch (error) {
    return concludeError(error, { mode: mode.name, startedAtMs, endedAtMs: ports.clock.now() });
  } finally {
    settled.abort();
  }
}

/** What a part that was cut short may take to end, so that there is time left to say and record it. */
const LEAVE_MS = 250;

/**
 * Rejects when the run's `timeout` is over and the part is slow to end: a command that does not hear a signal has longer than
 * the run. A run that is ended by a signal has no such limit, and waits for whatever the part has to clean up.
 */
async function outOfTime({ signal, clock }: Ports, settled: AbortSignal): Promise<never> {
  const timeout = Promise.withResolvers<never>();
  const end = async () => {
    const { reason } = signal;
    if (!(reason instanceof CodedError) || reason.code !== 'timeout') return;
    await clock.sleep(LEAVE_MS, settled);
    timeout.reject(reason);
  };
  // It fails only by the part's own end, after which nobody waits for it.
  signal.addEventListener('abort', () => void end().catch(() => {}), { once: true, signal: settled });
  return timeout.promise;
}

type LiveInput = z.output<typeof verifyLive.input>;

function liveInput(planned: readonly Planned[]): LiveInput {
  const [first] = planned;
  if (first?.kind !== 'run') throw new TypeError('the first part always runs');
  return first.input as LiveInput;
}

const LAST_LOOK_MS = 20_000;

/** One more round, as many encodings and edges as ever: a build that flips back while the other parts run is found. */
async function lookAgain(live: LiveInput, ports: Ports): Promise<Proof> {
  const once = { ...live, confirmations: 1, 'max-polls': 1, within: LAST_LOOK_MS };
  return asLastLook(await run(verifyLive as unknown as Mode, once, ports));
}
