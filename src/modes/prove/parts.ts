import { invalid } from '../../proof/errors.ts';
import { conclude } from '../../proof/proof.ts';
import type { Check, Json, Outcome, Proof } from '../../proof/schema.ts';

/** What became of one part: its own proof, the reason for which it was waived, or nothing, since a part before it did not pass. */
export type PartEnd =
  | { readonly part: string; readonly kind: 'done'; readonly proof: Proof }
  | { readonly part: string; readonly kind: 'waived'; readonly reason: string }
  | { readonly part: string; readonly kind: 'not-run' };

/** The reason for which each part is waived, from `part: reason` lines. Throws `input-invalid`. */
export function parseWaivers(
  lines: readonly string[],
  parts: readonly string[],
  unwaivable: string,
): ReadonlyMap<string, string> {
  const waivers = new Map<string, string>();
  const wrong = (line: string, why: string) =>
    invalid(
      'input-invalid',
      `input \`skip\` has the line ${JSON.stringify(line.slice(0, 120))}, ${why}; a waiver is \`part: reason\`, and the parts that can be waived are ${parts.filter((part) => part !== unwaivable).join(', ')}`,
    );
  for (const line of lines) {
    const [, part = '', reason = ''] = /^([^:]*?)\s*(?::\s*(.*))?$/s.exec(line) ?? [];
    if (part === unwaivable) throw wrong(line, `and ${unwaivable} can't be waived: nothing would be proved`);
    if (!parts.includes(part)) throw wrong(line, 'which names no part');
    if (reason === '') throw wrong(line, 'which gives no reason');
    if (reason.length > MAX_REASON) throw wrong(line, `whose reason is longer than ${MAX_REASON} characters`);
    if (waivers.has(part)) throw wrong(line, 'but the part is waived already');
    waivers.set(part, reason);
  }
  return waivers;
}

/** It stands in the ledger as it was given. */
export const MAX_REASON = 200;

export interface Story {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly subject: Proof['subject'];
  readonly ends: readonly PartEnd[];
  /** The last look at the build; undefined where it was not made. */
  readonly again: Proof | undefined;
  /** Beside the parts' own. */
  readonly overrides: readonly string[];
}

/**
 * One proof of several parts. It passed only when every part that was not waived passed, and the look after the last of
 * them too; else the first that did not pass gives the outcome. Checks keep their ids, in the order in which they were made.
 */
export function together({ ends, again, overrides, ...story }: Story): Proof {
  const done = ends.flatMap((end) => (end.kind === 'done' ? [end] : []));
  const all = [...done.map(({ proof }) => proof), ...(again ? [again] : [])];
  const wrong = all.find(({ outcome }) => outcome !== 'passed');
  const isWhole = again !== undefined && ends.every(({ kind }) => kind !== 'not-run');
  const waived = ends.flatMap((end) => (end.kind === 'waived' ? [end] : []));
  const outcome: Outcome = wrong?.outcome ?? (isWhole ? 'passed' : 'inconclusive');
  return conclude({
    ...story,
    mode: 'prove',
    outcome: BY_PARTS.has(outcome) ? outcome : 'inconclusive',
    checks: [...ends.flatMap(checksOf), ...(again?.checks ?? [])],
    result: {
      deployed: outcome === 'passed',
      waived: waived.map(({ part }) => part).join(','),
      parts: Object.fromEntries([
        ...ends.map((end) => [end.part, summaryOf(end)]),
        ...(again ? [[AGAIN, summaryOf({ part: AGAIN, kind: 'done', proof: again })]] : []),
      ]),
    },
    overrides: [
      ...new Set([
        ...waived.map(({ part, reason }) => `waived: ${part}: ${reason}`),
        ...done.flatMap(({ proof }) => proof.overrides),
        ...overrides,
      ]),
    ],
  });
}

/** What the last look is called among the parts. */
const AGAIN = 'again';

/** A part that ended in any other way has proved nothing; `invalid` would say that nothing was sent. */
const BY_PARTS: ReadonlySet<Outcome> = new Set(['passed', 'failed', 'inconclusive', 'refused']);

function checksOf(end: PartEnd): readonly Check[] {
  if (end.kind === 'done') return end.proof.checks;
  const base = { id: `part:${end.part}`, status: 'skipped' as const, title: end.part };
  return [
    end.kind === 'waived'
      ? { ...base, expected: 'passed, or waived by name', observed: `waived: ${end.reason}` }
      : { ...base, expected: 'a run after the parts before it passed', observed: 'not run' },
  ];
}

function summaryOf(end: PartEnd): Json {
  if (end.kind === 'waived') return { outcome: 'waived', reason: end.reason };
  if (end.kind === 'not-run') return { outcome: 'not-run' };
  const { outcome, startedAt, endedAt, checks, result } = end.proof;
  return { outcome, startedAt, endedAt, checks: checks.map(({ id }) => id), result };
}

/** The last look as a part of its own: the same questions, under ids that say when they were asked. */
export const asLastLook = (proof: Proof): Proof => ({
  ...proof,
  // What was before the deploy has not changed since.
  checks: proof.checks
    .filter(({ id }) => !id.startsWith('baseline:'))
    .map((check) => ({ ...check, id: `${AGAIN}:${check.id}`, title: `${check.title}, at the end` })),
});
