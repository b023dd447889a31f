import { z } from 'zod';
import { parseJson } from '../proof/parse-json.ts';
import { WORD } from './entries.ts';
import { MAX_MICROS, microsOf } from './meter-money.ts';

/**
 * What a command has reported so far, one JSON line each into the file `$SHIP_PROOF_REPORT`: costs and values add up.
 * Whatever can't be believed to its end is a fault, and then the sums are only the least that it can have been.
 */
export interface Reported {
  readonly lines: number;
  readonly usdInMicros: number;
  readonly valueMicros: number;
  readonly units: number;
  /** Which of the sums anything was said about. */
  readonly said: { readonly cost: boolean; readonly value: boolean; readonly units: boolean };
  readonly degraded: readonly string[];
  readonly notes: readonly string[];
  readonly fault?: ReportFault;
}

export type ReportFault = 'report-malformed' | 'report-truncated' | 'report-too-long';

export const NOTHING_REPORTED: Reported = {
  lines: 0,
  usdInMicros: 0,
  valueMicros: 0,
  units: 0,
  said: { cost: false, value: false, units: false },
  degraded: [],
  notes: [],
};

export const MAX_LINE_BYTES = 4_096;
const MAX_LINES = 10_000;
const MAX_WORDS = 20;

const money = (rounding: 'up' | 'down') =>
  z.union([z.number(), z.string().max(40)]).transform((amount, context) => {
    const micros = microsOf(amount, rounding);
    if (micros === undefined) context.addIssue({ code: 'custom', message: 'is no amount of dollars' });
    return micros ?? 0;
  });

/** A name that is not known is a typo, and what it says would be missing from the books. */
const lineSchema = z.strictObject({
  usd_in: money('up').optional(),
  value_usd: money('down').optional(),
  units: z.number().nonnegative().max(1e12).optional(),
  note: z.string().optional(),
  degraded: z.union([z.string().transform((name) => [name]), z.array(z.string())]).optional(),
});

/** Adds a line of the report to what was reported before it. */
export function addLine(reported: Reported, text: string): Reported {
  if (text.trim() === '') return reported;
  if (reported.lines >= MAX_LINES || Buffer.byteLength(text) > MAX_LINE_BYTES)
    return { ...reported, fault: 'report-too-long' };
  const parsed = lineSchema.safeParse(parseJson(text));
  if (!parsed.success) return { ...reported, fault: reported.fault ?? 'report-malformed' };
  const { usd_in, value_usd, units, note, degraded = [] } = parsed.data;
  return {
    ...reported,
    lines: reported.lines + 1,
    usdInMicros: Math.min(MAX_MICROS, reported.usdInMicros + (usd_in ?? 0)),
    valueMicros: Math.min(MAX_MICROS, reported.valueMicros + (value_usd ?? 0)),
    units: reported.units + (units ?? 0),
    said: {
      cost: reported.said.cost || usd_in !== undefined,
      value: reported.said.value || value_usd !== undefined,
      units: reported.said.units || units !== undefined,
    },
    degraded: words([...reported.degraded, ...degraded.map((name) => (WORD.test(name) ? name : 'other'))]),
    notes: words([...reported.notes, ...(note !== undefined && WORD.test(note) ? [note] : [])]),
  };
}

/** Names, each once, and not more than a record should hold. */
export const words = (names: readonly string[]): string[] => [...new Set(names)].slice(0, MAX_WORDS);
