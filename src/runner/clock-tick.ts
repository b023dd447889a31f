import type { Tick } from './history-ticks.ts';

/** GitHub's cron may be hours late. Later than this, it is another day's. */
const LATEST_MS = 24 * 3_600_000;

/** How long after its slot a tick started, ms; null without a slot. */
export const latenessOf = ({ slotMs, first }: Tick): number | null =>
  slotMs === null ? null : first.atMs - slotMs;

/** A tick that nobody asked for, and that came for a slot of its cadence. Without a cadence nobody can tell. */
export function isOnCadence(tick: Tick): boolean {
  const lateMs = latenessOf(tick);
  return tick.trigger === 'schedule' && lateMs !== null && lateMs >= 0 && lateMs <= LATEST_MS;
}
