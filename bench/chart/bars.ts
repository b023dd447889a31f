import { ceilTo, line, round, stepFor, svg, text, ticks } from './frame.ts';

/** One bar: a length, what it says of it, and its spread. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly shown: string;
  readonly isOurs: boolean;
}

export interface Scale {
  readonly label: string;
  /** What stands under the axis, with its unit. */
  readonly axis: string;
  readonly tick: (value: number) => string;
  /** 1 where only whole numbers make sense. */
  readonly minStep?: number;
}

const [WIDTH, LEFT, RIGHT, TOP, BOTTOM, ROW] = [740, 270, 72, 14, 48, 26];

/** Bars that begin at zero, one below the other; the thin line over each goes from `low` to `high`. */
export function bars(rows: readonly Bar[], { label, axis, tick, minStep = 0 }: Scale): string {
  const longest = Math.max(...rows.map(({ value, high }) => Math.max(value, high)));
  const step = Math.max(minStep, stepFor(longest));
  const max = ceilTo(longest, step);
  const height = TOP + rows.length * ROW + BOTTOM;
  const x = (value: number) => round(LEFT + (value / max) * (WIDTH - LEFT - RIGHT));
  return svg({ width: WIDTH, height, label }, [
    ...ticks(max, step).flatMap((value) => [
      line('grid', x(value), TOP, x(value), height - BOTTOM),
      text(x(value), height - BOTTOM + 18, 'middle', tick(value)),
    ]),
    ...rows.flatMap(({ label, value, low, high, shown, isOurs }, row) => {
      const middle = TOP + row * ROW + ROW / 2;
      return [
        text(LEFT - 8, middle + 4, 'end', label),
        `<rect class="${isOurs ? 'ours' : 'peer'}" x="${LEFT}" y="${middle - 8}" width="${round(x(value) - LEFT)}" height="16"/>`,
        line('spread', x(low), middle, x(high), middle),
        text(Math.max(x(value), x(high)) + 6, middle + 4, 'start', shown),
      ];
    }),
    text((LEFT + WIDTH - RIGHT) / 2, height - 10, 'middle', axis),
  ]);
}
