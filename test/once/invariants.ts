import type { Ruling } from '../../src/once/decide.ts';
import { blocksUntil, type Held, LEASE, type Setting, SKEW, WINDOW, type World } from './world.ts';

/** What has to hold in every history, whoever does what in which order. */
export const INVARIANTS = {
  'one-effect': 'at most one effect per window',
  'one-holder': 'whoever acts holds the newest grant',
  'fence-grows': 'a grant has a higher fence and generation than any before it',
  'lease-whole': 'no lease ends before its holder stops',
  'window-whole': 'a key is not granted again before its window has ended',
  'doubt-blocks': 'what may have happened is not silently retried',
  'record-stays': 'a recorded key stays recorded until its window has ended',
  'released-by-right': 'a claim is released only by its fence or with confirmation, and a recorded one never',
  'recorded-by-right': 'only whoever was granted a claim can record it',
  'doubted-by-right': 'a claim is put in doubt only by its holder, or after its lease, and only once',
  'doubt-faithful': 'a doubt changes neither whose claim it is, nor when its window ends',
  'payload-told': 'another payload under the same key is told, and no other',
  'time-forward': 'no new time lies before the ledger’s newest entry',
  'opens-on-time': 'a key is free again when its window has ended (another host’s: a little later)',
} as const;

export type Invariant = keyof typeof INVARIANTS;

export class Broken extends Error {
  readonly invariant: Invariant;
  readonly label: string;

  constructor(invariant: Invariant, label: string) {
    super(`${invariant} (${INVARIANTS[invariant]}) broken by: ${label}`);
    this.invariant = invariant;
    this.label = label;
  }
}

/** What was asked of a decider, as far as right and wrong depend on it. */
export type Meaning =
  | { readonly asks: 'claim'; readonly payload: string | undefined }
  /** Who gives no fence may have one all the same: whose claim it means. */
  | { readonly asks: 'record'; readonly fence?: number; readonly holds?: number }
  | { readonly asks: 'release'; readonly fence: number | undefined; readonly confirmed: boolean }
  | { readonly asks: 'doubt'; readonly fence: number };

export interface Judged {
  readonly world: World;
  readonly setting: Setting;
  readonly who: 0 | 1;
  readonly meaning: Meaning;
  readonly ruling: Ruling;
  readonly label: string;
}

export function judgeEffect({ t, truth, lastEffectAt }: World, held: Held, label: string): void {
  if (lastEffectAt !== undefined && t < lastEffectAt + WINDOW) throw new Broken('one-effect', label);
  if (truth?.fence !== held.fence) throw new Broken('one-holder', label);
}

/** Compares a ruling with what really happened, which no decider knows. */
export function judgeRuling(judged: Judged): void {
  const { world, meaning, ruling, label } = judged;
  if (ruling.kind !== 'already' && ruling.kind !== 'refused') {
    const { claimedAt, leaseUntil, settledAt } = ruling.claim;
    const begins =
      ruling.kind === 'granted'
        ? [Date.parse(claimedAt), Date.parse(leaseUntil) - LEASE]
        : [Date.parse(settledAt ?? '')];
    if (begins.some((begin) => !(begin >= world.lastAt))) throw new Broken('time-forward', label);
  }
  const { kind } = ruling;
  if (kind === 'granted') judgeGrant(judged, ruling.claim.fence, ruling.claim.generation);
  else if (kind === 'settled' && ruling.claim.state === 'recorded') judgeRecord(judged);
  else if (kind === 'settled') judgeRelease(judged);
  else if (kind === 'doubted') judgeDoubt(judged);
  else if (meaning.asks === 'claim') judgeNo(judged, meaning.payload);
  else if (meaning.asks === 'doubt' && kind === 'already' && world.truth?.released) {
    throw new Broken('doubted-by-right', label);
  }
}

function judgeGrant({ world, label }: Judged, fence: number, generation: number): void {
  const { t, truth, claim, seq } = world;
  if (truth && t < blocksUntil(truth)) {
    if (truth.recordedAt !== undefined) throw new Broken('window-whole', label);
    throw new Broken(
      claim?.state === 'claimed' && t < truth.leaseEnds ? 'lease-whole' : 'doubt-blocks',
      label,
    );
  }
  if (fence <= seq || generation <= (claim?.generation ?? 0)) throw new Broken('fence-grows', label);
}

function judgeRecord({ world: { truth }, meaning, label }: Judged): void {
  const isHolders = meaning.asks === 'record' && (meaning.fence ?? meaning.holds) === truth?.fence;
  if (!isHolders || truth?.released || truth?.recordedAt !== undefined)
    throw new Broken('recorded-by-right', label);
}

function judgeRelease({ world: { t, truth, claim }, meaning, label }: Judged): void {
  if (meaning.asks !== 'release' || !truth || truth.recordedAt !== undefined)
    throw new Broken('released-by-right', label);
  if (meaning.confirmed && claim?.state === 'claimed' && meaning.fence === undefined && t < truth.leaseEnds) {
    throw new Broken('lease-whole', label);
  }
  const byHolder = meaning.fence === truth.fence && !truth.acted;
  const byPerson = meaning.confirmed && t >= truth.leaseEnds;
  // Of a doubt its own fence says nothing: the process that holds it can't know either.
  if (!(meaning.confirmed ? byHolder || byPerson : byHolder)) throw new Broken('released-by-right', label);
}

function judgeDoubt({ world: { t, truth, claim }, meaning, ruling, label }: Judged): void {
  const byHolder = meaning.asks === 'doubt' && meaning.fence === truth?.fence;
  if (truth?.recordedAt !== undefined) throw new Broken('record-stays', label);
  if (claim?.state !== 'claimed') throw new Broken('doubted-by-right', label);
  if (!byHolder && (meaning.asks !== 'claim' || !truth || t < truth.leaseEnds))
    throw new Broken('lease-whole', label);
  const { state: _, reason: __, settledAt: ___, ...before } = claim;
  const { state: _s, reason: _r, settledAt: _t, ...after } = ruling.claim ?? claim;
  if (JSON.stringify(before) !== JSON.stringify(after)) throw new Broken('doubt-faithful', label);
}

/** A claim that was not granted: was the key taken, and is the answer true? */
function judgeNo({ world, setting, ruling, label }: Judged, payload: string | undefined): void {
  const { t, truth, claim, lastAt } = world;
  const isOthers = payload !== undefined && claim?.payload !== undefined && claim.payload !== payload;
  const toldOther = ruling.kind === 'refused' && ruling.why === 'other-payload';
  if (isOthers !== toldOther) throw new Broken('payload-told', label);
  const recorded = truth?.recordedAt !== undefined;
  if ((ruling.kind === 'already') !== (recorded && !isOthers)) throw new Broken('record-stays', label);
  const oneHost = setting.oneClock || setting.clocks[0] === setting.clocks[1];
  const lateMs = oneHost ? 0 : 4 * SKEW;
  if (t >= blocksUntil(truth) + lateMs && lastAt >= 0) throw new Broken('opens-on-time', label);
}
