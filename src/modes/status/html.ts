import type { DeploysGlance } from '../../deploy/describe.ts';
import { type Html, html } from '../../report/html.ts';
import { pageOf } from '../../report/html-page.ts';
import { STYLE } from '../../report/html-style.ts';
import type { Status } from '../../runner/status.ts';
import type { StatusSection } from '../../runner/status-sections.ts';
import { clockChart, statusCharts } from './chart.ts';

/** Colours as the report's; what a colour says, a word or a shape says too. */
const OWN_STYLE = `${STYLE}
.good{border-color:var(--good)}.bad{border-color:var(--bad)}.doubt{border-color:var(--doubt)}
section{border-left:.375rem solid var(--line);padding:0 0 0 1rem;margin:1rem 0}
section h3{margin:0;font-size:1rem}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:0 1rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:1rem}
figure{margin:0}figure p{margin:0;color:var(--soft);font-size:.875rem}
svg .spent,svg .value,svg .passed{fill:var(--good)}svg .reserved{fill:none;stroke:var(--good)}svg .other{fill:none;stroke:var(--bad)}
svg .cap{stroke:var(--bad);stroke-dasharray:4 3}svg .mark{fill:var(--bad)}
.clock{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem;padding:0}
.clock li{min-width:2.5rem;padding:.25rem;text-align:center;border:1px solid var(--line)}
.clock .done{border-color:var(--good);color:var(--good)}
`;

const WORDS: Readonly<Record<Status['state'], string>> = {
  held: 'held: a kill flag is set',
  alert: 'the watchdog has raised an alert',
  incident: 'an incident is open',
  capped: 'the cap of the day is reached',
  running: 'a tick is running',
  ok: 'in order',
  unknown: 'nothing is known of it yet',
};

const TONES: Readonly<Record<Status['state'], string>> = {
  held: 'failed',
  alert: 'failed',
  incident: 'failed',
  capped: 'inconclusive',
  running: 'passed',
  ok: 'passed',
  unknown: 'inconclusive',
};

const DEPLOYS: Readonly<Record<DeploysGlance['state'], readonly [words: string, tone: string]>> = {
  held: ['held', 'failed'],
  stale: ['a phase is orphaned', 'inconclusive'],
  running: ['a phase is running', 'passed'],
  failed: ['the newest one failed', 'failed'],
  ok: ['in order', 'passed'],
  none: ['there are none yet', 'inconclusive'],
};

/** An environment's deploys on one page, where no runner was asked for. */
export function deploysPage(
  of: { readonly environment: string; readonly state: DeploysGlance['state']; readonly asOf: string },
  sections: readonly StatusSection[],
): string {
  const title = `Deploys of ${of.environment}`;
  const [words, tone] = DEPLOYS[of.state];
  return pageOf({
    title,
    style: OWN_STYLE,
    main: html`<div class="verdict ${tone}">
<h1>${title}: ${words}</h1>
<p>As of ${of.asOf}.</p>
</div>
${factsOf(sections)}`,
    footer: FOOTER,
  });
}

const FOOTER = 'Made from the ledger, which holds all of this.';

/** A runner on one page, for a phone and for a wide screen: its state first, then the clock, the days and the facts. */
export function statusPage(status: Status, sections: readonly StatusSection[]): string {
  const title = `Runner ${status.runner}`;
  return pageOf({
    title,
    style: OWN_STYLE,
    main: html`<div class="verdict ${TONES[status.state]}">
<h1>${title}: ${WORDS[status.state]}</h1>
<p>As of ${status.asOf}.</p>
</div>
<h2>The clock</h2>
${clockChart(status.clock)}
<h2>The last days</h2>
<div class="charts">
${statusCharts(status.recent, status.capMicros)}
</div>
${factsOf(sections)}`,
    footer: FOOTER,
  });
}

const factsOf = (sections: readonly StatusSection[]): Html => html`<h2>Now</h2>
<div class="facts">
${sections.map(block)}</div>`;

const block = ({ name, tone, facts }: StatusSection): Html => html`<section class="${tone}">
<h3>${name}</h3>
<dl>${Object.entries(facts).flatMap(([fact, value]) =>
  value === undefined ? [] : [html`<dt>${fact}</dt><dd>${String(value)}</dd>`],
)}</dl>
</section>
`;
