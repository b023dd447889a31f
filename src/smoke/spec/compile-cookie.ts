import type { About, CookiePart, Expectation } from '../plan.ts';
import { compileTests, labelled, many, negate, type PlacedTest } from './compile-test.ts';
import type { Compiling } from './compiling.ts';
import type { ExpectSpec } from './expect.ts';
import type { Source } from './source.ts';

const COOKIE_PARTS = ['secure', 'http-only', 'same-site', 'path', 'domain'] as const;

/** What is asked of a cookie: its value, and the attributes that it was set with. */
export function compileCookie(
  name: string,
  spec: NonNullable<ExpectSpec['cookie']>[string],
  source: Source,
  compiling: Compiling,
): Expectation[] {
  const about =
    (of: CookiePart) =>
    (test: PlacedTest['test']): About => ({ kind: 'cookie', name, of, test });
  return many(spec, source).flatMap(([item, at]) => {
    const value = labelled(`cookie ${name}`, compileTests(item as string, at, compiling), about('value'));
    if (item === null || typeof item !== 'object') return value;
    const given = item as Partial<Record<(typeof COOKIE_PARTS)[number], unknown>>;
    const parts = (from: typeof given, inside: Source) =>
      COOKIE_PARTS.flatMap((part) =>
        from[part] === undefined
          ? []
          : labelled(
              `cookie ${name} ${part}`,
              [
                {
                  test: { op: 'equals', value: inside.in(part).json() },
                  negated: false,
                  place: inside.in(part).place,
                },
              ],
              about(part),
            ),
      );
    const { not } = item as { not?: typeof given };
    return [...value, ...parts(given, at), ...(not ? parts(not, at.in('not')).map(negate) : [])];
  });
}
