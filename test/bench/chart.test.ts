import { describe, expect, it } from 'vitest';
import { bars } from '../../bench/chart/bars.ts';
import { stepFor } from '../../bench/chart/frame.ts';
import { chart } from '../../bench/ledger/chart.ts';

const bar = { label: 'ours', value: 40, low: 30, high: 50, shown: '40 ms', isOurs: true };
const scale = { label: 'A chart', axis: 'ms', tick: String };

describe('a chart of the benches', () => {
  it('is the same for the same figures, and has a text for those who do not see it', () => {
    expect(bars([bar], scale)).toBe(bars([bar], scale));
    expect(bars([bar], scale)).toContain('role="img" aria-label="A chart"');
  });

  it('shows what a tool is called as text, never as part of the file', () => {
    const drawn = bars([{ ...bar, label: '<script>"a" & b</script>' }], { ...scale, label: '"><script>' });
    expect(drawn).not.toContain('<script');
    expect(drawn).toContain('>&lt;script&gt;&quot;a&quot; &amp; b&lt;/script&gt;</text>');
  });

  it('asks nobody for anything and follows the reader’s scheme', () => {
    const drawn = bars([bar], scale);
    expect(drawn.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\(|@import|href/);
    expect(drawn).toContain('prefers-color-scheme:dark');
  });

  it('gives the longest bar room, spread included, and bars their share of it', () => {
    const drawn = bars([bar, { ...bar, value: 20, low: 20, high: 20 }], scale);
    const widths = [...drawn.matchAll(/<rect class="ours"[^>]* width="([\d.]+)"/g)].map(([, width]) =>
      Number(width),
    );
    expect(widths[0]).toBeCloseTo(2 * (widths[1] ?? 0), 0);
    expect(stepFor(50)).toBe(10);
    expect(stepFor(0.7)).toBe(0.2);
  });

  it('draws a cost that does not grow as a level line on its two logarithmic axes', () => {
    const points = [10, 1_000, 100_000].map((count) => ({ count, ms: 10 }));
    const drawn = chart([{ axis: 'entries', series: [{ name: 'git', isOurs: true, points }] }], 'Claims');
    const [, line = ''] = /<polyline points="([^"]+)"/.exec(drawn) ?? [];
    const at = line.split(' ').map((pair) => pair.split(',').map(Number));
    expect(new Set(at.map(([, y]) => y)).size).toBe(1);
    expect((at[1]?.[0] ?? 0) - (at[0]?.[0] ?? 0)).toBe((at[2]?.[0] ?? 0) - (at[1]?.[0] ?? 0));
  });
});
