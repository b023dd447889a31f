import { z } from 'zod';
import { decideHold, type Hold, holdPath, holdSchema, holdSince, type Scope } from '../holds/hold.ts';
import type { Snapshot } from '../ledger/ledger.ts';
import { type Decision, transact } from '../ledger/transact.ts';
import { conclude } from '../proof/proof.ts';
import type { Check, Proof } from '../proof/schema.ts';
import { rearmBreaker } from '../runner/breaker.ts';
import { commonInputs } from './common.ts';
import { reasonInput, scopeInput, scopesOf } from './hold-inputs.ts';
import { flag } from './kinds.ts';
import { defineMode, type Ports } from './mode.ts';
import { ledgerFields, openStore, storeInputs, transactOptions } from './store.ts';

const input = z.strictObject({
  scope: scopeInput,
  reason: reasonInput('rearmed by hand').describe('Why it may continue. Recorded in the ledger.'),
  'confirm-destructive': flag()
    .prefault(false)
    .describe('Confirms that they may continue. Recorded in the ledger with your name.'),
  ...storeInputs,
  ...commonInputs,
});
type Input = z.output<typeof input>;

export const mode = defineMode({
  name: 'rearm',
  summary: 'Lifts the hold on ticks, deploys or both, once somebody confirms it.',
  input,
  outputs: { state: 'cleared, or set when it was not confirmed' },
  run: rearm,
});

interface Rearmed {
  readonly holds: readonly Hold[];
  /** Runners whose breaker had something to forget. */
  readonly runners: readonly string[];
}

async function rearm(given: Input, ports: Ports): Promise<Proof> {
  const startedAtMs = ports.clock.now();
  const scopes = scopesOf(given.scope);
  await using ledger = await openStore(given, ports);
  const options = { ...transactOptions(given, ports), likely: scopes.map(holdPath) };
  const confirmed = given['confirm-destructive'];
  const done = await transact(ledger, options, async (snapshot, { now }): Promise<Decision<Rearmed>> => {
    if (!confirmed) return { entries: [], verdict: { holds: await standing(snapshot, scopes), runners: [] } };
    return clear(snapshot, scopes, given.reason, ports.holder, now);
  });
  const { holds, runners } = done.verdict;
  for (const { scope, state, reason } of holds) ports.log.event({ scope, state, reason });
  for (const runner of runners) ports.log.event({ runner, breaker: 'rearmed' });
  const isRefused = !confirmed;
  return conclude({
    mode: 'rearm',
    startedAtMs,
    endedAtMs: ports.clock.now(),
    subject: { scope: [...scopes] },
    checks: isRefused ? [unconfirmed(scopes, holds)] : [cleared(scopes, holds), ...runners.map(breakerCheck)],
    result: { state: isRefused ? 'set' : 'cleared' },
    ledger: ledgerFields(ledger, done),
    ...(isRefused ? { outcome: 'refused' as const } : done.committed ? {} : { outcome: 'skipped' as const }),
  });
}

/** Holds and, for ticks, the runners' breakers: one transaction. */
async function clear(
  snapshot: Snapshot,
  scopes: readonly Scope[],
  reason: string,
  by: Hold['by'],
  nowMs: number,
): Promise<Decision<Rearmed>> {
  const released = await decideHold(snapshot, { state: 'cleared', scopes, reason, by }, nowMs);
  const breakers = scopes.includes('ticks') ? await rearmBreaker(snapshot) : NO_BREAKERS;
  const subject = released.entries.length > 0 ? released.subject : breakers.subject;
  return {
    entries: [...released.entries, ...breakers.entries],
    records: { ...released.records, ...breakers.records },
    ...(subject === undefined ? {} : { subject }),
    verdict: { holds: released.verdict, runners: breakers.verdict },
  };
}

const NO_BREAKERS: Decision<readonly string[]> = { entries: [], verdict: [] };

async function standing(snapshot: Snapshot, scopes: readonly Scope[]): Promise<Hold[]> {
  const records = await Promise.all(scopes.map((scope) => snapshot.get(holdPath(scope))));
  return records.flatMap((record) => {
    const { data } = holdSchema.safeParse(record);
    return data?.state === 'set' ? [data] : [];
  });
}

const unconfirmed = (scopes: readonly Scope[], holds: readonly Hold[]): Check => ({
  id: 'confirmed',
  status: 'fail',
  title: `rearm ${scopes.join(' and ')}`,
  expected: 'confirm-destructive: true',
  observed:
    holds.length === 0
      ? 'not confirmed; no hold that can be read is set'
      : `not confirmed; it would let go: ${holds.map((hold) => `${hold.scope}, set ${holdSince(hold)}`).join('; ')}`,
  detail: 'Give `confirm-destructive: true` to lift the hold; the ledger records it with your name.',
});

const cleared = (scopes: readonly Scope[], holds: readonly Hold[]): Check => ({
  id: 'cleared',
  status: 'pass',
  title: `${scopes.join(' and ')} are not held`,
  expected: 'no hold',
  observed: holds.map((hold) => `${hold.scope}: ${hold.state}`).join(', '),
});

const breakerCheck = (runner: string): Check => ({
  id: `breaker:${runner}`,
  status: 'pass',
  title: `the breaker of ${runner} is rearmed`,
  expected: 'its failures forgotten',
  observed: 'forgotten',
});
