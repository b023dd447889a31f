/** What time it is for a decision, and how far two hosts' clocks may be apart. */
export interface Moment {
  /** By this host's clock (or the store's): what ends are compared with, so that no other host brings one nearer. */
  readonly nowMs: number;
  /** The later of that and the ledger's newest entry: what new times are counted from, so that a slow clock cuts none short. */
  readonly writtenMs: number;
  /** This host's clock; what the same clock wrote is compared exactly. */
  readonly clock: string;
  /** True when the store gives the time, so that there is one clock for all. */
  readonly oneClock: boolean;
  readonly maxSkewMs: number;
}

/** Allowance for another host's clock: what it wrote ends this much later, so that a wrong clock opens nothing early. */
export const skewMs = (clock: string, moment: Moment): number =>
  moment.oneClock || clock === moment.clock ? 0 : moment.maxSkewMs;
