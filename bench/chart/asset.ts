import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');

/**
 * Writes a chart and answers the Markdown that shows it. `bench/run.ts` says by the environment that it goes beside the
 * page; a bench that is run by itself leaves the page's charts alone, and puts its own under build/.
 */
export function showChart(name: string, alt: string, chart: string): string {
  const folder = process.env.BENCH_ASSETS ?? join(ROOT, 'build/bench');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.svg`), chart);
  return `![${alt}](assets/${name}.svg)`;
}
