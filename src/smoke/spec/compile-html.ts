import type { About, Expectation, HtmlPart } from '../plan.ts';
import { compileCount, compileTests, labelled, many, negate, type PlacedTest } from './compile-test.ts';
import type { Compiling } from './compiling.ts';
import type { ExpectSpec } from './expect.ts';
import type { Source } from './source.ts';

type HtmlTests = NonNullable<ExpectSpec['html']>[string];
type HtmlOperators = Exclude<Extract<HtmlTests, object>, readonly unknown[]>;

/** What is asked of the elements that a selector finds: a text alone is the text of one of them. */
export function compileHtml(
  selector: string,
  spec: HtmlTests,
  source: Source,
  compiling: Compiling,
): Expectation[] {
  const about =
    (of: HtmlPart) =>
    (test: PlacedTest['test']): About => ({ kind: 'html', selector, of, test });
  const operators = (given: HtmlOperators, at: Source): Expectation[] => [
    ...(given.text === undefined
      ? []
      : labelled(
          `html ${selector}`,
          compileTests(given.text, at.in('text'), compiling),
          about({ kind: 'text' }),
        )),
    ...Object.entries(given.attribute ?? {}).flatMap(([name, tests]) =>
      labelled(
        `html ${selector} [${name}]`,
        compileTests(tests, at.in('attribute').in(name), compiling),
        about({ kind: 'attribute', name: name.toLowerCase() }),
      ),
    ),
    ...labelled(`html ${selector}`, compileCount(given.count, at.in('count')), about({ kind: 'elements' })),
    ...(given.exists === undefined
      ? []
      : labelled(
          `html ${selector}`,
          [{ test: { op: 'exists', exists: given.exists }, negated: false, place: at.in('exists').place }],
          about({ kind: 'elements' }),
        )),
    ...('not' in given && given.not ? operators(given.not, at.in('not')).map(negate) : []),
  ];
  return many(spec, source).flatMap(([item, at]) =>
    item !== null && typeof item === 'object'
      ? operators(item as HtmlOperators, at)
      : labelled(
          `html ${selector}`,
          [{ test: { op: 'equals', value: at.json() }, negated: false, place: at.place }],
          about({ kind: 'text' }),
        ),
  );
}
