import { codeSpan } from './markdown.ts';
import type { Lane, Sighting } from './timeline.ts';

/** More lanes or bars than this make a picture that nobody reads, and a summary that is too long. */
const MAX_LANES = 24;
const MAX_BARS = 200;

const STYLES: Readonly<Record<Sighting, string>> = {
  new: 'done, ',
  old: 'crit, ',
  none: '',
  unreachable: 'active, ',
};

/**
 * The polls as a mermaid chart: what each address served, over the seconds of the run. It holds numbers and our own words only
 * (a lane is called by its number and encoding), so that nothing from outside is ever markup. Empty without polls.
 */
export function mermaidOf(lanes: readonly Lane[]): string {
  const shown = drawn(lanes);
  if (shown.length === 0) return '';
  let left = MAX_BARS;
  const sections = shown.flatMap((lane, index) => {
    const bars = barsOf(lane).slice(0, left);
    left -= bars.length;
    const encoding = /^[a-z]{1,10}$/.test(lane.encoding) ? ` ${lane.encoding}` : '';
    return [
      `  section address ${index + 1}${encoding}`,
      ...bars.map(
        ({ sighting, fromMs, toMs }) =>
          `  ${sighting} :${STYLES[sighting]}${Math.round(fromMs)}, ${Math.round(toMs)}`,
      ),
    ];
  });
  return ['```mermaid', 'gantt', '  dateFormat x', '  axisFormat %M:%S', ...sections, '```'].join('\n');
}

/** Which address has which number in the chart. */
export const mermaidKey = (lanes: readonly Lane[]): string[] =>
  drawn(lanes).map(
    ({ url, edge, encoding }, index) =>
      `- address ${index + 1}: ${codeSpan([url, 'at', edge, encoding].filter(Boolean).join(' '))}`,
  );

const drawn = (lanes: readonly Lane[]): readonly Lane[] =>
  lanes.filter(({ polls }) => polls.length > 0).slice(0, MAX_LANES);

interface Bar {
  readonly sighting: Sighting;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Looks that saw the same, one after the other, are one bar; it lasts until the next look, at least one ms. */
function barsOf({ polls }: Lane): Bar[] {
  const bars: Bar[] = [];
  for (const [index, { sighting, offsetMs }] of polls.entries()) {
    const toMs = Math.max(offsetMs + 1, polls[index + 1]?.offsetMs ?? 0);
    const last = bars.at(-1);
    if (last?.sighting === sighting) bars[bars.length - 1] = { ...last, toMs };
    else bars.push({ sighting, fromMs: offsetMs, toMs });
  }
  return bars;
}
