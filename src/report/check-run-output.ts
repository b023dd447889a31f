import { logfmt, printable } from '../proof/encode.ts';
import { bySeverity, problemOf } from '../proof/outcome.ts';
import type { Outcome, Proof, Written } from '../proof/schema.ts';
import { checkTable, codeSpan } from './markdown.ts';
import { summaryLine } from './summary.ts';

export type Conclusion = 'success' | 'failure' | 'neutral' | 'cancelled' | 'timed_out';

/** As the checks API takes them. */
export interface CheckAnnotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: 'failure' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
}

export interface CheckRunOutput {
  readonly conclusion: Conclusion;
  readonly title: string;
  readonly summary: string;
  readonly text: string;
  /** Most severe first. */
  readonly annotations: readonly CheckAnnotation[];
}

export interface Places {
  /** Makes a check's file relative to the repository; undefined for one outside of it. */
  readonly relative: (file: string) => string | undefined;
  /** The file that what stands nowhere is shown at: the config's, or the workflow's. */
  readonly fallback: string | undefined;
}

/** Both of GitHub's texts end there. It counts characters; bytes are never fewer. */
export const MAX_TEXT_BYTES = 65_535;
const MAX_TITLE = 250;

const CONCLUSIONS: Readonly<Record<Outcome, Conclusion>> = {
  passed: 'success',
  skipped: 'neutral',
  halted: 'neutral',
  failed: 'failure',
  refused: 'failure',
  invalid: 'failure',
  // Never neutral: a neutral check satisfies a rule that requires it.
  inconclusive: 'failure',
};

/** What a check run says of a proof. */
export function checkRunOutput(proof: Proof, places: Places): CheckRunOutput {
  return {
    conclusion: conclusionOf(proof),
    title: titleOf(proof),
    summary: cutLines(summaryLines(proof), MAX_TEXT_BYTES),
    text: cutLines(tableLines(proof), MAX_TEXT_BYTES),
    annotations: [
      ...checkAnnotations(proof, 'failure', places),
      ...checkAnnotations(proof, 'warning', places),
      ...noticesOf(proof, places),
    ],
  };
}

/** A run that was stopped from outside has a conclusion of its own. */
export function conclusionOf({ outcome, checks }: Proof): Conclusion {
  if (outcome !== 'inconclusive') return CONCLUSIONS[outcome];
  const has = (id: string) => checks.some((check) => check.id === id);
  if (has('error:interrupted')) return 'cancelled';
  return has('error:timeout') ? 'timed_out' : CONCLUSIONS.inconclusive;
}

function titleOf({ outcome, checks }: Proof): string {
  const problem = problemOf(checks);
  const passed = checks.filter(({ status }) => status === 'pass' || status === 'warn').length;
  const rest = problem ? `${problem.title}: ${problem.observed}` : `${passed} of ${checks.length} checks`;
  return printable(`${outcome}: ${rest}`, MAX_TITLE);
}

function summaryLines(proof: Proof): string[] {
  const { ledger, overrides, run } = proof;
  const facts = [
    ...Object.entries(proof.subject).map(
      ([name, value]) => `${name}: ${codeSpan([value].flat().join(', '))}`,
    ),
    ...(overrides.length > 0 ? [`weakened by: ${overrides.map((text) => codeSpan(text)).join(', ')}`] : []),
    ...(ledger
      ? [
          `ledger: ${codeSpan(ledger.store)}, ${ledger.entries} entries, head ${codeSpan(ledger.head ?? 'none')}`,
        ]
      : []),
    ...(run?.url === undefined ? [] : [`run: ${run.url}`]),
    `${proof.startedAt} to ${proof.endedAt}`,
    ...(proof.id === undefined ? [] : [`proof: ${codeSpan(proof.id)}`]),
  ];
  return [codeSpan(summaryLine(proof)), '', ...facts.map((fact) => `- ${fact}`)];
}

/** The checks, the worst first; then what the run wrote. */
function tableLines({ checks, ledger }: Proof): string[] {
  const written = ledger?.written ?? [];
  return [
    ...checkTable(bySeverity(checks)),
    ...(written.length > 0 ? ['', 'Written into the ledger:', ''] : []),
    ...written.map((entry) => `- ${codeSpan(`${entry.kind} ${factsOf(entry)}`)}`),
  ];
}

/** As many whole lines as fit; the last one counts the rest. */
export function cutLines(lines: readonly string[], maxBytes: number): string {
  const encoder = new TextEncoder();
  const sizes = lines.map((line) => encoder.encode(line).length + 1);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= maxBytes) return lines.join('\n');
  const room = maxBytes - 80;
  let bytes = 0;
  let fit = 0;
  while (bytes + (sizes[fit] ?? 0) <= room) bytes += sizes[fit++] ?? 0;
  return [...lines.slice(0, fit), '', `${lines.length - fit} more lines are in proof.json`].join('\n');
}

function checkAnnotations({ checks }: Proof, level: 'failure' | 'warning', { relative }: Places) {
  const statuses = level === 'failure' ? ['fail', 'untestable'] : ['warn'];
  return bySeverity(checks).flatMap((check): CheckAnnotation[] => {
    const path = check.at && relative(check.at.file);
    if (!check.at || path === undefined || !statuses.includes(check.status)) return [];
    const lines = [`expected: ${check.expected}`, `observed: ${check.observed}`, check.detail ?? ''];
    return [
      {
        path,
        start_line: check.at.line,
        end_line: check.at.line,
        annotation_level: level,
        title: printable(check.title, 200),
        message: lines
          .filter((line) => line !== '')
          .map((line) => printable(line, 1000))
          .join('\n'),
      },
    ];
  });
}

/** What the run wrote into the ledger, where people already look. */
function noticesOf({ ledger }: Proof, { fallback }: Places): CheckAnnotation[] {
  if (fallback === undefined) return [];
  return (ledger?.written ?? []).map((entry) => ({
    path: fallback,
    start_line: 1,
    end_line: 1,
    annotation_level: 'notice',
    title: printable(`ledger: ${entry.kind}`, 200),
    message: factsOf(entry),
  }));
}

/** Key, phase, artifact id and whatever else the entry carries, its fence and its time. */
function factsOf({ at, seq, version, data }: Written): string {
  const plain = Object.entries(data).filter(
    (field): field is [string, string | number | boolean] =>
      field[1] !== null && typeof field[1] !== 'object' && field[0] !== 'fence',
  );
  const fence = typeof data.fence === 'number' ? data.fence : seq;
  return printable(logfmt({ ...Object.fromEntries(plain), fence, at, version }), 1000);
}
