import type { z } from 'zod';
import { didYouMean } from '../config/nearest.ts';
import { kindOf } from '../modes/kinds.ts';
import type { Mode } from '../modes/mode.ts';
import { printable } from '../proof/encode.ts';
import { invalid } from '../proof/errors.ts';
import type { Check } from '../proof/schema.ts';

/** One input as it was given, before it is understood. */
export interface RawInput {
  readonly name: string;
  readonly value: unknown;
  /** Where it was given, for messages: `--within`, `SHIP_PROOF_INPUT_WITHIN`, `ship-proof.yml:4`. */
  readonly source: string;
  readonly at?: { readonly file: string; readonly line: number };
}

/**
 * The mode's input from all that was given, in rising rank: config, environment, front. Everything that is wrong is said
 * at once: each problem names the input, what was given, and what is allowed. Throws `input-…`, and then nothing was done.
 */
export function parseInput<Input extends z.ZodObject>(
  mode: Mode<Input>,
  given: readonly RawInput[],
): z.output<Input> {
  const known = Object.keys(mode.input.shape);
  const byName = new Map(given.map((raw) => [raw.name, raw]));
  const problems: Check[] = [...byName.values()]
    .filter(({ name }) => !known.includes(name))
    .map((raw) =>
      problem(
        raw,
        'input-unknown',
        `\`${mode.name}\` has no input \`${shown(raw.name)}\`${didYouMean(raw.name, known)}`,
        `one of ${known.join(', ')}`,
      ),
    );

  const parsed = mode.input.safeParse(
    Object.fromEntries(
      [...byName.values()].filter(({ name }) => known.includes(name)).map(({ name, value }) => [name, value]),
    ),
  );
  if (parsed.success && problems.length === 0) return parsed.data;
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0] ?? '');
    if (problems.some(({ id }) => id === `input:${name}`)) continue;
    const schema = mode.input.shape[name] as z.ZodType | undefined;
    problems.push(describe(name, byName.get(name), issue, schema ? kindOf(schema).allowed : 'text'));
  }
  const [first] = problems;
  throw invalid(
    first?.expected.startsWith('one of') && first.title.includes('has no input')
      ? 'input-unknown'
      : 'input-invalid',
    problems.map(({ detail }) => detail).join('; '),
    { checks: problems },
  );
}

function describe(name: string, raw: RawInput | undefined, issue: z.core.$ZodIssue, allowed: string): Check {
  if (!raw) {
    return problem(
      { name, value: undefined, source: 'nowhere' },
      'input-missing',
      `input \`${name}\` is missing`,
      allowed,
    );
  }
  // Our own messages say more than the kind alone; zod's speak of its types.
  const custom = issue.code === 'custom' ? ` ${issue.message}` : '';
  const secret = 'input' in issue && issue.input === '***';
  const value = secret ? '' : ` is ${shown(raw.value)}`;
  return problem(
    raw,
    'input-invalid',
    `input \`${name}\`${value}${custom ? `${value ? ', which' : ''}${custom}` : ''} (from ${raw.source})`,
    allowed,
  );
}

function problem(raw: RawInput, code: string, message: string, allowed: string): Check {
  return {
    id: `input:${raw.name}`,
    status: 'fail',
    title: `${code}: ${message}`,
    expected: allowed,
    observed: raw.value === undefined ? 'nothing' : `given in ${raw.source}`,
    detail: `${message}; allowed: ${allowed}`,
    ...(raw.at ? { at: raw.at } : {}),
  };
}

/** What was given, short and harmless. */
function shown(value: unknown): string {
  return typeof value === 'string'
    ? printable(JSON.stringify(value), 120)
    : printable(JSON.stringify(value) ?? 'nothing', 120);
}

/** The inputs that the environment gives: `SHIP_PROOF_INPUT_BUILD_ID` is `build-id`. Empty ones count as not given. */
export function environmentInputs(
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): RawInput[] {
  return Object.entries(env).flatMap(([variable, value]) => {
    const [, suffix] = /^SHIP_PROOF_INPUT_(.+)$/.exec(variable) ?? [];
    if (suffix === undefined || !value) return [];
    const name = suffix.toLowerCase().replaceAll('_', '-');
    // The host may set inputs for every mode that runs on it; this one takes its own.
    return known.includes(name) ? [{ name, value, source: variable }] : [];
  });
}
