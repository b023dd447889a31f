import { leaseEndsMs } from '../../src/once/claim.ts';
import type { Ruling } from '../../src/once/decide.ts';
import { Broken, type Invariant, judgeEffect, judgeRuling, type Meaning } from './invariants.ts';
import {
  type Deciders,
  EPOCH,
  type Held,
  LEASE,
  momentOf,
  readingOf,
  type Setting,
  type Truth,
  WINDOW,
  type World,
} from './world.ts';

export interface Step {
  readonly label: string;
  readonly next: World;
}

type Who = 0 | 1;

/** Everything that may happen next: time passes, a process does its next thing, dies, or somebody makes a mistake. */
export function stepsFrom(world: World, setting: Setting, deciders: Deciders, only?: Invariant): Step[] {
  const later = world.t < setting.until ? [{ label: 'time passes', next: { ...world, t: world.t + 1 } }] : [];
  return [...later, ...([0, 1] as const).flatMap((who) => stepsOf(who, world, setting, deciders, only))];
}

function stepsOf(
  who: Who,
  world: World,
  setting: Setting,
  deciders: Deciders,
  only: Invariant | undefined,
): Step[] {
  const { claim, truth } = world;
  const held = world.held[who];
  const moment = momentOf(world, setting, who);
  const steps: Step[] = [];
  /** Asks a decider, has the ruling judged, and lets it happen. */
  const ask = (
    name: string,
    meaning: Meaning,
    ruling: Ruling,
    then: (after: World) => World = (same) => same,
  ) => {
    const label = `${who} ${name}: ${ruling.kind === 'refused' ? ruling.why : ruling.kind}`;
    watch(only, () => judgeRuling({ world, setting, who, meaning, ruling, label }));
    steps.push({ label, next: then(applied(world, setting, who, ruling)) });
  };
  const forget = (after: World) => withHeld(after, who, undefined);

  if (!held) {
    const payload = setting.payloads[who];
    const command = { holder: { actor: `host:${who}` }, leaseMs: LEASE, windowMs: WINDOW, payload };
    const ruling = deciders.decideClaim(claim, command, world.seq + 1, moment);
    ask('claims', { asks: 'claim', payload }, ruling, (after) =>
      ruling.kind === 'granted'
        ? withHeld(withoutForgotten(after, world), who, {
            fence: ruling.claim.fence,
            leaseEnds: leaseEndsMs(ruling.claim),
            acted: false,
          })
        : after,
    );
  } else {
    const { fence, acted, leaseEnds } = held;
    steps.push({ label: `${who} dies`, next: forget(world) });
    const running = moment.nowMs < leaseEnds;
    if (!acted && running) steps.push(actionOf(who, held, world, only));
    if (acted) ask('records', { asks: 'record', fence }, deciders.decideRecord(claim, fence, moment), forget);
    // Also late, when another may hold the key.
    if (acted)
      ask(
        'records without fence',
        { asks: 'record', holds: fence },
        deciders.decideRecord(claim, undefined, moment),
        forget,
      );
    if (!acted) {
      const command = { fence, confirmed: false };
      ask(
        'releases',
        { asks: 'release', ...command },
        deciders.decideRelease(claim, command, moment),
        forget,
      );
    }
    ask(
      'doubts',
      { asks: 'doubt', fence },
      deciders.decideDoubt(claim, fence, 'command-failed', moment),
      forget,
    );
  }

  // Another job of the same workflow, told the fence: it may run on another host.
  if (truth?.acted)
    ask(
      'records by the fence it was told',
      { asks: 'record', fence: truth.fence },
      deciders.decideRecord(claim, truth.fence, moment),
    );
  // A person who has looked: the effect did not happen, and nobody is left who could still do it.
  if (truth && !truth.acted && !canStillAct(world, setting)) {
    const command = { fence: truth.fence, confirmed: true };
    ask(
      'is told that it did not happen',
      { asks: 'release', ...command },
      deciders.decideRelease(claim, command, moment),
    );
  }
  mistakes(world, deciders, moment, ask);
  if (moment.nowMs > world.lastAt) {
    steps.push({
      label: `${who} writes something else`,
      next: { ...world, seq: world.seq + 1, lastAt: moment.nowMs },
    });
  }
  return steps;
}

function watch(only: Invariant | undefined, judge: () => void): void {
  try {
    judge();
  } catch (error) {
    if (only === undefined || !(error instanceof Broken) || error.invariant === only) throw error;
  }
}

