import fc from 'fast-check';
import { Broken, newTruth } from './invariants.ts';
import { operations } from './operations.ts';
import { type Deciders, openSim, type Setting, SKEW_MS } from './sim.ts';

/** One host's clock ahead, one behind, and a store that gives the time to all. */
const SETTINGS: readonly Setting[] = [
  { offsetMs: SKEW_MS, oneClock: false },
  { offsetMs: -SKEW_MS, oneClock: false },
  { offsetMs: 0, oneClock: true },
];

export interface Explored {
  readonly runs: number;
  readonly broken: Broken | undefined;
  /** The history that broke it, shortest first. */
  readonly history: string;
}

/** Runs histories of many agents until one breaks an invariant, or all are right. */
export async function explore(deciders: Deciders, runs: number, shrinks: boolean): Promise<Explored> {
  const property = fc.asyncProperty(operations, fc.constantFrom(...SETTINGS), async (commands, setting) => {
    const setup = () => ({ model: newTruth(), real: openSim(deciders, setting) });
    await fc.asyncModelRun(setup, commands);
  });
  const details = await fc.check(property, { numRuns: runs, seed: 7, endOnFailure: !shrinks });
  const error = details.errorInstance;
  if (error !== null && error !== undefined && !(error instanceof Broken)) throw error;
  return {
    runs: details.numRuns,
    broken: error instanceof Broken ? error : undefined,
    history: String(details.counterexample?.[0] ?? ''),
  };
}
