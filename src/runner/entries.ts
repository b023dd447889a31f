import { z } from 'zod';

/**
 * The lines that the unattended runner writes into the history. The books, the clock, the watchdog and the retrospective are pure
 * functions of them. Money is integer micro-dollars; texts are enums, names and digests, but for an incident's, which are its
 * author's own words.
 */
const instant = z.iso.datetime({ precision: 3 });
const micros = z.int().nonnegative();
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
/** What may stand in a ledger that others can read. */
export const WORD = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/;
const word = z.string().regex(WORD);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const day = z.iso.date();

/** Where a number came from: reported while it ran, taken from the runner's config, or charged because nothing else was known. */
const PROVENANCES = ['measured', 'declared', 'reserved'] as const;

/** Who asked for a tick. Only `schedule` counts for the clock: a cron event, or the supervised loop at its slot. */
const TRIGGERS = ['schedule', 'manual', 'rerun'] as const;

/** Which control stopped a tick. */
const HALTS = [
  'kill-flag',
  'kill-file',
  'kill-environment',
  'spend-cap',
  'breaker',
  'max-runtime',
  'interrupted',
  'guard-unreadable',
] as const;

export const CONTROLS = ['spend-cap', 'kill-flag', 'kill-process'] as const;

/** What every line about a tick says of it. */
const ofTick = {
  runner: name,
  /** Counts the runner's ticks, from 1. */
  tick: z.int().positive(),
  /** The UTC day that the tick is charged to: that of its reservation. */
  day,
  /** The cadence's slot that it is for; null where there is no cadence. */
  slot: instant.nullable(),
  trigger: z.enum(TRIGGERS),
  event: z.string().optional(),
  attempt: z.int().positive(),
  /** Digest of the runner's effective config: the clock starts anew when it changes. */
  config: digest,
  label: word.optional(),
};

export const tickStartedSchema = z.looseObject({
  kind: z.literal('tick-started'),
  ...ofTick,
  fence: z.int().positive(),
  reservedMicros: micros,
  capMicros: micros,
  leaseUntil: instant,
});

/** A tick that a control stopped before any work. */
export const tickHaltedSchema = z.looseObject({
  kind: z.literal('tick-halted'),
  ...ofTick,
  haltedBy: z.enum(HALTS),
});

/** The end of a started tick, written by itself, or as `lost` by the next one that finds its lease expired. */
export const tickEndedSchema = z.looseObject({
  kind: z.literal('tick-ended'),
  ...ofTick,
  fence: z.int().positive(),
  startedAt: instant,
  endedAt: instant,
  outcome: z.enum(['passed', 'failed', 'halted', 'inconclusive', 'lost']),
  haltedBy: z.enum(HALTS).optional(),
  /** What it cost and what it brought. */
  usdInMicros: micros,
  usdProvenance: z.enum(PROVENANCES),
  valueMicros: micros,
  valueProvenance: z.enum(PROVENANCES),
  units: z.number().nonnegative(),
  exitCode: z.int().optional(),
  logDigest: digest.optional(),
  /** What kept the command's processes together. */
  containment: z.string().optional(),
  /** Names of what it had to do without: a source that was skipped, a fallback that was used. */
  degraded: z.array(word),
  /** Words that it noted; what is no word is not kept. */
  notes: z.array(word).optional(),
  /** Digest of how it failed: equal ones in a row trip the breaker. */
  failure: digest.optional(),
});

/** A running tick that spent more than it had reserved, and took more of what was left of its day. */
export const reservationRaisedSchema = z.looseObject({
  kind: z.literal('reservation-raised'),
  runner: name,
  tick: z.int().positive(),
  day,
  fence: z.int().positive(),
  /** All that is reserved for it now. */
  reservedMicros: micros,
});

/** A tick that was written down as lost turned up after all, and had cost more than it was charged. */
export const tickCorrectedSchema = z.looseObject({
  kind: z.literal('tick-corrected'),
  runner: name,
  tick: z.int().positive(),
  day,
  fence: z.int().positive(),
  /** What is charged in addition. */
  usdInMicros: micros,
});

export const breakerRearmedSchema = z.looseObject({ kind: z.literal('breaker-rearmed'), runner: name });

export const drillSchema = z.looseObject({
  kind: z.literal('drill'),
  runner: name,
  control: z.enum(CONTROLS),
  outcome: z.enum(['passed', 'failed', 'inconclusive']),
  config: digest,
  containment: z.string().optional(),
  /** What was seen: numbers and words, such as `{ marks: 0, alive: 0, haltedBy: 'spend-cap' }`. */
  evidence: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

export const ALERTS = ['no-value', 'missed-slots', 'late-slots', 'lost-tick', 'books-gap'] as const;

export const alertSchema = z.looseObject({
  kind: z.enum(['alert-raised', 'alert-cleared']),
  runner: name,
  alert: z.enum(ALERTS),
  /** How many ticks, slots … it is about. */
  count: z.int().nonnegative(),
});

/** Everybody who had to hear of an alert, or of its end, has; `issue` is that of the repository, where one could be opened. */
export const alertToldSchema = z.looseObject({
  kind: z.literal('alert-told'),
  runner: name,
  alert: z.enum(ALERTS),
  issue: z.int().positive().optional(),
});

/** The watchdog looked, whatever it found. */
export const watchdogSchema = z.looseObject({ kind: z.literal('watchdog-looked'), runner: name });

/** One printable line of its author's. */
export const LINE = /^[\x20-\x7e\u00a0-\uffff]{1,500}$/;
const line = z.string().regex(LINE);
export const MAX_FIX_CHARACTERS = 300;

export const incidentSchema = z.looseObject({
  kind: z.enum(['incident-opened', 'incident-fixed', 'incident-recovered']),
  runner: name,
  incident: name,
  title: line.optional(),
  trace: line.optional(),
  cause: line.optional(),
  /** A commit, pull request or run, that was found to exist. */
  fix: z.string().max(MAX_FIX_CHARACTERS).optional(),
});

export type TickStarted = z.infer<typeof tickStartedSchema>;
export type TickHalted = z.infer<typeof tickHaltedSchema>;
export type TickEnded = z.infer<typeof tickEndedSchema>;
export type ReservationRaised = z.infer<typeof reservationRaisedSchema>;
export type TickCorrected = z.infer<typeof tickCorrectedSchema>;
export type Drill = z.infer<typeof drillSchema>;
export type Alert = z.infer<typeof alertSchema>;
export type Incident = z.infer<typeof incidentSchema>;
export type Halt = (typeof HALTS)[number];
export type Trigger = (typeof TRIGGERS)[number];
