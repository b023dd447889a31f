import { type Html, html } from '../../report/html.ts';
import type { Clock } from '../../runner/clock.ts';
import type { StatusDay } from '../../runner/status.ts';
import { dollars } from '../../runner/totals.ts';

/** Narrow enough for a phone: nothing has to be moved sideways. */
const WIDTH = 340;
const HEIGHT = 120;
const BASE = 96;
const TOP = 18;
/** A few days are no wide bars. */
const MAX_BAR = 24;

interface Bar {
  readonly day: string;
  /** What is drawn, from the bottom up: a class each. */
  readonly parts: readonly { readonly kind: string; readonly value: number }[];
  readonly says: string;
}

/** The charts of the last days. What a picture shows stands in words beside it, for those who can't see it. */
export function statusCharts(days: readonly StatusDay[], capMicros: number | undefined): readonly Html[] {
  if (days.length === 0) return [];
  const spent = days.map(({ day, sums }) => ({
    day,
    parts: [
      { kind: 'spent', value: sums.usdInMicros },
      { kind: 'reserved', value: sums.usdOpenMicros },
    ],
    says: `${dollars(sums.usdInMicros + sums.usdOpenMicros)} spent`,
  }));
  const value = days.map(({ day, sums }) => ({
    day,
    parts: [{ kind: 'value', value: sums.valueMicros }],
    says: `${dollars(sums.valueMicros)} of value`,
  }));
  const ticks = days.map(({ day, sums, incidents }) => ({
    day,
    parts: [
      { kind: 'passed', value: sums.passed },
      { kind: 'other', value: sums.ticks - sums.passed },
    ],
    says: `${sums.ticks} ticks, ${sums.passed} passed${incidents > 0 ? `, ${incidents} incidents opened` : ''}`,
  }));
  const marks = new Set(days.filter(({ incidents }) => incidents > 0).map(({ day }) => day));
  const total = (bars: readonly Bar[]) =>
    bars.reduce((sum, { parts }) => sum + parts.reduce((own, part) => own + part.value, 0), 0);
  return [
    chart(
      'spend',
      'Spent, against the cap',
      `${dollars(total(spent))} in ${daysOf(days.length)}`,
      spent,
      capMicros,
    ),
    chart('value', 'Value', `${dollars(total(value))} in ${daysOf(days.length)}`, value),
    chart(
      'ticks',
      'Ticks (filled: passed) and incidents (▲)',
      `${total(ticks)} ticks and ${daysOf(marks.size)} with an incident in ${daysOf(days.length)}`,
      ticks,
      undefined,
      marks,
    ),
  ];
}

function chart(
  id: string,
  title: string,
  summary: string,
  bars: readonly Bar[],
  limit?: number,
  marks: ReadonlySet<string> = new Set(),
): Html {
  const sums = bars.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0));
  const most = Math.max(1, limit ?? 0, ...sums);
  const step = WIDTH / bars.length;
  const scale = (value: number) => round((value / most) * (BASE - TOP));
  const [first, last] = [bars[0]?.day ?? '', bars.at(-1)?.day ?? ''];
  const limitY = BASE - scale(limit ?? 0);
  return html`<figure>
<figcaption>${title}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="chart-${id}">
<title id="chart-${id}">${title}: ${summary}${limit === undefined ? '' : `, cap ${dollars(limit)} a day`}</title>
<line class="axis" x1="0" x2="${WIDTH}" y1="${BASE}" y2="${BASE}"/>
${bars.map((bar, index) => barOf(bar, index, step, scale, marks.has(bar.day)))}
${limit === undefined ? '' : html`<line class="cap" x1="0" x2="${WIDTH}" y1="${limitY}" y2="${limitY}"/><text x="0" y="${limitY - 5}">cap ${dollars(limit)}</text>`}
${
  bars.length === 1
    ? html`<text x="${WIDTH / 2}" y="${HEIGHT - 6}" text-anchor="middle">${first}</text>`
    : html`<text x="0" y="${HEIGHT - 6}">${first}</text><text x="${WIDTH}" y="${HEIGHT - 6}" text-anchor="end">${last}</text>`
}
</svg>
<p>${summary}</p>
</figure>
`;
}

function barOf(
  { day, parts, says }: Bar,
  index: number,
  step: number,
  scale: (value: number) => number,
  marked: boolean,
): Html {
  const width = round(Math.min(MAX_BAR, step * 0.7));
  const x = round((index + 0.5) * step - width / 2);
  let y = BASE;
  const drawn = parts
    .filter(({ value }) => value > 0)
    .map(({ kind, value }) => {
      const height = scale(value);
      y = round(y - height);
      return html`<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}"/>`;
    });
  const middle = round(x + width / 2);
  const mark = marked ? html`<path class="mark" d="M${middle - 4} ${TOP - 4}h8l-4 -8z"/>` : '';
  return html`<g><title>${day}: ${says}</title>${drawn}${mark}</g>
`;
}

const daysOf = (count: number): string => (count === 1 ? '1 day' : `${count} days`);

const round = (value: number): number => Math.round(value * 10) / 10;

/** The clock: a box for each of its days. */
export function clockChart({ day, days, state, resets, startedOn }: Clock): Html {
  const boxes = Array.from({ length: days }, (_, index) => index + 1);
  const began =
    resets.length === 0 ? '' : `, begun anew ${resets.length === 1 ? 'once' : `${resets.length} times`}`;
  const says =
    state === 'waiting' ? 'The clock does not run.' : `Day ${day} of ${days}, since ${startedOn}${began}.`;
  return html`<ol class="clock" aria-label="The days of the clock">${boxes.map(
    (number) =>
      html`<li class="${number <= day ? 'done' : 'open'}">${number <= day ? '✓' : ''} ${number}</li>`,
  )}</ol>
<p>${says}</p>
`;
}
