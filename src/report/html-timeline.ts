import { type Html, html } from './html.ts';
import { type Lane, type Poll, SIGHTINGS, type Sighting } from './timeline.ts';

const WIDTH = 720;
const LANE_PX = 28;
const LEFT_PX = 190;
const TOP_PX = 24;
const RADIUS = 5;
/** A mark for each look; more are said, not drawn. */
const MAX_MARKS = 2_000;

const WORDS: Readonly<Record<Sighting, string>> = {
  new: 'the wanted build',
  old: 'another build',
  none: 'an answer without a build id',
  unreachable: 'no answer',
};

/** The polls as a chart: a row for each address and encoding, a mark for each look; shape and colour both tell what was seen. */
export function timelineChart(lanes: readonly Lane[]): Html {
  if (lanes.length === 0) return html``;
  const endMs = Math.max(1, ...lanes.flatMap(({ polls }) => polls.map(({ offsetMs }) => offsetMs)));
  const height = TOP_PX + lanes.length * LANE_PX + 24;
  const x = (offsetMs: number) => LEFT_PX + (offsetMs / endMs) * (WIDTH - LEFT_PX - 16);
  let left = MAX_MARKS;
  const rows = lanes.map((lane, index) => {
    const y = TOP_PX + index * LANE_PX;
    const shown = lane.polls.slice(0, left);
    left -= shown.length;
    return html`<line class="axis" x1="${LEFT_PX}" x2="${WIDTH - 8}" y1="${y}" y2="${y}"/>
<text x="0" y="${y + 4}">${labelOf(lane)}</text>
${shown.map((poll) => mark(poll, x(poll.offsetMs), y))}
`;
  });
  return html`<h2>What visitors got</h2>
<p>${legend()}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Timeline of the looks"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="timeline-title">
<title id="timeline-title">${describe(lanes, endMs)}</title>
${rows}
<text x="${LEFT_PX}" y="${height - 6}">0 s</text>
<text x="${WIDTH - 8}" y="${height - 6}" text-anchor="end">${seconds(endMs)}</text>
</svg></div>
`;
}

function mark({ sighting, status, age, offsetMs }: Poll, x: number, y: number): Html {
  const at = Math.round(x * 10) / 10;
  const told = [
    WORDS[sighting],
    `after ${seconds(offsetMs)}`,
    status && `status ${status}`,
    age !== undefined && `age ${age} s`,
  ];
  const title = html`<title>${told.filter(Boolean).join(', ')}</title>`;
  switch (sighting) {
    case 'new':
    case 'old':
      return html`<circle class="${sighting}" cx="${at}" cy="${y}" r="${RADIUS}">${title}</circle>`;
    case 'none':
      return html`<rect class="none" x="${at - RADIUS}" y="${y - RADIUS}" width="${RADIUS * 2}" height="${RADIUS * 2}">${title}</rect>`;
    case 'unreachable':
      return html`<path class="unreachable" d="M${at - RADIUS} ${y - RADIUS}l${RADIUS * 2} ${RADIUS * 2}m0 ${-RADIUS * 2}l${-RADIUS * 2} ${RADIUS * 2}">${title}</path>`;
  }
}

const SHAPES: Readonly<Record<Sighting, string>> = { new: '●', old: '○', none: '□', unreachable: '×' };

const legend = (): string =>
  SIGHTINGS.map((sighting) => `${SHAPES[sighting]} ${WORDS[sighting]}`).join('   ');

function labelOf({ edge, encoding }: Lane): string {
  const label = [edge, encoding].filter((part) => part !== '').join(' ');
  return label.length > 28 ? `…${label.slice(-27)}` : label;
}

/** What the picture shows, for those who can't see it. */
function describe(lanes: readonly Lane[], endMs: number): string {
  const polls = lanes.flatMap((lane) => lane.polls);
  const counts = SIGHTINGS.map(
    (sighting) => [sighting, polls.filter((poll) => poll.sighting === sighting).length] as const,
  )
    .filter(([, count]) => count > 0)
    .map(([sighting, count]) => `${count} times ${WORDS[sighting]}`);
  return `${polls.length} looks at ${lanes.length} addresses and encodings within ${seconds(endMs)}: ${counts.join(', ')}`;
}

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
