import { z } from 'zod';
import type { Snapshot } from '../ledger/ledger.ts';
import { inconclusive } from '../proof/errors.ts';
import { tickStartedSchema } from './entries.ts';

const instant = z.iso.datetime({ precision: 3 });
const micros = z.int().nonnegative();
const count = z.int().nonnegative();

/** A tick that began and has not been settled: what is reserved for it counts as spent. */
const openSchema = tickStartedSchema
  .omit({ kind: true })
  .extend({ startedAt: instant, /** Whose clock its times are of. */ clock: z.string() });

/**
 * The record of one runner: its books of the last days, the tick that is open, and what keeps the next one from running.
 * There is one tick at a time, so at most one reservation is open.
 */
export const runnerSchema = z.strictObject({
  schemaVersion: z.literal(1),
  runner: z.string(),
  /** Ticks so far, halted ones too. */
  ticks: count,
  /** Micro-dollars that are settled, by the UTC day that they are charged to. */
  days: z.record(z.iso.date(), micros),
  open: openSchema.nullable(),
  /** The newest slot that a scheduled tick was started for. */
  slot: instant.nullable(),
  /** How the newest ticks failed, and how many in a row in the same way. */
  breaker: z.strictObject({ failure: z.string(), count: z.int().positive() }).nullable(),
  /** Ticks that were found dead, with what they were charged: one that turns up late is charged what is missing. */
  lost: z.array(
    z.strictObject({
      tick: z.int().positive(),
      fence: z.int().positive(),
      day: z.iso.date(),
      chargedMicros: micros,
    }),
  ),
});

export type OpenTick = z.infer<typeof openSchema>;
export type RunnerState = z.infer<typeof runnerSchema>;

export const RUNNERS = 'runners/';
export const runnerPath = (runner: string): string => `${RUNNERS}${runner}`;

/** A runner's state; a new one where nothing is known of it. Throws `runner-unreadable`: unread books allow nothing. */
export async function readRunner(snapshot: Snapshot, runner: string): Promise<RunnerState> {
  const record = await snapshot.get(runnerPath(runner));
  if (record === undefined) return newRunner(runner);
  const parsed = runnerSchema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw inconclusive(
    'runner-unreadable',
    `the record ${runnerPath(runner)} is not understood by this version, so its books can't be kept and nothing may run; use the version that wrote it`,
    { cause: parsed.error },
  );
}

export const newRunner = (runner: string): RunnerState => ({
  schemaVersion: 1,
  runner,
  ticks: 0,
  days: {},
  open: null,
  slot: null,
  breaker: null,
  lost: [],
});

/** Days that are kept: money may still be settled for the last ones; the history holds all of them. */
const KEPT_DAYS = 8;

/** The books with an amount charged to a day. */
export function charged(days: RunnerState['days'], day: string, amountMicros: number): RunnerState['days'] {
  const all = { ...days, [day]: (days[day] ?? 0) + amountMicros };
  return Object.fromEntries(
    Object.entries(all)
      .sort(([one], [other]) => one.localeCompare(other))
      .slice(-KEPT_DAYS),
  );
}
