import { ceilTo, line, round, svg, text, ticks } from '../chart/frame.ts';
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
  const points = (lag: (point: Point) => number) =>
    curve.map((point) => `${x(point.looks)},${y(lag(point))}`).join(' ');
  const marked = (point: Point, name: string) => [
    `<circle class="${name}" cx="${x(point.looks)}" cy="${y(point.medianLagMs)}" r="4"/>`,
    `<circle class="${name}" cx="${x(point.looks)}" cy="${y(point.p95LagMs)}" r="3"/>`,
    text(x(point.looks) + 7, y(point.p95LagMs) - 6, 'start', point.label),
  ];
  const label = 'Lag over looks, for growth factors of the wait';
  return svg({ width: WIDTH, height: HEIGHT, label }, [
    ...ticks(maxLagS, 2).flatMap((lagS) => {
      const at = y(lagS * 1000);
      return [line('grid', LEFT, at, WIDTH - RIGHT, at), text(LEFT - 8, at + 4, 'end', `${lagS} s`)];
    }),
    ...ticks(maxLooks, 10).map((looks) => text(x(looks), HEIGHT - BOTTOM + 18, 'middle', String(looks))),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, 'middle', 'looks until the new build is seen (mean)'),
    `<polyline class="p95" points="${points(({ p95LagMs }) => p95LagMs)}"/>`,
    `<polyline class="median" points="${points(({ medianLagMs }) => medianLagMs)}"/>`,
    ...curve.flatMap((point) => marked(point, 'ours')),
    ...marked(peer, 'peer'),
    text(WIDTH - RIGHT, TOP + 20, 'end', 'lag: median (line), p95 (dashed)'),
  ]);
}
