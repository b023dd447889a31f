import { z } from 'zod';
import { transact } from '../ledger/transact.ts';
import { shortKey } from '../once/claim-record.ts';
import { doubtClaims } from '../once/doubt-claims.ts';
import { conclude } from '../proof/proof.ts';
import type { Check } from '../proof/schema.ts';
import { RUNNERS } from '../runner/tick-state.ts';
import { clockInputs } from './claims/inputs.ts';
import { moments } from './claims/transaction.ts';
import { commonInputs } from './common.ts';
import { text } from './kinds.ts';
import { defineMode, type OpenClaim, type Ports } from './mode.ts';
import { abandonedPhaseCheck, abandonPhases, isPhase } from './settle/phases.ts';
import { abandonedCheck, abandonTicks } from './settle/ticks.ts';
import { ledgerFields, openStore, storeInputs, transactOptions } from './store.ts';

const openClaims = z.array(z.strictObject({ path: z.string(), fence: z.int().positive() }));
const openCheck = z
  .strictObject({
    name: z.string(),
    sha: z.string(),
    externalId: z.string(),
    mode: z.string(),
    startedAt: z.iso.datetime({ precision: 3 }),
    id: z.int().optional(),
    proof: z.string().optional(),
  })
  .nullable();

const input = z.strictObject({
  claims: text('JSON'),
  check: text('JSON').prefault('null'),
  ...clockInputs(),
  ...storeInputs,
  ...commonInputs,
});

/**
 * The action's post step: whatever this step claimed and the job neither recorded nor released is in doubt from now on,
 * and is said, instead of after its lease; and a check run that the step had no time to conclude is concluded. It is not
 * among the modes, since nobody asks for it.
 */
export const mode = defineMode({
  name: 'settle',
  summary: 'Reports the claims that a job left open, and concludes a check run that a step left open.',
  input,
  outputs: {},
  run: async (given, ports) => {
    const startedAtMs = ports.clock.now();
    const claims = openClaims.parse(JSON.parse(given.claims));
    const check = openCheck.parse(JSON.parse(given.check));
    const concluded = check === null ? [] : [await concludeLeft(check, given.token, ports)];
    const settled = claims.length === 0 ? undefined : await settleClaims(claims, given, ports);
    const checks = [...concluded, ...(settled?.checks ?? [])];
    return conclude({
      mode: 'settle',
      startedAtMs,
      endedAtMs: ports.clock.now(),
      checks,
      ...(checks.length === 0 ? { outcome: 'skipped' as const } : {}),
      ...(settled ? { ledger: settled.ledger } : {}),
    });
  },
});

async function settleClaims(
  claims: readonly OpenClaim[],
  given: z.output<typeof input>,
  ports: Ports,
): Promise<{ readonly checks: Check[]; readonly ledger: ReturnType<typeof ledgerFields> }> {
  await using ledger = await openStore(given, ports);
  const momentOf = moments(given, ports);
  const ticks = claims.filter(({ path }) => isTick(path));
  const phases = claims.filter(({ path }) => isPhase(path));
  const keyed = claims.filter(({ path }) => !isTick(path) && !isPhase(path));
  const options = transactOptions(given, ports);
  const settled = await transact(ledger, options, async (snapshot, { now, oneClock }) => {
    const moment = momentOf(now, oneClock);
    const doubted = await doubtClaims(snapshot, keyed, moment);
    const abandoned = await abandonTicks(snapshot, ticks, moment);
    const ended = await abandonPhases(snapshot, phases, ports.holder.actor, moment);
    return {
      ...doubted,
      ...abandoned,
      entries: [...doubted.entries, ...abandoned.entries, ...ended.entries],
      records: { ...doubted.records, ...abandoned.records, ...ended.records },
      verdict: { claims: doubted.verdict, ticks: abandoned.verdict, phases: ended.verdict },
    };
  });
  const left = settled.verdict.claims.filter((claim) => claim.left);
  const checks = left.map(
    ({ path, fence }): Check => ({
      id: `settle:${path}`,
      status: 'warn',
      title: `the job settled its claim ${shortKey(path)}`,
      expected: `fence ${fence} recorded or released`,
      observed: 'in doubt: neither recorded nor released when the job ended',
      detail:
        'Find out whether the effect happened; then `record` it with its fence, or `release` it with `confirm-destructive: true`.',
    }),
  );
  const open = [
    ...settled.verdict.ticks.map(abandonedCheck),
    ...settled.verdict.phases.map(abandonedPhaseCheck),
  ];
  return { checks: [...checks, ...open], ledger: ledgerFields(ledger, settled) };
}

/** Says in the step's check run what the step found, or, where it came to nothing, that it was cancelled. */
async function concludeLeft(
  open: NonNullable<z.output<typeof openCheck>>,
  token: string | undefined,
  ports: Ports,
): Promise<Check> {
  const { concludeLeftCheck } = await import('../report/left-check.ts');
  const { conclusion, problem } = await concludeLeftCheck(open, token, ports);
  return {
    id: 'check-run',
    status: problem === undefined ? 'pass' : 'warn',
    title: `the check run ${open.name} is concluded`,
    expected: 'a conclusion, whatever became of the step',
    observed: problem ?? `${conclusion}: the step itself had no time to say it`,
  };
}

const isTick = (path: string): boolean => path.startsWith(RUNNERS);
