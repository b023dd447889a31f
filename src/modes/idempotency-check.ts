import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Located } from '../config/yaml.ts';
import type { CaseResult } from '../once/replay/replay.ts';
import { conclude } from '../proof/proof.ts';
import type { Check } from '../proof/schema.ts';
import type { SmokeContext } from '../smoke/context.ts';
import { createSandbox } from '../smoke/sandbox/sandbox.ts';
import { isLocated } from './checks-input.ts';
import { commonInputs } from './common.ts';
import { startDeadline } from './deadline.ts';
import { duration, flag, integer, oneUrl, shortDuration, text } from './kinds.ts';
import { defineMode, type Ports } from './mode.ts';
import { replayChecks, skippedCheck } from './replay/evidence.ts';
import { without, writableOrigins } from './replay/kinds.ts';
import { planAll } from './replay/list.ts';
import { replaysSchema } from './replay/spec.ts';
import type { Digest } from './replay/state.ts';
import type { PlannedWrite } from './replay/work.ts';
import type { Writable } from './replay/writable.ts';
import { type Replayed, replayWrite } from './replay/write.ts';

const DAY_MS = 86_400_000;
/** Whoever asks for less weakens the proof. */
const DEFAULT_RACE = 8;
const DEFAULT_SETTLE_MS = 2_000;

const input = z.strictObject({
  checks: z
    .union([z.string().trim().min(1), z.custom<Located>(isLocated)])
    .meta({ allowed: 'the path of a YAML file with a list of writes, or the list itself' })
    .optional()
    .describe('The writes. Default: the `writes` of the config.'),
  writes: z
    .union([z.string().trim().min(1), z.custom<Located>(isLocated)])
    .meta({
      allowed: 'the path of a YAML file with a list of writes, or the list itself',
      inFile: () => replaysSchema,
    })
    .optional()
    .describe('The same, under the name that the config uses; `checks` wins.'),
  write: text('a script')
    .optional()
    .describe(
      'A shortcut: this script writes, with the key in SHIP_PROOF_KEY and the nonce in SHIP_PROOF_NONCE …',
    ),
  observe: text('a script').optional().describe('… and this script prints the state that the write changes.'),
  'base-url': oneUrl().optional().describe('What the paths in the list are resolved against.'),
  'allow-writes-to': writableOrigins()
    .optional()
    .describe(
      'The origins that may be written to, one per line; the word `commands` allows the list’s commands. Nothing else is written to.',
    ),
  race: integer(2, 64)
    .prefault(String(DEFAULT_RACE))
    .describe('How many times a write is sent at once in the race.'),
  without: without().optional().describe('Cases to leave out (weaker: recorded in the proof).'),
  settle: duration(50, 600_000)
    .prefault(shortDuration(DEFAULT_SETTLE_MS))
    .describe(
      'How long the observed state has to stay the same before it counts; later effects are not seen.',
    ),
  within: duration(100, DAY_MS)
    .prefault('5m')
    .describe('The time limit for all writes; cleanup comes after it.'),
  'allow-private': flag()
    .prefault(false)
    .describe(
      'Allow requests to private-network addresses that no input names. Link-local addresses are always refused.',
    ),
  ...commonInputs,
});

type IdempotencyInput = z.output<typeof input>;

export const mode = defineMode({
  name: 'idempotency-check',
  summary:
    'Proves that a write made twice has one effect: when repeated, when raced, and when its reply is lost.',
  input,
  section: 'idempotency',
  keepsLines: ['writes', 'checks'],
  // The two scripts are run without more ado because they are the user's own word.
  notInConfig: ['write', 'observe'],
  outputs: {
    passed: 'The names of the writes that are safe to repeat, one per line',
    failed: 'The names of the writes that were disproved, one per line',
  },
  check: async (given, ports) => void (await planAll(given, ports)),
  run: checkWrites,
});

