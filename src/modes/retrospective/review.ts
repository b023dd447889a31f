import type { Account } from '../../runner/retrospective.ts';
import { dollars, type Sums } from '../../runner/totals.ts';
import { document, known, NO_EVIDENCE, table, words } from './words.ts';

/** What stands between these belongs to the author: it is kept when the file is written anew. */
const ROADMAP = ['<!-- author:roadmap -->', '<!-- /author:roadmap -->'] as const;
const NO_ROADMAP = 'The author has not written it yet.';

/** The author's part of an earlier RETROSPECTIVE.md. */
export function roadmapOf(text: string | undefined): string {
  const [, after = ''] = (text ?? '').split(ROADMAP[0], 2);
  const end = after.indexOf(ROADMAP[1]);
  return (end < 0 ? '' : after.slice(0, end).trim()) || NO_ROADMAP;
}

/** RETROSPECTIVE.md: what came of it, in the order in which people ask. */
export function reviewText(account: Account, roadmap: string): string {
  const { book, span, asOf, clock, gaps } = account;
  return document([
    `# Retrospective of ${book.runner}`,
    '',
    `${span.since ?? 'The beginning'} to ${span.until ?? asOf}. Made from the ledger alone; where it knows nothing, this says ${NO_EVIDENCE}.`,
    '',
    '## How the parts composed',
    '',
    ...partsTable(account),
    '',
    '## Production bugs',
    '',
    ...bugsTable(account),
    '',
    '## Dollars',
    '',
    ...moneyTables(account),
    '',
    '## The clock',
    '',
    clock.state === 'complete'
      ? `It ran for ${clock.days} days, from ${clock.startedOn} to ${clock.completedOn}.`
      : `${NO_EVIDENCE}: it has not run out (${clock.state}, day ${clock.day} of ${clock.days}).`,
    '',
    ...clock.resets.map(({ day, reason, detail }) => `- ${day}: began anew, ${reason}: ${detail}`),
    ...(clock.resets.length > 0 ? [''] : []),
    '## What is missing',
    '',
    ...(gaps.length === 0
      ? ['Nothing.']
      : gaps.map(
          ({ id, expected, observed }) =>
            `- ${NO_EVIDENCE} of ${id}: expected ${expected}, found ${observed}`,
        )),
    '',
    '## Roadmap',
    '',
    ROADMAP[0],
    roadmap,
    ROADMAP[1],
  ]);
}

function partsTable({ book, totals, coverage, stories }: Account): string[] {
  const { all } = totals;
  const halts = new Map<string, number>();
  for (const { ended, halted } of book.ticks) {
    const by = halted?.data.haltedBy ?? ended?.data.haltedBy;
    if (by !== undefined) halts.set(by, (halts.get(by) ?? 0) + 1);
  }
  const stopped = (...names: readonly string[]) =>
    names.reduce((sum, name) => sum + (halts.get(name) ?? 0), 0);
  const proofOf = (control: string) => {
    const { proof, unneeded } = coverage.find((one) => one.control === control) ?? {};
    return proof ? `${proof.by}, ${proof.at}` : (unneeded ?? NO_EVIDENCE);
  };
  const raised = book.alerts.filter(({ data }) => data.kind === 'alert-raised').length;
  return table(
    ['part', 'what it did', 'evidence that it works'],
    [
      [
        'ticks',
        `${all.started} started, ${all.passed} passed, ${all.lost} lost`,
        all.ticks > 0 ? 'the ledger' : NO_EVIDENCE,
      ],
      ['spend cap', `stopped ${stopped('spend-cap')}`, proofOf('spend-cap')],
      [
        'kill flags',
        `stopped ${stopped('kill-flag', 'kill-file', 'kill-environment')}`,
        proofOf('kill-flag'),
      ],
      ['containment', `stopped ${stopped('max-runtime')} at their time limit`, proofOf('kill-process')],
      ['breaker', `stopped ${stopped('breaker')}`, proofOf('breaker')],
      ['watchdog', `raised ${raised} alerts`, proofOf('watchdog')],
      ['incidents', `${stories.length}`, stories.length > 0 ? 'the ledger' : 'none was opened'],
    ],
  );
}

const bugsTable = ({ stories }: Account): string[] =>
  stories.length === 0
    ? ['No incident was opened.']
    : table(
        ['incident', 'symptom', 'trace', 'cause', 'fix', 'opened', 'recovered'],
        stories.map(({ incident, title, trace, cause, fix, openedAt, recoveredAt }) => [
          incident,
          words(title),
          words(trace),
          words(cause),
          words(fix),
          openedAt,
          known(recoveredAt),
        ]),
      );

/** Nobody can divide by it, and nothing is missing either. */
const NOTHING_SPENT = 'nothing was spent';

function moneyTables({ totals: { all, byWeek, byLabel } }: Account): string[] {
  const head = ['ticks', 'passed', 'spent', 'measured', 'reserved', 'value', 'value for a dollar', 'units'];
  const row = (sums: Sums) => [
    sums.ticks,
    sums.passed,
    dollars(sums.usdInMicros),
    dollars(sums.usdMeasuredMicros),
    dollars(sums.usdReservedMicros),
    dollars(sums.valueMicros),
    sums.ratio ?? NOTHING_SPENT,
    sums.units,
  ];
  return [
    `${dollars(all.usdInMicros)} were spent, and ${dollars(all.valueMicros)} of value captured: ${all.ratio === null ? NOTHING_SPENT : `${all.ratio} for a dollar`}. Of what was spent, ${dollars(all.usdMeasuredMicros)} was measured, ${dollars(all.usdDeclaredMicros)} declared, and ${dollars(all.usdReservedMicros)} charged by reservation, because its cost was not known.`,
    '',
    'By week (its Monday):',
    '',
    ...table(
      ['week', ...head],
      [...byWeek].map(([week, sums]) => [week, ...row(sums)]),
    ),
    '',
    'By label:',
    '',
    ...table(
      ['label', ...head],
      [...byLabel].map(([label, sums]) => [label === '' ? 'NO LABEL' : label, ...row(sums)]),
    ),
  ];
}
