import { bySeverity, problemOf } from '../proof/outcome.ts';
import type { Attempt, Check, Json, Proof, Written } from '../proof/schema.ts';
import { Html, html } from './html.ts';
import { pageOf } from './html-page.ts';
import { STYLE } from './html-style.ts';
import { seconds, timelineChart } from './html-timeline.ts';
import { lanesOf } from './timeline.ts';

/** A picture that the run took, by the name of its file. */
export type Pictures = ReadonlyMap<string, Uint8Array>;

const WORDS: Readonly<Record<Check['status'], string>> = {
  pass: 'pass',
  fail: 'FAIL',
  warn: 'pass, with a warning',
  untestable: 'could not be checked',
  skipped: 'skipped',
};

const MAX_CHECKS = 2_000;
const MAX_ATTEMPTS = 200;

/** The proof as one page, for a screen of any width and for paper: the verdict first, then all that it stands on. */
export function reportOf(proof: Proof, pictures: Pictures = new Map()): string {
  const title = `ship-proof ${proof.mode}: ${proof.outcome}`;
  const shown = bySeverity(proof.checks).slice(0, MAX_CHECKS);
  const left = proof.checks.length - shown.length;
  const problem = problemOf(proof.checks);
  return pageOf({
    title,
    style: STYLE,
    main: html`<div class="verdict ${proof.outcome}">
<h1>${title}</h1>
${problem ? html`<p><strong>${problem.title}</strong>: ${problem.observed}</p>` : ''}
<p>${verdictOf(proof)}</p>
</div>
${overridesOf(proof.overrides)}
${timelineChart(lanesOf(proof))}
<h2>Checks</h2>
${shown.map((check) => article(check, pictures))}
${left > 0 ? html`<p>${left} more stand in proof.json.</p>` : ''}
${factsOf(proof)}
${ledgerOf(proof)}`,
    footer: 'Made from proof.json, which holds all of this for programs.',
  });
}

function verdictOf({ checks, startedAt, endedAt }: Proof): string {
  const count = (...statuses: readonly Check['status'][]) =>
    checks.filter(({ status }) => statuses.includes(status)).length;
  const counted = [
    [count('pass', 'warn'), 'passed'],
    [count('fail'), 'failed'],
    [count('untestable'), 'could not be checked'],
    [count('skipped'), 'skipped'],
  ] as const;
  const words = counted.filter(([many]) => many > 0).map(([many, what]) => `${many} ${what}`);
  const tookMs = Date.parse(endedAt) - Date.parse(startedAt);
  return `${words.join(', ')}. Begun at ${startedAt}, took ${seconds(tookMs)}.`;
}

const overridesOf = (overrides: readonly string[]): Html =>
  overrides.length === 0
    ? html``
    : html`<div class="weak"><p><strong>This proof was weakened:</strong></p><ul>${overrides.map((override) => html`<li><code>${override}</code></li>`)}</ul></div>`;

function factsOf({ subject, run, result }: Proof): Html {
  const facts: [string, Json | undefined][] = [
    ...Object.entries(subject),
    ...Object.entries(run ?? {}).map(([name, value]): [string, Json | undefined] => [`run ${name}`, value]),
    ...Object.entries(result),
  ];
  return html`<h2>About</h2>
${list(facts)}
`;
}

const list = (facts: readonly (readonly [string, Json | undefined])[]): Html =>
  html`<dl>${facts.map(([name, value]) => (value === undefined ? undefined : html`<dt>${name}</dt><dd>${factOf(value)}</dd>`))}</dl>`;

/** What has facts of its own is a list of them. */
const factOf = (value: Json): string | Html =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? list(Object.entries(value))
    : textOf(value);

function article(check: Check, pictures: Pictures): Html {
  const { status, title, expected, observed, detail, at, attempts = [] } = check;
  return html`<article class="${status}">
<h3><b>${WORDS[status]}</b> ${title}</h3>
${list([
  ['expected', expected],
  ['observed', observed],
  ['what to do', detail],
  ['at', at && `${at.file}:${at.line}`],
])}
${attempts.length > 0 ? attemptsOf(title, attempts) : ''}
${picturesOf(title, attempts, pictures)}
</article>
`;
}

/** Every look and try, as it was seen; the columns are whatever this check's attempts have. */
function attemptsOf(title: string, attempts: readonly Attempt[]): Html {
  const names = [...new Set(attempts.flatMap(({ observed }) => Object.keys(observed)))];
  const shown = attempts.slice(0, MAX_ATTEMPTS);
  const more = attempts.length - shown.length;
  return html`<details><summary>${attempts.length} ${attempts.length === 1 ? 'attempt' : 'attempts'}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Attempts of ${title}"><table>
<thead><tr><th scope="col">at</th><th scope="col">took</th><th scope="col">result</th>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${shown.map(
    ({ at, elapsedMs, status, observed }) =>
      html`<tr><td>${at}</td><td>${elapsedMs} ms</td><td>${WORDS[status]}</td>${names.map((name) => cell(textOf(observed[name])))}</tr>`,
  )}</tbody>
</table></div>${more > 0 ? html`<p>${more} more stand in proof.json.</p>` : ''}</details>`;
}

/** The pictures that the attempts name, each once. */
function picturesOf(title: string, attempts: readonly Attempt[], pictures: Pictures): Html[] {
  const names = new Set(
    attempts.flatMap(({ observed }) => Object.values(observed)).filter((value) => typeof value === 'string'),
  );
  return [...names].flatMap((name) => {
    const png = pictures.get(name);
    const source = png && new Html(Buffer.from(png).toString('base64'));
    return source
      ? [
          html`<p><img alt="The page of ${title} as it was rendered" src="data:image/png;base64,${source}"></p>`,
        ]
      : [];
  });
}

function ledgerOf({ ledger }: Proof): Html {
  if (!ledger) return html``;
  const { store, id, head, entries, written = [] } = ledger;
  return html`<h2>Ledger</h2>
${list([
  ['store', store],
  ['ledger id', id],
  ['head', head ?? 'nothing was written yet'],
  ['entries', entries],
])}
${written.length > 0 ? writtenOf(written) : ''}
`;
}

/** What this run wrote; what an entry carries is its kind's own. */
function writtenOf(written: readonly Written[]): Html {
  return html`<p>Written by this run:</p>
<div class="scroll" tabindex="0" role="region" aria-label="Entries of this run"><table>
<thead><tr><th scope="col">at</th><th scope="col">kind</th><th scope="col">fence</th><th scope="col">data</th></tr></thead>
<tbody>${written.map(
    ({ at, kind, seq, data }) =>
      html`<tr><td>${at}</td><td>${kind}</td><td>${seq}</td>${cell(
        Object.entries(data)
          .map(([name, value]) => `${name}: ${textOf(value)}`)
          .join(', '),
      )}</tr>`,
  )}</tbody>
</table></div>`;
}

/** What is short stays on one line: on a phone a table is moved sideways, and not read downwards. */
const cell = (text: string): Html =>
  html`<td class="${text.length > 40 ? 'value long' : 'value'}">${text}</td>`;

const textOf = (value: Json | undefined): string => {
  if (value === undefined) return '';
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
};
