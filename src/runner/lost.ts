import { createHash } from 'node:crypto';
import { type Moment, skewMs } from '../ledger/moment.ts';
import { instant } from '../proof/proof.ts';
import type { TickEnded } from './entries.ts';
import type { OpenTick } from './tick-state.ts';

/** Whether the open tick's time is over: whoever held it is dead, or stopped acting. Another host's clock may be wrong. */
export const isLost = (open: OpenTick, moment: Moment): boolean =>
  moment.nowMs - skewMs(open.clock, moment) >= Date.parse(open.leaseUntil);

/** The end that a tick is given which wrote none itself. Nobody knows what it cost, so it is charged all that it reserved. */
export const endOfLost = (open: OpenTick, moment: Moment): TickEnded => ({
  kind: 'tick-ended',
  ...identityOf(open),
  fence: open.fence,
  startedAt: open.startedAt,
  endedAt: instant(moment.writtenMs),
  outcome: 'lost',
  usdInMicros: open.reservedMicros,
  usdProvenance: 'reserved',
  valueMicros: 0,
  valueProvenance: 'reserved',
  units: 0,
  degraded: [],
  // Ticks that die make no progress either.
  failure: LOST,
});

const LOST = createHash('sha256').update('lost').digest('hex');

/** What every line about a tick says of it. */
export const identityOf = ({
  runner,
  tick,
  day,
  slot,
  trigger,
  event,
  attempt,
  config,
  label,
}: Pick<
  OpenTick,
  'runner' | 'tick' | 'day' | 'slot' | 'trigger' | 'event' | 'attempt' | 'config' | 'label'
>) => ({
  runner,
  tick,
  day,
  slot,
  trigger,
  ...(event === undefined ? {} : { event }),
  attempt,
  config,
  ...(label === undefined ? {} : { label }),
});
