import { dirname, resolve } from 'node:path';
import type { Variables } from '../../config/interpolate.ts';
import { placeText } from '../../config/place.ts';
import type { Located } from '../../config/yaml.ts';
import { invalid } from '../../proof/errors.ts';
import type { Check } from '../../proof/schema.ts';
import type { Files } from '../files.ts';
import type { PlannedCheck } from '../plan.ts';
import { compileCheck } from './compile.ts';
import type { Compiling } from './compiling.ts';
import { atOf } from './inline.ts';
import { problemsOf } from './issues.ts';
import { interpolated, type Problem, type Reading, sourceOf } from './source.ts';
import { schemaFor } from './spec.ts';

/** What a list of checks is read with. */
export interface ParseContext {
  readonly variables: Variables;
  readonly files: Files;
  /** The folder that the names of files with checks are relative to. */
  readonly cwd: string;
  readonly hasBaseUrl: boolean;
  /** The names of built-in values. */
  readonly builtIn: readonly string[];
  /** What is wrong with a pattern, path or selector; undefined for a good one. */
  readonly tryOut: (
    what: 'regex' | 'json' | 'html',
    source: string,
    flags: string,
  ) => Promise<string | undefined>;
}

const MAX_CHECKS = 1_000;

/** Understands a list of checks. Everything that is wrong is said at once, each where it stands. Throws `checks-…`. */
export async function parseChecks(root: Located, context: ParseContext): Promise<readonly PlannedCheck[]> {
  const reading: Reading = { variables: context.variables, problems: [], known: new Set(context.builtIn) };
  const list = sourceOf(root, reading);
  const tried: Promise<void>[] = [];
  const compiling: Compiling = {
    reading,
    files: context.files,
    folder: dirname(resolve(context.cwd, root.file)),
    hasBaseUrl: context.hasBaseUrl,
    tryOut: (what, source, at, flags = '') => {
      const tell = (why: string | undefined) => why !== undefined && at.refuse(why);
      tried.push(context.tryOut(what, source, flags).then((why) => void tell(why)));
    },
  };
  const items: readonly Located[] = Array.isArray(root.value) ? root.value : [];
  if (!Array.isArray(root.value)) list.refuse('expected a list of checks');
  else if (items.length === 0) list.refuse('expected at least one check');
  else if (items.length > MAX_CHECKS) list.refuse(`expected at most ${MAX_CHECKS} checks`);
  const { plain } = await import('../../config/yaml.ts');
  const checks: PlannedCheck[] = [];
  for (const [index, item] of items.slice(0, MAX_CHECKS).entries()) {
    const data = plain(item, (text, place) => interpolated(text, place, reading).text);
    const parsed = schemaFor(data).safeParse(data);
    if (!parsed.success) {
      reading.problems.push(...problemsOf(parsed.error.issues, item));
      continue;
    }
    const source = list.in(index);
    const check = await compileCheck(parsed.data, source, compiling);
    if (checks.some(({ name }) => name === check.name))
      source.in('name').refuse('another check has this name');
    checks.push(check);
  }
  await Promise.all(tried);
  if (reading.problems.length > 0) throw refusal(reading.problems);
  return checks;
}

/** Everything that is wrong with a list, as one error with a check for each. */
export function refusal(problems: readonly Problem[]) {
  const told = problems.map((problem) => ({
    ...problem,
    text: `${placeText(problem.place)}: ${problem.message}`,
  }));
  // A text is looked at once as a value and once as a template; what is wrong with it is said once.
  const distinct = [...new Map(told.map((problem) => [problem.text, problem])).values()];
  const inOrder = distinct.toSorted((a, b) => a.place.line - b.place.line);
  const checks = inOrder.map(
    ({ code, place, text }, index): Check => ({
      id: `checks:${index + 1}`,
      status: 'fail',
      title: code,
      expected: 'a list of checks that is understood',
      observed: text,
      ...atOf(place),
    }),
  );
  return invalid(inOrder[0]?.code ?? 'checks-invalid', inOrder.map(({ text }) => text).join('; '), {
    checks,
  });
}
