import type { Attempt } from '../../src/deploy/attempt.ts';
import type { BeginVerdict } from '../../src/deploy/begin.ts';
import { deployPath, deploySchema, environmentPath, environmentSchema } from '../../src/deploy/records.ts';
import type { RollbackVerdict } from '../../src/deploy/rollback.ts';
import type { SettleVerdict } from '../../src/deploy/settle-phase.ts';
import { clockOf, ENVIRONMENT, PLAN, type Sim, SKEW_MS, STALE_MS } from './sim.ts';

/** What has to hold in every history, whoever does what in which order. */
export const INVARIANTS = {
  'pointer-published': 'the pointer only ever names an artifact that was published',
  'pointer-true': 'the pointer names what was promoted or rolled back to last',
  'versions-grow': 'promoted versions strictly grow, except by a confirmed rollback',
  'newer-can': 'a version that is higher than any before is not told that it was overtaken',
  'rolled-back-stays': 'a version that was rolled back from is not promoted again',
  'one-holder': 'a phase has one live holder, and so has the pointer',
  'opens-on-time': 'what nobody holds any more is not busy',
  'stale-writes-nothing': 'whoever was overtaken changes nothing any more',
  'holder-heard': 'the holder of a phase is heard',
  'hold-stops': 'a hold lets nothing through',
  'hold-true': 'nothing is refused by a hold that is not set',
  order: 'no phase begins before those that it follows are done',
  'done-stays': 'what is done is not begun again, and told as done',
  'fence-grows': 'a grant has a higher fence than any before it',
  'time-forward': 'no new time lies before the ledger’s newest entry',
  'proof-demanded': 'a promotion that demands a proof has one, of its very build and artifact',
  confirmed: 'nothing is rolled back without confirmation',
  'rollback-converges': 'a rollback that is done is not gone on with by the same command',
  'rollback-backwards':
    'a rollback goes back to what was live, and never to what was rolled back from unless named',
  'rollback-from': 'a rollback that names what it goes back from goes back from that, and from nothing else',
} as const;
export type Invariant = keyof typeof INVARIANTS;

export class Broken extends Error {
  readonly invariant: Invariant;
  constructor(invariant: Invariant, label: string) {
    super(`${invariant} (${INVARIANTS[invariant]}) broken by: ${label}`);
    this.invariant = invariant;
  }
}

/** What one agent remembers of its grant. Dying, it forgets. */
export interface Held {
  readonly deployId: string;
  readonly phase: string;
  readonly fence: number;
  readonly artifactId: string;
  /** On its own clock, when it stops by itself. */
  readonly leaseEndsMs: number;
}

interface Latest {
  readonly fence: number;
  /** True time at which its holder stops by itself. */
  readonly stopsAtMs: number;
  readonly open: boolean;
  /** It was ended by its job's end; its holder may still come back. */
  readonly jobEnded: boolean;
}

/** What really happened, kept beside the ledger and known to no decider. */
export interface Truth {
  readonly held: (Held | undefined)[];
  readonly latest: Map<string, Latest>;
  readonly done: Set<string>;
  readonly artifacts: Map<string, string>;
  readonly everLive: Set<number>;
  readonly rolledBack: Set<number>;
  readonly proofs: Map<
    string,
    { readonly good: boolean; readonly artifactId: string; readonly atMs: number }
  >;
  maxFence: number;
  top: { version: number; deployId: string } | undefined;
  barred: number;
  current: number | undefined;
  unfinished: number | undefined;
  settledRollback: boolean;
  /** Where an unfinished rollback goes, and from which deploy: the same command goes on with it. */
  goingTo: number | undefined;
  goingFrom: string | undefined;
  /** The deploy that is live. */
  live: string | undefined;
  /** Deploys that a rollback went back over: their promotions are over. */
  readonly undone: Set<string>;
  hold: boolean;
}

export const newTruth = (): Truth => ({
  held: [undefined, undefined, undefined],
  latest: new Map(),
  done: new Set(),
  artifacts: new Map(),
  everLive: new Set(),
  rolledBack: new Set(),
  proofs: new Map(),
  maxFence: 0,
  top: undefined,
  barred: -1,
  current: undefined,
  unfinished: undefined,
  settledRollback: false,
  goingTo: undefined,
  goingFrom: undefined,
  live: undefined,
  undone: new Set(),
  hold: false,
});

