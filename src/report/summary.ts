import { printable } from '../proof/encode.ts';
import { bySeverity, problemOf } from '../proof/outcome.ts';
import type { Proof } from '../proof/schema.ts';
import { checkTable, codeSpan } from './markdown.ts';
import { mermaidKey, mermaidOf } from './mermaid.ts';
import { lanesOf } from './timeline.ts';

/** One line that says what was proved, or what stood in the way. */
export function summaryLine(proof: Proof): string {
  const counted = proof.checks.filter(({ status }) => status !== 'skipped');
  const good = counted.filter(({ status }) => status === 'pass' || status === 'warn');
  const problem = problemOf(proof.checks);
  const halted = proof.outcome === 'halted' && proof.result['halted-by'];
  const why = problem ? `${problem.title}: ${problem.observed}` : halted ? `by ${halted}` : undefined;
  const tail = why === undefined ? '' : `: ${why}`;
  const counts =
    counted.length === 0 && proof.outcome === 'skipped'
      ? (proof.overrides[0] ?? 'already done: nothing was repeated')
      : `${good.length} of ${counted.length} checks passed`;
  return printable(`${proof.mode} ${proof.outcome}, ${counts}${tail}`, 500);
}

/** GitHub takes a step's summary up to 1 MiB, and shows nothing of a longer one; some lines about where it was published follow. */
const MAX_BYTES = 1024 * 1024 - 4_096;
const MAX_ROWS = 200;

/**
 * The step summary: verdict, checks, what visitors got over time, the ledger's head. GitHub-flavoured Markdown without any raw
 * HTML, under the limit: a longer one is cut, and says so.
 */
export function summaryOf(proof: Proof): string {
  const left = proof.checks.length - MAX_ROWS;
  const lanes = lanesOf(proof);
  const chart = mermaidOf(lanes);
  return cut(
    [
      `### ship-proof ${proof.mode}: ${proof.outcome}`,
      '',
      ...checkTable(bySeverity(proof.checks).slice(0, MAX_ROWS)),
      ...(left > 0 ? [`| | ${left} more in proof.json | | |`] : []),
      ...(proof.overrides.length > 0
        ? ['', `Weakened by: ${proof.overrides.map((text) => codeSpan(text)).join(', ')}`]
        : []),
      ...(chart === '' ? [] : ['', chart, '', ...mermaidKey(lanes)]),
      ...ledgerLines(proof),
      '',
      `${proof.startedAt} to ${proof.endedAt}`,
      '',
    ],
    MAX_BYTES,
  );
}

const ledgerLines = ({ ledger }: Proof): string[] =>
  ledger
    ? [
        '',
        `Ledger ${codeSpan(ledger.store)}, ${ledger.entries} entries, head ${codeSpan(ledger.head ?? 'none')}`,
      ]
    : [];

/** As many whole lines as fit, and a word about the rest. */
function cut(lines: readonly string[], maxBytes: number): string {
  const text = lines.join('\n');
  if (Buffer.byteLength(text) < maxBytes) return text;
  const note = '\n\nThe rest is too long for a summary: it is in proof.json and report.html.\n';
  let bytes = Buffer.byteLength(note);
  const kept = lines.slice(
    0,
    lines.findIndex((line) => {
      bytes += Buffer.byteLength(line) + 1;
      return bytes >= maxBytes;
    }),
  );
  return kept.join('\n') + note;
}
