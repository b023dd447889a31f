import { Html, html } from './html.ts';
import { type Lane, type Poll, SIGHTINGS, type Sighting } from './timeline.ts';

/** Half of a mark, in pixels. */
const RADIUS = 5;
/** A mark for each look; more are said, not drawn. */
const MAX_MARKS = 2_000;

const WORDS: Readonly<Record<Sighting, string>> = {
  new: 'the wanted build',
  old: 'another build',
  none: 'an answer without a build id',
  unreachable: 'no answer',
};

/** Shape and colour both tell what was seen. */
const MARKS: Readonly<Record<Sighting, Html>> = {
  new: new Html(`<circle class="new" r="${RADIUS}"/>`),
  old: new Html(`<circle class="old" r="${RADIUS}"/>`),
  none: new Html(
    `<rect class="none" x="${-RADIUS}" y="${-RADIUS}" width="${2 * RADIUS}" height="${2 * RADIUS}"/>`,
  ),
  unreachable: new Html(
    `<path class="unreachable" d="M${-RADIUS} ${-RADIUS}l${2 * RADIUS} ${2 * RADIUS}m0 ${-2 * RADIUS}l${-2 * RADIUS} ${2 * RADIUS}"/>`,
  ),
};

/**
 * The polls as a chart: a row for each address and encoding, a mark for each look. Places are parts of the width, so that words and
 * marks keep their size on a screen of any width.
 */
export function timelineChart(lanes: readonly Lane[]): Html {
  if (lanes.length === 0) return html``;
  const endMs = Math.max(1, ...lanes.flatMap(({ polls }) => polls.map(({ offsetMs }) => offsetMs)));
  const urls = new Set(lanes.map(({ url }) => url));
  let left = MAX_MARKS;
  const rows = lanes.map((lane, index) => {
    const shown = lane.polls.slice(0, left);
    left -= shown.length;
    const isNext = urls.size > 1 && lane.url !== lanes[index - 1]?.url;
    return html`${isNext ? html`<p class="of">${lane.url}</p>` : ''}<div class="lane"><span>${labelOf(lane)}</span><svg role="img" aria-label="${labelOf(lane)}: ${counted(lane.polls)}"><line class="axis" x1="0" x2="100%" y1="50%" y2="50%"/>${shown.map((poll) => mark(poll, endMs))}</svg></div>
`;
  });
  return html`<h2>What visitors got</h2>
<p class="legend">${SIGHTINGS.map(key)}</p>
<p>${describe(lanes, endMs)}.</p>
${rows}
<div class="lane ends"><span></span><p><span>0 s</span><span>${seconds(endMs)}</span></p></div>
`;
}

const mark = ({ sighting, status, age, offsetMs }: Poll, endMs: number): Html => {
  const told = [
    WORDS[sighting],
    `after ${seconds(offsetMs)}`,
    status && `status ${status}`,
    age !== undefined && `age ${age} s`,
  ];
  const x = Math.round((offsetMs / endMs) * 1_000) / 10;
  return html`<svg x="${x}%" y="50%"><title>${told.filter(Boolean).join(', ')}</title>${MARKS[sighting]}</svg>`;
};

const key = (sighting: Sighting): Html =>
  html`<span><svg aria-hidden="true"><svg x="50%" y="50%">${MARKS[sighting]}</svg></svg>${WORDS[sighting]}</span> `;

const labelOf = ({ edge, encoding }: Lane): string =>
  [edge, encoding].filter((part) => part !== '').join(' ');

/** What the picture shows, for those who can't see it. */
const describe = (lanes: readonly Lane[], endMs: number): string => {
  const polls = lanes.flatMap((lane) => lane.polls);
  return `${polls.length} looks at ${lanes.length} addresses and encodings within ${seconds(endMs)}: ${counted(polls)}`;
};

const counted = (polls: readonly Poll[]): string =>
  SIGHTINGS.map((sighting) => [sighting, polls.filter((poll) => poll.sighting === sighting).length] as const)
    .filter(([, count]) => count > 0)
    .map(([sighting, count]) => `${count} times ${WORDS[sighting]}`)
    .join(', ');

export const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