/** Promotions and rollbacks of an environment exclude each other; other phases only themselves. */
export const lockOf = (deployId: string, phase: string): string =>
  phase === 'promote' || phase === 'rollback' ? 'pointer' : `${deployId}/${phase}`;

export interface Asked {
  readonly agent: number;
  readonly label: string;
}

function judgeGrant(truth: Truth, sim: Sim, attempt: Attempt, lock: string, lastAtMs: number, label: string) {
  const before = truth.latest.get(lock);
  if (before?.open && sim.atMs < before.stopsAtMs) throw new Broken('one-holder', label);
  if (attempt.fence <= truth.maxFence) throw new Broken('fence-grows', label);
  if (Date.parse(attempt.heartbeatAt) < lastAtMs) throw new Broken('time-forward', label);
}

/** Compares what was said to a `begin` with what really is. */
export function judgeBegin(
  truth: Truth,
  sim: Sim,
  asked: Asked & { deployId: string; version: number; phase: string; demand: boolean; lastAtMs: number },
  verdict: BeginVerdict,
): void {
  const { deployId, version, phase, label } = asked;
  const key = `${deployId}/${phase}`;
  const lock = lockOf(deployId, phase);
  const ready = PLAN.slice(0, PLAN.indexOf(phase)).every((name) => truth.done.has(`${deployId}/${name}`));
  if (verdict.kind === 'done') {
    if (!truth.done.has(key)) throw new Broken('done-stays', label);
    return;
  }
  if (verdict.kind === 'begun') {
    if (truth.done.has(key)) throw new Broken('done-stays', label);
    if (!ready) throw new Broken('order', label);
    if (truth.hold && phase !== 'build') throw new Broken('hold-stops', label);
    judgeGrant(truth, sim, verdict.attempt, lock, asked.lastAtMs, label);
    if (phase !== 'promote') return;
    if (version <= truth.barred) throw new Broken('rolled-back-stays', label);
    const { top } = truth;
    if (top && (version < top.version || (version === top.version && deployId !== top.deployId)))
      throw new Broken('versions-grow', label);
    if (verdict.attempt.artifactId !== truth.artifacts.get(deployId))
      throw new Broken('pointer-published', label);
    const proof = truth.proofs.get(deployId);
    const believable = proof?.good && proof.artifactId === verdict.attempt.artifactId;
    if (asked.demand && !(believable && sim.atMs - proof.atMs < 86_400_000 + SKEW_MS))
      throw new Broken('proof-demanded', label);
    return;
  }
  if (truth.done.has(key)) throw new Broken('done-stays', label);
  if (verdict.why === 'busy' || verdict.why === 'behind') judgeBusy(truth, sim, lock, label);
  if (verdict.why === 'overtaken' && version > Math.max(truth.top?.version ?? -1, truth.barred))
    throw new Broken('newer-can', label);
  if (verdict.why === 'rolled-back' && version > truth.barred) throw new Broken('newer-can', label);
  if (verdict.why === 'held' && !truth.hold) throw new Broken('hold-true', label);
  if (verdict.why === 'predecessor' && ready) throw new Broken('done-stays', label);
}

function judgeBusy(truth: Truth, sim: Sim, lock: string, label: string): void {
  const latest = truth.latest.get(lock);
  if (!latest?.open || sim.atMs >= latest.stopsAtMs + 2 * SKEW_MS) throw new Broken('opens-on-time', label);
}

/** A holder that asks on, or says how it ended. */
export function judgeSettle(
  truth: Truth,
  held: Held,
  asks: 'heartbeat' | 'done' | 'fail',
  verdict: SettleVerdict,
  label: string,
): void {
  const latest = truth.latest.get(lockOf(held.deployId, held.phase));
  const isNewest = latest?.fence === held.fence;
  const isHolder = isNewest && (latest.open || (asks === 'done' && latest.jobEnded));
  if (verdict.kind === 'beating' || verdict.kind === 'settled' || verdict.kind === 'already') {
    const isRepeat = asks !== 'heartbeat' && verdict.kind === 'already' && isNewest;
    if (!isHolder && !isRepeat) throw new Broken('stale-writes-nothing', label);
    if (asks === 'heartbeat' && truth.hold && held.phase !== 'build') throw new Broken('hold-stops', label);
  }
  if (verdict.kind === 'held' && !truth.hold) throw new Broken('hold-true', label);
  if (verdict.kind === 'refused' && isHolder) throw new Broken('holder-heard', label);
}

