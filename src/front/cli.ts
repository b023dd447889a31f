import { didYouMean } from '../config/nearest.ts';
import { kindOf } from '../modes/kinds.ts';
import type { Mode } from '../modes/mode.ts';
import { invalid } from '../proof/errors.ts';
import type { RawInput } from './parse.ts';

export interface CommandLine {
  readonly inputs: readonly RawInput[];
  /** Print the proof alone on stdout; log lines go to stderr. */
  readonly json: boolean;
  readonly help: boolean;
  /** What stands after `--`: the command to run, as arguments; undefined without `--`. */
  readonly command: readonly string[] | undefined;
}

/**
 * Reads the arguments after the mode's name: `--x v`, `--x=v`; a flag of the kind true/false may stand alone; a repeated
 * one adds a line. Throws `input-unknown` for what is no flag of the mode, `input-missing` for one without its value.
 */
export function parseArguments(mode: Mode, argv: readonly string[]): CommandLine {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  const values = new Map<string, string[]>();
  let json = false;
  let help = false;
  for (let index = 0; index < own.length; index += 1) {
    const argument = own[index] ?? '';
    const [, name, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
    if (argument === '-h' || argument === '--help') {
      help = true;
    } else if (argument === '--json') {
      json = true;
    } else if (name === undefined) {
      throw invalid(
        'input-unknown',
        `\`${argument.slice(0, 80)}\` is no flag; inputs are given as --name value, a command to run after --`,
      );
    } else {
      const [value, taken] = flagValue(mode, name, inline, own[index + 1]);
      values.set(name, [...(values.get(name) ?? []), value]);
      index += taken;
    }
  }
  const inputs = [...values].map(([name, all]) => ({ name, value: all.join('\n'), source: `--${name}` }));
  return { inputs, json, help, command: end < 0 ? undefined : argv.slice(end + 1) };
}

/** A flag's value, and how many further arguments it took. */
function flagValue(
  mode: Mode,
  name: string,
  inline: string | undefined,
  next: string | undefined,
): [value: string, taken: number] {
  if (inline !== undefined) return [inline, 0];
  const schema = mode.input.shape[name];
  if (!schema) {
    const known = Object.keys(mode.input.shape);
    throw invalid(
      'input-unknown',
      `\`${mode.name}\` has no input \`${name.slice(0, 80)}\`${didYouMean(name, known)}; allowed: one of ${known.join(', ')}`,
    );
  }
  if (kindOf(schema as Parameters<typeof kindOf>[0]).flag) {
    return next === 'true' || next === 'false' ? [next, 1] : ['true', 0];
  }
  if (next === undefined || next.startsWith('--')) {
    throw invalid(
      'input-missing',
      `input \`${name}\` has no value; allowed: ${kindOf(schema as Parameters<typeof kindOf>[0]).allowed} (a value that begins with -- is given as --${name}=…)`,
    );
  }
  return [next, 1];
}
