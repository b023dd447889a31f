import { Broken, type Invariant } from './invariants.ts';
import { stepsFrom } from './steps.ts';
import { BEGINNING, type Deciders, keyOfWorld, type Setting, type World } from './world.ts';

export interface Explored {
  readonly states: number;
  readonly steps: number;
  /** Undefined when every history is right. */
  readonly broken: { readonly error: Broken; readonly history: readonly string[] } | undefined;
}

interface Visit {
  readonly world: World;
  readonly label: string;
  readonly from: Visit | undefined;
}

/**
 * Visits every world that can be reached, shortest histories first, up to the first one in which something is wrong;
 * with `only`, in which this invariant is broken, whatever else is.
 */
export function explore(setting: Setting, deciders: Deciders, only?: Invariant): Explored {
  const seen = new Set([keyOfWorld(BEGINNING)]);
  let steps = 0;
  let wave: Visit[] = [{ world: BEGINNING, label: 'the beginning', from: undefined }];
  while (wave.length > 0) {
    const next: Visit[] = [];
    for (const visit of wave) {
      try {
        for (const { label, next: world } of stepsFrom(visit.world, setting, deciders, only)) {
          steps += 1;
          const key = keyOfWorld(world);
          if (seen.has(key)) continue;
          seen.add(key);
          next.push({ world, label, from: visit });
        }
      } catch (error) {
        if (!(error instanceof Broken)) throw error;
        return { states: seen.size, steps, broken: { error, history: [...historyOf(visit), error.label] } };
      }
    }
    wave = next;
  }
  return { states: seen.size, steps, broken: undefined };
}

const historyOf = ({ world, label, from }: Visit): string[] => [
  ...(from ? historyOf(from) : []),
  `t=${world.t} ${label}`,
];

const settings = (name: string, more: Partial<Setting>): Setting => ({
  name,
  clocks: ['a', 'a'],
  offsets: [0, 0],
  oneClock: false,
  payloads: [undefined, undefined],
  until: process.env.SHIP_PROOF_RELIABILITY === '1' ? 9 : 6,
  ...more,
});

/** One host, a store with a clock of its own, and two hosts whose clocks differ by all that is allowed. */
export const SETTINGS: readonly Setting[] = [
  settings('one host', {}),
  settings('one host, the same payload', { payloads: ['x', 'x'] }),
  settings('one host, two payloads', { payloads: ['x', 'y'] }),
  settings('one host, one payload', { payloads: ['x', undefined] }),
  settings('the store’s clock', { clocks: ['a', 'b'], offsets: [1, -1], oneClock: true }),
  settings('two hosts, clocks alike', { clocks: ['a', 'b'] }),
  settings('two hosts, one clock fast', { clocks: ['a', 'b'], offsets: [0, 1] }),
  settings('two hosts, one clock slow', { clocks: ['a', 'b'], offsets: [0, -1] }),
];