/** The deploy that a rollback would go back from: what is half-way comes before what is live. */
export function goneFrom({ goingTo, goingFrom, unfinished, top, live }: Truth): string | undefined {
  if (goingTo !== undefined) return goingFrom;
  return unfinished === undefined ? live : top?.deployId;
}

export function judgeRollback(
  truth: Truth,
  sim: Sim,
  asked: Asked & {
    to: string | undefined;
    from: string | undefined;
    confirmed: boolean;
    lastAtMs: number;
  },
  verdict: RollbackVerdict,
): void {
  const { label, to, from, confirmed } = asked;
  if (from !== undefined && verdict.kind !== 'refused') {
    // It is that one's turn, or it was; or what was named besides is where the pointer stands.
    const isTurn =
      verdict.kind === 'begun' ? goneFrom(truth) === from : truth.undone.has(from) || to !== undefined;
    if (!isTurn) throw new Broken('rollback-from', label);
  }
  if (verdict.kind === 'there') return;
  const isHeard = from !== undefined && (goneFrom(truth) === from || truth.undone.has(from));
  if (verdict.kind === 'refused' && verdict.why === 'not-live' && isHeard)
    throw new Broken('rollback-from', label);
  const converged = truth.settledRollback && to === undefined && from === undefined;
  if (converged) throw new Broken('rollback-converges', label);
  if (verdict.kind === 'begun') {
    if (!confirmed) throw new Broken('confirmed', label);
    if (truth.hold) throw new Broken('hold-stops', label);
    judgeGrant(truth, sim, verdict.attempt, 'pointer', asked.lastAtMs, label);
    const version = verdict.deploy.version ?? -1;
    const isBack = version < verdict.from && truth.everLive.has(version);
    const again = to === undefined && truth.rolledBack.has(version) && version !== truth.goingTo;
    // What is live is what an unfinished promotion goes back to, and nothing before it.
    const tooFar =
      to === undefined &&
      truth.unfinished !== undefined &&
      truth.goingTo === undefined &&
      version !== truth.current;
    if (!isBack || again || tooFar || verdict.from < Math.max(truth.current ?? -1, truth.unfinished ?? -1))
      throw new Broken('rollback-backwards', label);
    return;
  }
  if (verdict.why === 'busy') judgeBusy(truth, sim, 'pointer', label);
  if (verdict.why === 'held' && !truth.hold) throw new Broken('hold-true', label);
}

/** What the records say, after every step. */
export function judgeRecords(truth: Truth, sim: Sim, label: string): void {
  const record = sim.records.get(environmentPath(ENVIRONMENT));
  if (record === undefined) return;
  const { current } = environmentSchema.parse(record);
  if (current?.version !== truth.current) throw new Broken('pointer-true', label);
  if (!current) return;
  const deploy = deploySchema.parse(sim.records.get(deployPath(ENVIRONMENT, current.deployId)));
  const { publish } = deploy.phases;
  if (publish?.state !== 'done' || publish.artifactId !== current.artifactId)
    throw new Broken('pointer-published', label);
}

/** Keeps a grant in mind. */
export function remember(
  truth: Truth,
  sim: Sim,
  agent: number,
  held: Omit<Held, 'leaseEndsMs'>,
  at: Attempt,
) {
  const leaseEndsMs = Date.parse(at.heartbeatAt) + STALE_MS;
  const aheadMs = sim.setting.oneClock || clockOf(agent) === 'a' ? 0 : sim.setting.offsetMs;
  truth.held[agent] = { ...held, leaseEndsMs };
  truth.latest.set(lockOf(held.deployId, held.phase), {
    fence: held.fence,
    stopsAtMs: leaseEndsMs - aheadMs,
    open: true,
    jobEnded: false,
  });
  truth.maxFence = Math.max(truth.maxFence, held.fence);
}
