import { availableParallelism, cpus, totalmem, type } from 'node:os';

/** A Markdown table; columns after the first `left` ones hold numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], left = 1): string {
  const rule = head.map((_, column) => (column < left ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** One line that says whether a goal was met. */
export const goal = (what: string, met: boolean, found: string): string =>
  `- ${what}: ${found}, ${met ? 'met' : '**missed**'}.`;

/** Milliseconds for people: `42 ms`, `3.1 s`; a dash where there is nothing. */
export function time(ms: number): string {
  if (Number.isNaN(ms)) return '–';
  return Math.abs(ms) < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** What the figures were measured on, and when. */
export function machine(): string {
  const date = new Date().toISOString().slice(0, 10);
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU';
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  return `${date}, ${availableParallelism()} cores, ${model}, ${memory}, ${type()}, Node ${process.versions.node}`;
}
