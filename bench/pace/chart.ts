import type { Cost } from './simulate.ts';

export interface Point extends Cost {
  readonly label: string;
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 320, 56, 24, 20, 48];

/** Lag over looks as a plain SVG that follows the reader's light or dark scheme; `peer` is a point of its own. */
export function chart(curve: readonly Point[], peer: Point): string {
  const all = [...curve, peer];
  const maxLooks = ceilTo(Math.max(...all.map(({ looks }) => looks)), 10);
  const maxLagS = ceilTo(Math.max(...all.map(({ p95LagMs }) => p95LagMs)) / 1000, 2);
  const x = (looks: number) => round(LEFT + (looks / maxLooks) * (WIDTH - LEFT - RIGHT));
  const y = (lagMs: number) => round(HEIGHT - BOTTOM - (lagMs / 1000 / maxLagS) * (HEIGHT - TOP - BOTTOM));
  const line = (lag: (point: Point) => number) =>
    curve.map((point) => `${x(point.looks)},${y(lag(point))}`).join(' ');
  const text = (atX: number, atY: number, anchor: string, content: string) =>
    `<text x="${atX}" y="${atY}" text-anchor="${anchor}">${content}</text>`;
  const marked = (point: Point, name: string) => [
    `<circle class="${name}" cx="${x(point.looks)}" cy="${y(point.medianLagMs)}" r="4"/>`,
    `<circle class="${name}" cx="${x(point.looks)}" cy="${y(point.p95LagMs)}" r="3"/>`,
    text(x(point.looks) + 7, y(point.p95LagMs) - 6, 'start', point.label),
  ];
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Lag over looks, for growth factors of the wait">`,
    `<style>${STYLE}</style>`,
    ...ticks(maxLagS, 2).map((lagS) => {
      const at = y(lagS * 1000);
      return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>${text(LEFT - 8, at + 4, 'end', `${lagS} s`)}`;
    }),
    ...ticks(maxLooks, 10).map((looks) => text(x(looks), HEIGHT - BOTTOM + 18, 'middle', String(looks))),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, 'middle', 'looks until the new build is seen (mean)'),
    `<polyline class="p95" points="${line(({ p95LagMs }) => p95LagMs)}"/>`,
    `<polyline class="median" points="${line(({ medianLagMs }) => medianLagMs)}"/>`,
    ...curve.flatMap((point) => marked(point, 'ours')),
    ...marked(peer, 'peer'),
    text(WIDTH - RIGHT, TOP + 20, 'end', 'lag: median (line), p95 (dashed)'),
    '</svg>',
  ].join('\n')}\n`;
}

const STYLE = [
  'svg{color:#24292f;--line:#0969da;--peer:#bc4c00;--grid:#d0d7de}',
  '@media(prefers-color-scheme:dark){svg{color:#e6edf3;--line:#58a6ff;--peer:#f0883e;--grid:#30363d}}',
  'text{font:12px sans-serif;fill:currentColor}',
  'polyline{fill:none;stroke:var(--line);stroke-width:2}',
  '.p95{stroke-dasharray:4 4}',
  '.ours{fill:var(--line)}',
  '.peer{fill:var(--peer)}',
  '.grid{stroke:var(--grid)}',
].join('');

const ticks = (max: number, step: number): number[] =>
  Array.from({ length: Math.floor(max / step) + 1 }, (_, index) => index * step);

const ceilTo = (value: number, step: number): number => Math.ceil(value / step) * step;
const round = (value: number): number => Math.round(value * 10) / 10;
