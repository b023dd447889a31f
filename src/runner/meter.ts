import type { TickEnded } from './entries.ts';
import { type ClaudeCost, NO_CLAUDE } from './meter-claude.ts';
import { MAX_MICROS } from './meter-money.ts';
import { type Reported, words } from './meter-report.ts';

export const METERS = ['report', 'claude'] as const;
export type Meter = (typeof METERS)[number];

/** Everything that is known of a tick's money when its command has ended. */
export interface Metered {
  readonly meter: Meter;
  readonly reported: Reported;
  readonly claude: ClaudeCost;
  readonly reservedMicros: number;
  /** False when the command was stopped or killed: what it spent last it may not have said. */
  readonly complete: boolean;
  /** Micro-dollars that one unit is worth by the runner's config. */
  readonly unitValueMicros: number | undefined;
}

export type Charge = Pick<
  TickEnded,
  'usdInMicros' | 'usdProvenance' | 'valueMicros' | 'valueProvenance' | 'units' | 'degraded' | 'notes'
>;

/**
 * What a tick is charged, and what it brought. A cost that is not known to its end is the whole reservation, or what was
 * reported if that is more already; never zero.
 */
export function chargeOf(metered: Metered): Charge {
  const { reported, reservedMicros } = metered;
  const doubts = doubtsOf(metered);
  const knownMicros = knownCost(metered);
  const isCharged = doubts.length > 0 && reservedMicros >= knownMicros;
  return {
    usdInMicros: isCharged ? reservedMicros : knownMicros,
    usdProvenance: isCharged ? 'reserved' : 'measured',
    ...worthOf(metered),
    units: reported.units,
    degraded: words([...doubts, ...reported.degraded]),
    ...(reported.notes.length > 0 ? { notes: [...reported.notes] } : {}),
  };
}

/** What has been said of the cost up to now. */
export const knownCost = ({
  meter,
  reported,
  claude,
}: Pick<Metered, 'meter' | 'reported' | 'claude'>): number =>
  Math.min(
    MAX_MICROS,
    reported.usdInMicros + (meter === 'claude' ? claude.usdInMicros : NO_CLAUDE.usdInMicros),
  );

/** Why the sum of what was said is not to be believed; empty when it is. */
function doubtsOf({ meter, reported, claude, complete }: Metered): string[] {
  const silent =
    meter === 'claude'
      ? claude.results === 0 && !claude.fault && 'claude-result-missing'
      : !reported.said.cost && !reported.fault && 'cost-not-reported';
  return [
    reported.fault,
    meter === 'claude' && claude.fault,
    silent,
    !complete && 'command-cut-short',
  ].filter((doubt): doubt is string => typeof doubt === 'string');
}

/** Values are measured where they were reported; units may have a price in the config; nothing known is no value. */
function worthOf({ reported, unitValueMicros }: Metered): Pick<Charge, 'valueMicros' | 'valueProvenance'> {
  const { said, valueMicros, units } = reported;
  if (said.value) return { valueMicros, valueProvenance: 'measured' };
  if (said.units && unitValueMicros !== undefined) {
    const declared = Math.min(MAX_MICROS, Math.floor(units * unitValueMicros));
    return { valueMicros: declared, valueProvenance: 'declared' };
  }
  return { valueMicros: 0, valueProvenance: 'reserved' };
}
