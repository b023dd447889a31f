import type { z } from 'zod';
import { didYouMean } from '../config/nearest.ts';
import { commonInputs } from '../modes/common.ts';
import { kindOf } from '../modes/kinds.ts';
import type { Mode } from '../modes/mode.ts';
import { printable } from '../proof/encode.ts';
import { invalid } from '../proof/errors.ts';
import type { Check } from '../proof/schema.ts';

/** One input as it was given, before it is understood. */
export interface RawInput {
  readonly name: string;
  /** Undefined when the name was given without a value. */
  readonly value: unknown;
  /** Where it was given, for messages: `--within`, `SHIP_PROOF_INPUT_WITHIN`, `ship-proof.yml:4`. */
  readonly source: string;
  /** The line of the config that gave it. */
  readonly at?: { readonly file: string; readonly line: number };
  /** A secret was put into it: no error repeats it. */
  readonly secret?: boolean;
}

/** What is wrong with one input. */
interface Problem {
  readonly code: 'input-unknown' | 'input-missing' | 'input-invalid';
  readonly check: Check;
}

/**
 * The mode's input from all that was given, in rising rank: config, environment, front. Everything that is wrong is said
 * at once: each problem names the input, what was given, and what is allowed. Throws `input-…`, and then nothing was done.
 */
export function parseInput<Input extends z.ZodObject>(
  mode: Mode<Input>,
  given: readonly RawInput[],
): z.output<Input> {
  const { shape } = mode.input;
  const inputs = [...new Map(given.map((raw) => [raw.name, raw])).values()];
  const [known, unknown] = [true, false].map((wanted) =>
    inputs.filter((raw) => Object.hasOwn(shape, raw.name) === wanted),
  ) as [RawInput[], RawInput[]];
  const parsed = mode.input.safeParse(Object.fromEntries(known.map(({ name, value }) => [name, value])));
  const misplaced = known.filter(
    ({ name, at }) => at && (Object.hasOwn(commonInputs, name) || mode.notInConfig?.includes(name)),
  );
  // Named but without a value is not the same as not given: no default may stand in.
  const bare = known.filter(({ value }) => value === undefined);
  if (parsed.success && [unknown, misplaced, bare].every((list) => list.length === 0)) return parsed.data;

  const issues = Map.groupBy(parsed.error?.issues ?? [], ({ path }) => String(path[0]));
  for (const { name } of bare) issues.set(name, []);
  const problems = [
    ...unknown.map((raw) => unknownProblem(mode, raw)),
    ...misplaced.map(misplacedProblem),
    ...[...issues].map(([name, [issue]]) => {
      const raw = known.find((input) => input.name === name);
      return valueProblem(
        name,
        raw,
        issue?.code === 'custom' ? issue.message : undefined,
        shape[name] as z.ZodType,
      );
    }),
  ];
  throw invalid(
    problems[0]?.code ?? 'input-invalid',
    problems.map(({ check }) => `${check.title}: ${check.observed}; allowed: ${check.expected}`).join('; '),
    { checks: problems.map(({ check }) => check) },
  );
}

function unknownProblem(mode: Mode, raw: RawInput): Problem {
  // The config can't give what is common to all modes, so it isn't told of that either.
  const names = Object.keys(mode.input.shape).filter((name) => !raw.at || !Object.hasOwn(commonInputs, name));
  const name = printable(raw.name, 80);
  const observed = `\`${mode.name}\` has no input \`${name}\`${didYouMean(raw.name, names)} (from ${raw.source})`;
  return problem('input-unknown', name, observed, `one of ${names.join(', ')}`, raw);
}

const misplacedProblem = (raw: RawInput): Problem =>
  problem(
    'input-unknown',
    raw.name,
    `the config can't give it (from ${raw.source})`,
    'a flag, an input of the action, or the environment',
    raw,
  );

function valueProblem(
  name: string,
  raw: RawInput | undefined,
  why: string | undefined,
  schema: z.ZodType,
): Problem {
  const { allowed, secret } = kindOf(schema);
  if (raw?.value === undefined) {
    const hint = raw
      ? `no value (from ${raw.source}; one that begins with -- is given as ${raw.source}=…)`
      : 'nothing was given';
    return problem('input-missing', name, hint, allowed, raw);
  }
  const value = secret || raw.secret ? 'a value that is not shown' : shown(raw.value);
  // Our own messages say more than the kind alone; zod's speak of its types.
  const observed = `${value}${why === undefined ? '' : `, which ${why}`} (from ${raw.source})`;
  return problem('input-invalid', name, observed, allowed, raw);
}

function problem(
  code: Problem['code'],
  name: string,
  observed: string,
  allowed: string,
  raw: RawInput | undefined,
): Problem {
  const title = `${code}: input \`${name}\``;
  const check: Check = { id: `input:${name}`, status: 'fail', title, expected: allowed, observed };
  return { code, check: raw?.at ? { ...check, at: raw.at } : check };
}

/** What was given, short and harmless, and without what may be a URL's user and password. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  // By positions: a pattern for it takes minutes for some texts of the size that a config may have.
  const [start, end] = [text.indexOf('"') + 1, text.lastIndexOf('@')];
  const isUser = start > 0 && end > start && text.slice(start, end).includes(':');
  return printable(isUser ? `${text.slice(0, start)}***${text.slice(end)}` : text, 120);
}

/** The inputs that the environment gives: `SHIP_PROOF_INPUT_BUILD_ID` is `build-id`. Empty ones count as not given. */
export function environmentInputs(
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): RawInput[] {
  return Object.entries(env).flatMap(([variable, value]) => {
    const [, suffix] = /^SHIP_PROOF_INPUT_(.+)$/.exec(variable) ?? [];
    if (suffix === undefined || !value?.trim()) return [];
    const name = suffix.toLowerCase().replaceAll('_', '-');
    // The host may set inputs for every mode that runs on it; this one takes its own.
    return known.includes(name) ? [{ name, value, source: variable }] : [];
  });
}