async function checkWrites(given: IdempotencyInput, ports: Ports) {
  const { clock, log } = ports;
  const startedAtMs = clock.now();
  const { writes, writable } = await planAll(given, ports);
  using deadline = startDeadline(given.within, 'writes');
  const signal = AbortSignal.any([ports.signal, deadline.signal]);
  await using sandbox = createSandbox(signal);
  const shop = {
    context: contextOf(given, writable, ports, sandbox),
    ports,
    origins: writable.origins,
    withheld: [given.token, ports.env.SHIP_PROOF_KEY_SECRET],
  };
  const digest = createDigest();
  log.event({ start: writes.length, race: given.race, settle: shortDuration(given.settle) });

  const made: { readonly planned: PlannedWrite; readonly replayed: Replayed }[] = [];
  const checks: Check[] = [];
  // One after the other: two writes may change what both of them observe.
  for (const planned of writes) {
    if (planned.skip !== undefined) {
      checks.push(skippedCheck(planned));
      continue;
    }
    const options = {
      race: given.race,
      settleMs: planned.settleMs ?? given.settle,
      without: [...(given.without ?? []), ...planned.without],
      signal,
      onCase: (result: CaseResult) => tell(planned, result, log),
    };
    const replayed = await replayWrite(planned, options, shop);
    made.push({ planned, replayed });
    checks.push(...replayChecks(planned, replayed, digest));
  }

  const named = (is: (replayed: Replayed) => boolean) =>
    made.filter(({ replayed }) => is(replayed)).map(({ planned }) => planned.name);
  const [passed, failed] = [named(isProved), named(isDisproved)];
  log.event({ passed: passed.length, failed: failed.length, of: writes.length });
  const { 'base-url': baseUrl } = given;
  return conclude({
    mode: 'idempotency-check',
    startedAtMs,
    endedAtMs: clock.now(),
    subject: { ...(baseUrl ? { url: baseUrl.href } : {}), writes: writes.map(({ name }) => name) },
    checks,
    result: { passed, failed },
    overrides: overridesOf(given, writes),
    ...(made.some(({ replayed }) => isForbidden(replayed)) ? { outcome: 'refused' as const } : {}),
  });
}

const statuses = ({ results }: Replayed) =>
  results.flatMap((result) => (result.kind === 'made' ? [result.verdict.status] : []));
const isDisproved = (replayed: Replayed): boolean => statuses(replayed).includes('fail');
const isProved = (replayed: Replayed): boolean => statuses(replayed).every((status) => status === 'pass');
const isForbidden = ({ results }: Replayed): boolean =>
  results.some((result) => result.kind === 'made' && result.made.forbidden);

function tell({ name }: PlannedWrite, result: CaseResult, log: Ports['log']): void {
  if (result.kind !== 'made') return;
  const { verdict, elapsedMs } = result;
  log.event({
    write: name,
    case: result.name,
    status: verdict.status,
    observed: verdict.observed,
    elapsed: `${elapsedMs}ms`,
  });
}

/** Whatever makes the proof say less than the defaults do. */
function overridesOf(given: IdempotencyInput, writes: readonly PlannedWrite[]): string[] {
  const { race, settle, without = [] } = given;
  return [
    ...without.map((name) => `without: ${name}`),
    ...(race < DEFAULT_RACE ? [`race: ${race}`] : []),
    ...(settle < DEFAULT_SETTLE_MS ? [`settle: ${shortDuration(settle)}`] : []),
    ...writes.flatMap((write) => [
      ...(write.skip === undefined ? [] : [`skip: ${write.name}: ${write.skip}`]),
      ...write.without.map((name) => `without: ${name} (${write.name})`),
      ...(write.settleMs !== undefined && write.settleMs < Math.min(settle, DEFAULT_SETTLE_MS)
        ? [`settle: ${shortDuration(write.settleMs)} (${write.name})`]
        : []),
    ]),
  ];
}

/** Keyed anew in each run: it tells two states apart, and nobody can try out what it is the digest of. */
function createDigest(): Digest {
  const key = randomBytes(32);
  return (text) => `digest ${createHmac('sha256', key).update(text).digest('hex').slice(0, 12)}`;
}

/** Requests are made as those of `smoke` are. */
function contextOf(
  given: IdempotencyInput,
  { origins }: Writable,
  { http, clock, secrets, userAgent }: Ports,
  sandbox: SmokeContext['sandbox'],
): SmokeContext {
  const { 'base-url': baseUrl } = given;
  const named = [...origins, ...(baseUrl ? [baseUrl.origin] : [])];
  return {
    baseUrl,
    values: new Map(),
    buildId: undefined,
    reachable: { origins: new Set(named), allowPrivate: given['allow-private'] },
    sandbox,
    http,
    clock,
    secrets,
    userAgent,
    readStamp: async () => undefined,
  };
}