/** What nobody should be able to do: each is asked for, and has to be refused. */
function mistakes(
  world: World,
  { decideRecord, decideRelease, decideDoubt }: Deciders,
  moment: ReturnType<typeof momentOf>,
  ask: (name: string, meaning: Meaning, ruling: Ruling) => void,
): void {
  const { claim, truth } = world;
  const guess = { fence: undefined, confirmed: false };
  ask('releases somebody’s', { asks: 'release', ...guess }, decideRelease(claim, guess, moment));
  // A confirmation is about a doubt: it neither frees a running claim nor undoes a record.
  if (truth && (truth.recordedAt !== undefined || world.t < truth.leaseEnds)) {
    const sure = { fence: undefined, confirmed: true };
    if (claim?.state !== 'in-doubt')
      ask('releases it blindly', { asks: 'release', ...sure }, decideRelease(claim, sure, moment));
  }
  const old = { fence: world.seq + 1_000, confirmed: true };
  ask('releases by another fence', { asks: 'release', ...old }, decideRelease(claim, old, moment));
  ask(
    'records by another fence',
    { asks: 'record', fence: old.fence },
    decideRecord(claim, old.fence, moment),
  );
  ask(
    'doubts by another fence',
    { asks: 'doubt', fence: old.fence },
    decideDoubt(claim, old.fence, 'job-ended', moment),
  );
  // While the lease runs a record without fence is believed; otherwise nobody knows whose it is.
  const over = claim?.state !== 'claimed' || (truth && world.t > truth.leaseEnds + 2);
  if (over) ask('records what nobody holds', { asks: 'record' }, decideRecord(claim, undefined, moment));
  if (truth?.released || truth?.recordedAt !== undefined) {
    ask(
      'records what is settled',
      { asks: 'record', fence: truth.fence },
      decideRecord(claim, truth.fence, moment),
    );
    ask(
      'doubts what is settled',
      { asks: 'doubt', fence: truth.fence },
      decideDoubt(claim, truth.fence, 'job-ended', moment),
    );
  }
}

function actionOf(who: Who, held: Held, world: World, only: Invariant | undefined): Step {
  const label = `${who} acts`;
  watch(only, () => judgeEffect(world, held, label));
  const truth = world.truth && { ...world.truth, acted: true };
  return { label, next: { ...withHeld(world, who, { ...held, acted: true }), truth, lastEffectAt: world.t } };
}

const canStillAct = (world: World, setting: Setting): boolean =>
  ([0, 1] as const).some((who) => {
    const held = world.held[who];
    return (
      held?.fence === world.truth?.fence &&
      held !== undefined &&
      readingOf(world, setting, who) < held.leaseEnds
    );
  });

function withHeld(world: World, who: Who, held: Held | undefined): World {
  return { ...world, held: who === 0 ? [held, world.held[1]] : [world.held[0], held] };
}

/** Whoever slept through another's grant and its window is not waited for, and neither is one that others have spoken for. */
function withoutForgotten(after: World, { truth }: World): World {
  const isOver = (one: Held | undefined) => one?.fence !== truth?.fence || truth?.recordedAt !== undefined;
  const [first, second] = after.held;
  return { ...after, held: [isOver(first) ? undefined : first, isOver(second) ? undefined : second] };
}

/** The world after a ruling was committed. */
function applied(world: World, setting: Setting, who: Who, ruling: Ruling): World {
  if (ruling.kind === 'refused' || ruling.kind === 'already') return world;
  const { claim } = ruling;
  const { writtenMs } = momentOf(world, setting, who);
  return {
    ...world,
    seq: world.seq + 1,
    lastAt: writtenMs,
    claim,
    truth: truthAfter(world, setting, who, ruling),
  };
}

function truthAfter(
  { t, truth }: World,
  { offsets, oneClock }: Setting,
  who: Who,
  { kind, claim }: Ruling,
): Truth | undefined {
  if (kind === 'granted') {
    const leaseEnds = leaseEndsMs(claim) - EPOCH - (oneClock ? 0 : offsets[who]);
    return { fence: claim.fence, by: who, leaseEnds, recordedAt: undefined, released: false, acted: false };
  }
  if (kind !== 'settled' || !truth) return truth;
  return claim.state === 'recorded' ? { ...truth, recordedAt: t } : { ...truth, released: true };
}
