import { z } from 'zod';
import { RESET_REASONS } from '../../runner/clock.ts';
import { incidentRecordSchema } from '../../runner/incident.ts';
import type { Sums } from '../../runner/totals.ts';

const instant = z.iso.datetime({ precision: 3 });
const day = z.iso.date();
const count = z.int().nonnegative();

/** Ticks and money of some ticks; `ratio` is value for a dollar, null where nothing was spent. */
const sums = {
  ticks: count,
  started: count,
  passed: count,
  failed: count,
  halted: count,
  inconclusive: count,
  lost: count,
  haltedBefore: count,
  open: count,
  usdInMicros: count,
  usdMeasuredMicros: count,
  usdDeclaredMicros: count,
  usdReservedMicros: count,
  usdOpenMicros: count,
  valueMicros: count,
  valueMeasuredMicros: count,
  valueDeclaredMicros: count,
  units: z.number().nonnegative(),
  degraded: count,
  ratio: z
    .string()
    .regex(/^\d+\.\d{2}$/)
    .nullable(),
} satisfies Record<keyof Sums, z.ZodType>;

/** totals.json: the numbers of the account, for programs. Money is integer micro-dollars. */
export const totalsFileSchema = z.strictObject({
  schemaVersion: z.literal(1),
  runner: z.string(),
  since: day.nullable(),
  until: day.nullable(),
  /** How far the books go. */
  asOf: instant,
  totals: z.strictObject(sums),
  days: z.array(z.strictObject({ day, ...sums })),
  /** By the Monday that each begins with. */
  weeks: z.array(z.strictObject({ week: day, ...sums })),
  /** Ticks without a label are under the empty text. */
  labels: z.array(z.strictObject({ label: z.string(), ...sums })),
  clock: z.strictObject({
    state: z.enum(['waiting', 'running', 'complete']),
    day: count,
    days: z.int().positive(),
    startedOn: day.nullable(),
    completedOn: day.nullable(),
    lacks: z.array(z.string()),
    resets: z.array(z.strictObject({ day, reason: z.enum(RESET_REASONS) })),
  }),
  incidents: z.array(
    incidentRecordSchema.omit({ schemaVersion: true }).extend({
      openedAt: instant,
      fixedAt: instant.optional(),
      recoveredAt: instant.optional(),
    }),
  ),
  alerts: z.strictObject({ raised: count, cleared: count }),
  gaps: z.array(z.strictObject({ id: z.string(), observed: z.string() })),
});

export type TotalsFile = z.infer<typeof totalsFileSchema>;
