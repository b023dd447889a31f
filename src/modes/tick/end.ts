import { chargeOf } from '../../runner/meter.ts';
import { digestOf, failureText } from '../../runner/tick-digest.ts';
import type { TickEnd } from '../../runner/tick-settle.ts';
import type { TickInput } from './inputs.ts';
import type { Worked } from './work.ts';

/** From here on, exit codes mean a signal (128 + n). */
const SIGNALLED = 128;

/** What a tick's work means for its record and the books. */
export function endOf(given: TickInput, worked: Worked, secret: string | undefined): TickEnd {
  const { end, stop, output } = worked;
  const { outcome, haltedBy } = outcomeOf(worked);
  const failure = failureOf(worked, outcome);
  return {
    outcome,
    ...(haltedBy === undefined ? {} : { haltedBy }),
    ...charge(given, worked),
    ...(end === undefined || end.notStarted !== undefined ? {} : { exitCode: end.code }),
    ...(end === undefined ? {} : { logDigest: digestOf(output.text(), secret) }),
    ...(end?.containment === undefined ? {} : { containment: end.containment }),
    ...(failure === undefined ? {} : { failure: digestOf(failure, secret) }),
  };

  function failureOf({ end }: Worked, outcome: TickEnd['outcome']): string | undefined {
    if (outcome !== 'failed' || !end) return undefined;
    return failureText({
      exitCode: end.code,
      cause: stop?.by ?? end.notStarted,
      // A command that was stopped failed by being slow, wherever it was.
      lastLine: stop ? '' : output.lastLine(),
    });
  }
}

/** A control that was read halts; a clock that ran out has failed; what could not be read or was cut short proves nothing. */
export function outcomeOf({ end, stop }: Worked): Pick<TickEnd, 'outcome' | 'haltedBy'> {
  // It ended by itself before the stop reached it.
  if (!stop || (end && !end.stopped))
    return { outcome: end?.code === 0 && end.notStarted === undefined ? 'passed' : 'failed' };
  switch (stop.by) {
    case 'max-runtime':
      return { outcome: 'failed', haltedBy: stop.by };
    case 'interrupted':
    case 'guard-unreadable':
      return { outcome: 'inconclusive', haltedBy: stop.by };
    default:
      return { outcome: 'halted', haltedBy: stop.by };
  }
}

function charge(given: TickInput, { end, reported, claude, reservedMicros }: Worked) {
  // What never ran cost nothing, and that is known.
  if (end === undefined || end.notStarted !== undefined) {
    return {
      usdInMicros: 0,
      usdProvenance: 'measured' as const,
      valueMicros: 0,
      valueProvenance: 'measured' as const,
      units: 0,
      degraded: [],
    };
  }
  return chargeOf({
    meter: given.meter,
    reported,
    claude,
    reservedMicros,
    complete: !end.stopped && end.code < SIGNALLED,
    unitValueMicros: given['unit-value'],
  });
}
