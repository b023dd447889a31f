import type { z } from 'zod';
import { kindOf } from '../modes/kinds.ts';
import type { Mode } from '../modes/mode.ts';
import { printable } from '../proof/encode.ts';
import { invalid } from '../proof/errors.ts';
import type { RawInput } from './parse.ts';

/** The arguments before `--`, which are ours, and those after it. */
export function splitArguments(argv: readonly string[]): {
  readonly own: readonly string[];
  readonly command: readonly string[] | undefined;
} {
  const end = argv.indexOf('--');
  return end < 0
    ? { own: argv, command: undefined }
    : { own: argv.slice(0, end), command: argv.slice(end + 1) };
}

/**
 * Reads the arguments between the mode's name and `--`: `--x v`, `--x=v`; a flag of the kind true/false may stand alone; a repeated
 * one adds a line. Names that the mode does not know, and values that are missing, are for `parseInput` to tell.
 * Throws `input-unknown` for what is no flag.
 */
export function parseArguments(mode: Mode, own: readonly string[]): RawInput[] {
  const values = new Map<string, (string | undefined)[]>();
  for (let index = 0; index < own.length; index += 1) {
    const argument = own[index] ?? '';
    // Read already, where the front was made.
    if (argument === '--json') continue;
    const [, name, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
    if (name === undefined)
      throw invalid('input-unknown', `\`${printable(argument, 80)}\` is no flag; ${HOW}`);
    const next = own[index + 1];
    const value = inline ?? (isFlag(mode, name) ? flagValue(next) : textValue(next));
    if (inline === undefined && value !== undefined && value === next) index += 1;
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return [...values].map(([name, all]) => ({
    name,
    value: all.includes(undefined) ? undefined : all.join('\n'),
    source: `--${printable(name, 80)}`,
  }));
}

const HOW = 'inputs are given as --name value or --name=value, a command to run after --';

const flagValue = (next: string | undefined): string => (next === 'true' || next === 'false' ? next : 'true');

const textValue = (next: string | undefined): string | undefined =>
  next?.startsWith('--') ? undefined : next;

function isFlag(mode: Mode, name: string): boolean {
  const schema = Object.hasOwn(mode.input.shape, name) ? mode.input.shape[name] : undefined;
  return schema !== undefined && kindOf(schema as z.ZodType).flag === true;
}
