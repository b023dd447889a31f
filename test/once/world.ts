import type { Moment } from '../../src/ledger/moment.ts';
import type { Claim } from '../../src/once/claim.ts';
import type * as decide from '../../src/once/decide.ts';

/** The functions under exploration: the real ones, or those of a mutant. */
export type Deciders = Pick<typeof decide, 'decideClaim' | 'decideRecord' | 'decideRelease' | 'decideDoubt'>;

/** Times in the model are small whole numbers: true time, of which each host's clock shows its own idea. */
export const LEASE = 2;
export const WINDOW = 3;
export const SKEW = 1;
export const EPOCH = Date.UTC(2030, 0, 1);

/** Two processes and the clocks that they read. */
export interface Setting {
  readonly name: string;
  readonly clocks: readonly [string, string];
  /** How far each clock is ahead of true time. */
  readonly offsets: readonly [number, number];
  /** The store gives the time. */
  readonly oneClock: boolean;
  readonly payloads: readonly [string | undefined, string | undefined];
  /** True time at which the exploration ends. */
  readonly until: number;
}

/** What one process remembers of its grant. Dying, it forgets. */
export interface Held {
  readonly fence: number;
  /** On its own clock. */
  readonly leaseEnds: number;
  readonly acted: boolean;
}

/** What really became of the newest grant, in true time: kept beside the ledger, and known to no decider. */
export interface Truth {
  readonly fence: number;
  readonly by: 0 | 1;
  readonly leaseEnds: number;
  readonly recordedAt: number | undefined;
  readonly released: boolean;
  readonly acted: boolean;
}

export interface World {
  readonly t: number;
  readonly seq: number;
  /** Time of the ledger's newest entry. */
  readonly lastAt: number;
  readonly claim: Claim | undefined;
  readonly held: readonly [Held | undefined, Held | undefined];
  readonly truth: Truth | undefined;
  readonly lastEffectAt: number | undefined;
}

export const BEGINNING: World = {
  t: 0,
  seq: 0,
  lastAt: EPOCH,
  claim: undefined,
  held: [undefined, undefined],
  truth: undefined,
  lastEffectAt: undefined,
};

export const readingOf = (world: World, setting: Setting, who: 0 | 1): number =>
  EPOCH + world.t + (setting.oneClock ? 0 : setting.offsets[who]);

export function momentOf(world: World, setting: Setting, who: 0 | 1): Moment {
  const nowMs = readingOf(world, setting, who);
  return {
    nowMs,
    writtenMs: Math.max(nowMs, world.lastAt),
    clock: setting.clocks[who],
    oneClock: setting.oneClock,
    maxSkewMs: SKEW,
  };
}

/** True time until which the newest grant blocks its key. */
export function blocksUntil(truth: Truth | undefined): number {
  if (!truth || truth.released) return Number.NEGATIVE_INFINITY;
  return (truth.recordedAt ?? truth.leaseEnds) + WINDOW;
}

/**
 * Two worlds of one key have the same future: deciders compare fences for equality only, so their size is left out
 * (that they grow is checked at each grant).
 */
export function keyOfWorld({ t, lastAt, claim, held, truth, lastEffectAt }: World): string {
  const own = (one: Held | undefined) => one && [one.fence === claim?.fence, one.leaseEnds, one.acted];
  const { fence: _, generation: __, ...rest } = claim ?? {};
  const sameFence = held[0] !== undefined && held[0].fence === held[1]?.fence;
  const { fence: ___, ...true_ } = truth ?? {};
  const past = lastEffectAt !== undefined && lastEffectAt + WINDOW <= t ? 'over' : lastEffectAt;
  return JSON.stringify([t, lastAt, rest, own(held[0]), own(held[1]), sameFence, true_, past]);
}
