import type { Place } from '../../config/place.ts';
import { type About, COMPARISONS, type Expectation, type Pattern, type Test } from '../plan.ts';
import type { Compiling } from './compiling.ts';
import type { Source } from './source.ts';

/** A test with the line that asks it. */
export interface PlacedTest {
  readonly test: Test;
  readonly negated: boolean;
  readonly place: Place;
}

type Scalar = string | number | boolean | null;
type PatternSpec = string | { readonly pattern: string; readonly flags?: string | undefined };
type Comparisons = Partial<Record<(typeof COMPARISONS)[number], number | undefined>>;

export interface OperatorSpec extends Comparisons {
  readonly equals?: unknown;
  readonly contains?: Scalar | readonly Scalar[] | undefined;
  readonly matches?: PatternSpec | readonly PatternSpec[] | undefined;
  readonly exists?: boolean | undefined;
  readonly type?: (Test & { op: 'type' })['type'] | undefined;
  readonly count?: number | Comparisons | undefined;
  readonly not?: Omit<OperatorSpec, 'not'> | undefined;
}

/** `a` or `[a, b]`, each with its line. */
export function many<T>(value: T | readonly T[] | undefined, source: Source): (readonly [T, Source])[] {
  if (value === undefined) return [];
  return Array.isArray(value)
    ? value.map((item: T, index) => [item, source.in(index)] as const)
    : [[value as T, source]];
}

/** A value, a map of operators, or a list of both. */
export function compileTests(
  spec: Scalar | OperatorSpec | readonly (Scalar | OperatorSpec)[],
  source: Source,
  compiling: Compiling,
): PlacedTest[] {
  return many<Scalar | OperatorSpec>(spec, source).flatMap(([item, at]) =>
    item !== null && typeof item === 'object'
      ? compileOperators(item, at, compiling)
      : [{ test: { op: 'equals', value: at.json() }, negated: false, place: at.place }],
  );
}

function compileOperators(spec: OperatorSpec, source: Source, compiling: Compiling): PlacedTest[] {
  const asked = (key: string, test: Test): PlacedTest => ({
    test,
    negated: false,
    place: source.in(key).place,
  });
  return [
    ...(spec.equals === undefined
      ? []
      : [asked('equals', { op: 'equals', value: source.in('equals').json() })]),
    ...compileContains(spec.contains, source.in('contains')),
    ...compileMatches(spec.matches, source.in('matches'), compiling),
    ...(spec.exists === undefined ? [] : [asked('exists', { op: 'exists', exists: spec.exists })]),
    ...(spec.type === undefined ? [] : [asked('type', { op: 'type', type: spec.type })]),
    ...compileCount(spec.count, source.in('count')),
    ...COMPARISONS.flatMap((comparison) => {
      const number = spec[comparison];
      return number === undefined ? [] : [asked(comparison, { op: 'compare', comparison, number })];
    }),
    ...(spec.not ? compileOperators(spec.not, source.in('not'), compiling).map(negate) : []),
  ];
}

export const compileContains = (spec: OperatorSpec['contains'], source: Source): PlacedTest[] =>
  many(spec, source).map(([, at]) => ({
    test: { op: 'contains', value: at.json() },
    negated: false,
    place: at.place,
  }));

export const compileMatches = (
  spec: OperatorSpec['matches'],
  source: Source,
  compiling: Compiling,
): PlacedTest[] =>
  many(spec, source).map(([item, at]) => ({
    test: {
      op: 'matches',
      pattern:
        typeof item === 'string'
          ? compilePattern(at, undefined, compiling)
          : compilePattern(at.in('pattern'), item.flags, compiling),
    },
    negated: false,
    place: at.place,
  }));

/** `source` is where the pattern stands; it is tried out with its flags, as some patterns are none under `u`. */
export function compilePattern(source: Source, given: string | undefined, compiling: Compiling): Pattern {
  const pattern = { source: source.text(), flags: given ?? '' };
  compiling.tryOut('regex', pattern.source, source, pattern.flags);
  return pattern;
}

export const compileCount = (spec: OperatorSpec['count'], source: Source): PlacedTest[] => {
  if (typeof spec === 'number') {
    return [
      { test: { op: 'count', comparison: 'exactly', number: spec }, negated: false, place: source.place },
    ];
  }
  return COMPARISONS.flatMap((comparison) => {
    const number = spec?.[comparison];
    return number === undefined
      ? []
      : [
          {
            test: { op: 'count', comparison, number } as const,
            negated: false,
            place: source.in(comparison).place,
          },
        ];
  });
};

export const negate = <T extends { readonly negated: boolean }>(asked: T): T => ({
  ...asked,
  negated: !asked.negated,
});

/** Tests as expectations about the same thing. */
export const labelled = (
  label: string,
  tests: readonly PlacedTest[],
  about: (test: PlacedTest['test']) => About,
): Expectation[] => tests.map(({ test, negated, place }) => ({ place, label, negated, about: about(test) }));
