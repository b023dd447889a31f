import { z } from 'zod';
import { parseJson } from '../proof/parse-json.ts';
import { MAX_MICROS, microsOf } from './meter-money.ts';

/**
 * What Claude Code said of its costs: `--output-format json` (or `stream-json`) ends in one line with a result, whose
 * `total_cost_usd` is the cost of that call. A script may make several calls; their costs add up.
 */
export interface ClaudeCost {
  readonly results: number;
  readonly usdInMicros: number;
  readonly fault?: 'claude-cost-missing' | 'claude-result-malformed';
}

export const NO_CLAUDE: ClaudeCost = { results: 0, usdInMicros: 0 };

/** Longer lines are no results of one call any more. */
const MAX_LINE = 4 * 1024 * 1024;
const MARK = /"(?:total_cost_usd|type"\s*:\s*"result)"/;

const messageSchema = z.looseObject({ type: z.unknown(), total_cost_usd: z.unknown() });

/** Adds a line of the command's standard output. Lines that are no results are its own business. */
export function addOutput(cost: ClaudeCost, line: string): ClaudeCost {
  if (!/^\s*[[{]/.test(line) || !MARK.test(line)) return cost;
  const parsed = line.length > MAX_LINE ? undefined : parseJson(line);
  if (parsed === undefined) return { ...cost, fault: 'claude-result-malformed' };
  // With `--verbose`, `json` is a list of all messages.
  return (Array.isArray(parsed) ? parsed : [parsed]).reduce<ClaudeCost>(addMessage, cost);
}

function addMessage(cost: ClaudeCost, message: unknown): ClaudeCost {
  const parsed = messageSchema.partial().safeParse(message);
  if (!parsed.success) return cost;
  const { type, total_cost_usd: amount } = parsed.data;
  if (type !== 'result' && (type !== undefined || amount === undefined)) return cost;
  // A budget that trips in a sub-agent leaves a result without a cost.
  if (amount === undefined || amount === null)
    return { ...cost, results: cost.results + 1, fault: cost.fault ?? 'claude-cost-missing' };
  const micros = typeof amount === 'number' ? microsOf(amount, 'up') : undefined;
  if (micros === undefined) return { ...cost, fault: 'claude-result-malformed' };
  return {
    ...cost,
    results: cost.results + 1,
    usdInMicros: Math.min(MAX_MICROS, cost.usdInMicros + micros),
  };
}
