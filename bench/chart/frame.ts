/** A chart as plain SVG: no scripts, nothing from elsewhere, the same text for the same figures. Sizes are in its own pixels. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** What it shows, for those who do not see it. */
  readonly label: string;
}

/** The whole file. It has a ground of its own, so that it can be read on whatever page it stands. */
export function svg({ width, height, label }: Frame, parts: readonly string[]): string {
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${asText(label)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${width}" height="${height}" rx="6"/>`,
    ...parts,
    '</svg>',
  ].join('\n')}\n`;
}

export const text = (
  x: number,
  y: number,
  anchor: 'start' | 'middle' | 'end',
  content: string,
  name?: string,
): string =>
  `<text${name === undefined ? '' : ` class="${name}"`} x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${asText(content)}</text>`;

export const line = (name: string, x1: number, y1: number, x2: number, y2: number): string =>
  `<line class="${name}" x1="${round(x1)}" x2="${round(x2)}" y1="${round(y1)}" y2="${round(y2)}"/>`;

/** From 0 to `max`. */
export const ticks = (max: number, step: number): number[] =>
  Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, index) => index * step);

/** A step of 1, 2 or 5 times a power of ten that divides `max` into at most six. */
export function stepFor(max: number): number {
  const power = 10 ** Math.floor(Math.log10(max / 6));
  return power * ([1, 2, 5].find((times) => max / (power * times) <= 6) ?? 10);
}

export const ceilTo = (value: number, step: number): number => Math.ceil(value / step) * step;

export const round = (value: number): number => Math.round(value * 10) / 10;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const asText = (content: string): string => content.replace(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign);

const STYLE = [
  'svg{color:#24292f;--line:#0969da;--peer:#bc4c00;--grid:#d0d7de;--ground:#fff}',
  '@media(prefers-color-scheme:dark){svg{color:#e6edf3;--line:#58a6ff;--peer:#f0883e;--grid:#30363d;--ground:#0d1117}}',
  'text{font:12px sans-serif;fill:currentColor}',
  'polyline{fill:none;stroke:var(--line);stroke-width:2}',
  '.p95{stroke-dasharray:4 4}',
  '.ours{fill:var(--line)}',
  '.peer{fill:var(--peer)}',
  '.grid{stroke:var(--grid)}',
  '.spread{stroke:currentColor;stroke-width:1.5}',
  '.goal{stroke:currentColor;stroke-dasharray:2 3}',
  'polyline.theirs{fill:none;stroke:var(--peer)}',
  '.ground{fill:var(--ground)}',
].join('');
