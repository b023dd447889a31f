import { proofDigest } from '../proof/digest.ts';
import type { LogFields } from '../proof/encode.ts';
import { problemOf } from '../proof/outcome.ts';
import type { Check, Json, Proof } from '../proof/schema.ts';
import { outcomeOfPart } from './verdict-line.ts';

/**
 * A short account of what was proved, for an agent to paste in place of "done": what was looked at, how often and since when,
 * what was not, and by what the record can be found. One event a line; what a server said is not in it, save where it was
 * wrong.
 */
export function agentReport(proof: Proof): LogFields[] {
  const { outcome, subject, startedAt, endedAt, checks, result, overrides, ledger } = proof;
  const problem = problemOf(checks);
  return [
    {
      report: 'build',
      id: texts(subject.buildId),
      environment: texts(subject.environment),
      outcome,
      from: startedAt,
      until: endedAt,
    },
    ...checks.flatMap(lookedAt),
    ...Object.entries(objectOf(result.parts)).map(([name, part]) => partLine(name, part, checks)),
    ...(problem ? [{ report: 'problem', check: problem.id, observed: problem.observed }] : []),
    ...overrides.map((override) => ({ report: 'weakened', by: override })),
    {
      report: 'evidence',
      digest: `sha256:${proofDigest(proof)}`,
      ledger: ledger?.store ?? 'not recorded',
      head: ledger?.head ?? undefined,
      entries: ledger?.entries,
    },
  ];
}

/** How often the build was seen at a URL, and since when without a break. */
function lookedAt({ id, status, attempts = [] }: Check): LogFields[] {
  const [, url] = /^live:(.*)$/s.exec(id) ?? [];
  if (url === undefined) return [];
  const made = attempts.filter((look) => look.status !== 'untestable');
  const wrong = made.findLastIndex((look) => look.status !== 'pass');
  const good = made.slice(wrong + 1);
  return [
    {
      report: 'live',
      url,
      status,
      looks: made.length,
      good: good.length,
      since: good[0]?.at,
    },
  ];
}

function partLine(name: string, part: Json, checks: readonly Check[]): LogFields {
  const { reason, checks: ids, endedAt } = objectOf(part);
  const own = Array.isArray(ids) ? checks.filter(({ id }) => ids.includes(id)) : undefined;
  const passed = own?.filter(({ status }) => status === 'pass' || status === 'warn');
  return {
    report: 'part',
    name,
    outcome: outcomeOfPart(part),
    passed: passed?.length,
    of: own?.filter(({ status }) => status !== 'skipped').length,
    at: texts(endedAt),
    reason: texts(reason),
  };
}

const objectOf = (value: Json | undefined): Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};

const texts = (value: Json | undefined): string | undefined =>
  value === undefined ? undefined : [value].flat().join(', ');
