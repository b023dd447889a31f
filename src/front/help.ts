import type { z } from 'zod';
import { commonInputs, commonOutputs } from '../modes/common.ts';
import { kindOf } from '../modes/kinds.ts';
import type { Mode } from '../modes/mode.ts';
import { docsPage } from '../proof/error-page.ts';

/** One row of a mode's input table; help, action.yml and the reference pages are made from these. */
export interface InputRow {
  readonly name: string;
  readonly description: string;
  readonly allowed: string;
  readonly required: boolean;
  /** As it would be given. */
  readonly default: string | undefined;
  readonly common: boolean;
}

export function inputRows(mode: Mode): InputRow[] {
  return Object.entries(mode.input.shape).map(([name, schema]) => {
    const type = schema as z.ZodType;
    const fallback = defaultOf(type);
    return {
      name,
      description: type.description ?? '',
      allowed: kindOf(type).allowed,
      required: !type.safeParse(undefined).success,
      default: fallback,
      common: name in commonInputs,
    };
  });
}

/** The default as a user would write it; an empty one is none. */
function defaultOf(schema: z.ZodType): string | undefined {
  const { type, defaultValue } = schema.def as { type: string; defaultValue?: unknown };
  if (type !== 'prefault' && type !== 'default') return undefined;
  return typeof defaultValue === 'object' ? undefined : String(defaultValue);
}

/** The help page of one mode. */
export function modeHelp(mode: Mode): string {
  const rows = inputRows(mode);
  const describe = (row: InputRow) => {
    const notes = [
      row.required ? 'required' : undefined,
      row.default === undefined ? undefined : `default ${row.default}`,
    ];
    const suffix = notes.filter((note) => note !== undefined).join(', ');
    return `  --${row.name}${suffix ? ` (${suffix})` : ''}\n      ${row.description}\n      Allowed: ${row.allowed}.`;
  };
  return [
    `ship-proof ${mode.name}: ${mode.summary}`,
    '',
    `Usage: ship-proof ${mode.name} [--input value …]${mode.takesCommand ? ' [-- command argument …]' : ''}`,
    `What it promises, examples, and what to do when it fails: ${docsPage(`${mode.name}.md`)}`,
    '',
    'Inputs:',
    ...rows.map(describe),
    '  --json\n      Print the proof alone on stdout; log lines go to stderr.',
    '',
    'Outputs (`result` of the proof that --json prints):',
    ...Object.entries({ ...mode.outputs, ...commonOutputs }).map(
      ([name, description]) => `  ${name}: ${description}`,
    ),
    '',
    EXITS,
  ].join('\n');
}

/** The help page of the program. */
export function programHelp(modes: readonly Mode[]): string {
  const width = Math.max(...modes.map(({ name }) => name.length));
  return [
    'ship-proof: turns "it is done" into evidence, and makes doing it twice harmless.',
    '',
    'Usage: ship-proof <mode> [--input value …] [--json]',
    '       ship-proof <mode> --help | --help | --version',
    '',
    'Modes:',
    ...modes.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Every input can be given as --name value, as SHIP_PROOF_INPUT_NAME in the environment, or in ship-proof.yml.',
    EXITS,
    `All pages: ${docsPage('README.md')}`,
  ].join('\n');
}

const EXITS =
  'Exit codes: 0 proved or already done, 1 disproved, 2 bad input (nothing happened), 3 could not be checked, 4 refused.';
