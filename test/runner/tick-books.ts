import type { TickEnded, TickStarted } from '../../src/runner/entries.ts';

/** The books as the history tells them, added up here once more, without the record that the program keeps beside it. */
export interface Books {
  /** Micro-dollars charged by day. */
  readonly days: Readonly<Record<string, number>>;
  /** The most that was settled and reserved at any time, by day. */
  readonly peaks: Readonly<Record<string, number>>;
  readonly started: readonly TickStarted[];
  readonly ended: readonly TickEnded[];
  readonly open: readonly TickStarted[];
  /** What is wrong with them. */
  readonly faults: readonly string[];
}

type Line = Readonly<Record<string, unknown>>;

/** Replays the entries of one runner, oldest first. */
export function replay(entries: readonly Line[], runner: string): Books {
  const days: Record<string, number> = {};
  const peaks: Record<string, number> = {};
  const faults: string[] = [];
  const started: TickStarted[] = [];
  const ended: TickEnded[] = [];
  const open = new Map<number, TickStarted & { reservedMicros: number }>();
  const closed = new Set<number>();
  const slots = new Set<string>();
  let lastTick = 0;
  const charge = (day: string, micros: number) => {
    days[day] = (days[day] ?? 0) + micros;
  };
  for (const line of entries.filter((one) => one.runner === runner)) {
    if (line.kind === 'tick-started' || line.kind === 'tick-halted') {
      const tick = line.tick as number;
      if (tick !== lastTick + 1) faults.push(`tick ${tick} follows ${lastTick}`);
      lastTick = tick;
    }
    if (line.kind === 'tick-started') {
      const one = line as unknown as TickStarted;
      if (open.size > 0) faults.push(`tick ${one.tick} overlaps`);
      if (one.trigger === 'schedule' && one.slot !== null) {
        if (slots.has(one.slot)) faults.push(`slot ${one.slot} runs twice`);
        slots.add(one.slot);
      }
      started.push(one);
      open.set(one.fence, { ...one });
    } else if (line.kind === 'reservation-raised') {
      const one = open.get(line.fence as number);
      if (!one) faults.push(`a reservation of no open tick was raised`);
      else one.reservedMicros = line.reservedMicros as number;
    } else if (line.kind === 'tick-ended') {
      const one = line as unknown as TickEnded;
      if (!open.delete(one.fence)) faults.push(`tick ${one.tick} ends twice, or never began`);
      closed.add(one.fence);
      ended.push(one);
      charge(one.day, one.usdInMicros);
    } else if (line.kind === 'tick-corrected') {
      if (!closed.has(line.fence as number)) faults.push('an open tick was corrected');
      charge(line.day as string, line.usdInMicros as number);
    }
    for (const day of new Set([...Object.keys(days), ...[...open.values()].map((one) => one.day)])) {
      const reserved = [...open.values()].filter((one) => one.day === day);
      const sum = (days[day] ?? 0) + reserved.reduce((total, one) => total + one.reservedMicros, 0);
      peaks[day] = Math.max(peaks[day] ?? 0, sum);
    }
  }
  return { days, peaks, started, ended, open: [...open.values()], faults };
}
