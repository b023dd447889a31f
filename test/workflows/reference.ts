import type { CallDefinition } from '../actions-runner/workflow-file.ts';

interface Described {
  readonly description?: string;
  readonly type?: string;
  readonly required?: boolean;
  readonly default?: unknown;
}

/** The tables of a called workflow's inputs, secrets and outputs, as docs/workflows.md has them. */
export function referenceOf(call: CallDefinition): string {
  const rows = (kind: 'inputs' | 'secrets' | 'outputs') =>
    Object.entries((call[kind] ?? {}) as Readonly<Record<string, Described | null>>).map(
      ([name, own]) => [name, own ?? {}] as const,
    );
  const cell = (text: unknown): string => String(text ?? '').replaceAll('|', '\\|');
  const inputs = rows('inputs').map(([name, { type, required, default: fallback, description }]) => {
    const shown = required ? '**required**' : fallback === '' ? '' : `\`${fallback}\``;
    return `| \`${name}\` | ${type} | ${shown} | ${cell(description)} |`;
  });
  const others = (kind: 'secrets' | 'outputs') =>
    rows(kind).map(([name, { description }]) => `| \`${name}\` | ${cell(description)} |`);
  return [
    '| input | type | default | what it is |',
    '| --- | --- | --- | --- |',
    ...inputs,
    '',
    '| secret | what it is |',
    '| --- | --- |',
    ...others('secrets'),
    '',
    '| output | what it holds |',
    '| --- | --- |',
    ...others('outputs'),
  ].join('\n');
}
