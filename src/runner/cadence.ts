import type { Cron } from 'croner';
import { invalid } from '../proof/errors.ts';

/** The slots of a schedule. All times are epoch milliseconds, UTC, on whole minutes. */
export interface Cadence {
  readonly text: string;
  /** The newest slot at or before a moment; undefined when there was none in ten years. */
  latest(atMs: number): number | undefined;
  /** The first slot after a moment; undefined when there is none. */
  next(afterMs: number): number | undefined;
  /** The slots in (fromMs, toMs], oldest first; of more than `most`, the newest. */
  between(fromMs: number, toMs: number, most?: number): readonly number[];
}

const TEXT = /^(\S+(?:\s+\S+){4})(?:\s+([A-Za-z][A-Za-z0-9_+/-]{0,63}))?$/;
const SECOND_MS = 1_000;
const MOST_SLOTS = 1_000;

/**
 * Reads a cadence: the five fields of a cron line, and behind them, where it is not UTC, an IANA time zone, as in
 * `30 2 * * 1-5 Europe/Berlin`. Where clocks go forward, a fixed time that does not exist is held at the next one that
 * does (2:30 at 3:00); where they go back, it is held once. That is GitHub's rule for `timezone`, too. Throws `cadence-invalid`.
 */
export async function readCadence(text: string): Promise<Cadence> {
  const { Cron } = await import('croner');
  const [, pattern, timezone = 'UTC'] = TEXT.exec(text.trim()) ?? [];
  const wrong = (why: string, cause?: unknown) =>
    invalid(
      'cadence-invalid',
      `input \`cadence\` is ${JSON.stringify(text.slice(0, 120))}, which ${why}; allowed: the five fields of a cron line, and a time zone where it is not UTC, such as "0 */4 * * *" or "30 2 * * 1-5 Europe/Berlin"`,
      { cause },
    );
  if (pattern === undefined) throw wrong('does not have five fields');
  try {
    const cron = new Cron(pattern, { timezone, mode: '5-part', fixedTimeRule: 'no-wildcard', paused: true });
    // The zone is looked up when it is first used.
    if (!cron.nextRun(new Date(0))) throw new RangeError('no such date');
    return cadenceOf(cron, text.trim());
  } catch (error) {
    throw wrong('names no slot', error);
  }
}

function cadenceOf(cron: Cron, text: string): Cadence {
  const before = (ms: number, count: number): number[] =>
    // Whole seconds, and those before it: the slot at the moment itself belongs to it.
    cron
      .previousRuns(count, new Date((Math.floor(ms / SECOND_MS) + 1) * SECOND_MS))
      .map((slot) => slot.getTime());
  return {
    text,
    latest: (atMs) => before(atMs, 1)[0],
    next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime(),
    between: (fromMs, toMs, most = MOST_SLOTS) => {
      const slots: number[] = [];
      // In portions, from the newest: a gap of years is not walked for the few slots that are asked for.
      for (let endMs = toMs; slots.length < most; ) {
        const found = before(endMs, Math.min(64, most - slots.length));
        slots.push(...found.filter((slot) => slot > fromMs));
        const oldest = found.at(-1);
        if (oldest === undefined || oldest <= fromMs) break;
        endMs = oldest - SECOND_MS;
      }
      return slots.reverse();
    },
  };
}
