import { line, round, svg, text } from '../chart/frame.ts';

export interface Point {
  /** What is counted: entries, or live keys. */
  readonly count: number;
  readonly ms: number;
}

/** One store's medians, smallest count first. */
export interface Series {
  readonly name: string;
  readonly isOurs: boolean;
  readonly points: readonly Point[];
}

export interface Panel {
  readonly axis: string;
  readonly series: readonly Series[];
}

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM, PANEL, GAP] = [800, 320, 56, 20, 48, 250, 150];
/** The height of a name. */
const NAME = 14;
/** Both axes in powers of ten: a line that stays level is a cost that does not grow. */
const [FROM_MS, TO_MS] = [0.1, 1_000];
const [FROM, TO] = [10, 100_000];

const share = (value: number, from: number, to: number): number =>
  Math.log10(value / from) / Math.log10(to / from);
const y = (ms: number): number =>
  round(HEIGHT - BOTTOM - share(ms, FROM_MS, TO_MS) * (HEIGHT - TOP - BOTTOM));
const decades = (from: number, to: number): number[] =>
  Array.from({ length: Math.round(Math.log10(to / from)) + 1 }, (_, n) => from * 10 ** n);

/** Milliseconds a claim, beside each other over two counts; the names stand where the lines end. */
export function chart(panels: readonly Panel[], label: string): string {
  return svg(
    { width: WIDTH, height: HEIGHT, label },
    panels.flatMap((panel, n) => panelAt(LEFT + n * (PANEL + GAP), panel)),
  );
}

function panelAt(left: number, { axis, series }: Panel): string[] {
  const x = (count: number) => round(left + share(count, FROM, TO) * PANEL);
  return [
    ...decades(FROM_MS, TO_MS).flatMap((ms) => [
      line('grid', left, y(ms), left + PANEL, y(ms)),
      text(left - 8, y(ms) + 4, 'end', ms < 1_000 ? `${Number(ms.toPrecision(1))} ms` : '1 s'),
    ]),
    ...decades(FROM, TO).map((count) =>
      text(x(count), HEIGHT - BOTTOM + 18, 'middle', count.toLocaleString('en')),
    ),
    text(left + PANEL / 2, HEIGHT - 10, 'middle', axis),
    ...series
      .filter(({ points }) => points.length > 0)
      .flatMap(({ isOurs, points }) => [
        `<polyline${isOurs ? '' : ' class="theirs p95"'} points="${points.map(({ count, ms }) => `${x(count)},${y(ms)}`).join(' ')}"/>`,
        ...points.map(
          ({ count, ms }) =>
            `<circle class="${isOurs ? 'ours' : 'peer'}" cx="${x(count)}" cy="${y(ms)}" r="3"/>`,
        ),
      ]),
    ...names(series).map(({ name, at }) => text(left + PANEL + 8, at + 4, 'start', name)),
  ];
}

/** Where the names stand: at the ends of their lines, and below one another where these meet. */
function names(series: readonly Series[]): { readonly name: string; readonly at: number }[] {
  const ends = series
    .flatMap(({ name, points }) => points.slice(-1).map(({ ms }) => ({ name, at: y(ms) })))
    .sort((a, b) => a.at - b.at);
  let lowest = 0;
  return ends.map(({ name, at }) => {
    lowest = Math.max(at, lowest + NAME);
    return { name, at: lowest };
  });
}
