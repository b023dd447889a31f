import type { Json } from '../../proof/schema.ts';
import type { About, Expectation } from '../plan.ts';
import { compileCookie } from './compile-cookie.ts';
import { compileHtml } from './compile-html.ts';
import { compileSchema } from './compile-schema.ts';
import {
  compileContains,
  compileMatches,
  compileTests,
  labelled,
  many,
  negate,
  type PlacedTest,
} from './compile-test.ts';
import type { Compiling } from './compiling.ts';
import type { ExpectSpec } from './expect.ts';
import { millisecondsOf } from './kinds.ts';
import type { Source } from './source.ts';

/** The expectations of one step, taken apart, in the order in which they stand in the file. */
export async function compileExpectations(
  spec: ExpectSpec | undefined,
  source: Source,
  compiling: Compiling,
): Promise<Expectation[]> {
  if (!spec) return [];
  const { not, ...own } = spec;
  const expectations = [
    ...compileHttp(own, source, compiling),
    ...(await compileContent(own, source, compiling)),
    ...(not ? (await compileExpectations(not, source.in('not'), compiling)).map(negate) : []),
  ];
  return expectations.toSorted((a, b) => a.place.line - b.place.line);
}

function compileHttp(spec: ExpectSpec, source: Source, compiling: Compiling): Expectation[] {
  const one = (key: keyof ExpectSpec, about: About): Expectation => ({
    place: source.in(key).place,
    label: key,
    negated: false,
    about,
  });
  return [
    ...(spec.status === undefined
      ? []
      : [
          one('status', {
            kind: 'status',
            allowed: many(spec.status, source.in('status')).map(([item]) => String(item)),
          }),
        ]),
    ...Object.entries(spec.header ?? {}).flatMap(([name, test]) =>
      labelled(`header ${name}`, compileTests(test, source.in('header').in(name), compiling), (asked) => ({
        kind: 'header',
        name,
        test: asked,
      })),
    ),
    ...(spec['final-url'] === undefined
      ? []
      : labelled('final-url', compileTests(spec['final-url'], source.in('final-url'), compiling), (test) => ({
          kind: 'final-url',
          test,
        }))),
    ...Object.entries(spec.cookie ?? {}).flatMap(([name, test]) =>
      compileCookie(name, test, source.in('cookie').in(name), compiling),
    ),
    ...(spec['max-time'] === undefined
      ? []
      : [one('max-time', { kind: 'max-time', ms: millisecondsOf(spec['max-time']) })]),
    ...(spec['max-bytes'] === undefined
      ? []
      : [one('max-bytes', { kind: 'max-bytes', bytes: bytesOf(spec['max-bytes']) })]),
    ...(spec['tls-days'] === undefined
      ? []
      : [one('tls-days', { kind: 'tls-days', days: spec['tls-days'] })]),
    ...(spec.sha256 === undefined
      ? []
      : [one('sha256', { kind: 'sha256', hex: source.in('sha256').template() })]),
  ];
}

/** What is asked of the content, of whatever kind it is. */
export async function compileContent(
  spec: Pick<ExpectSpec, 'contains' | 'not-contains' | 'matches' | 'json' | 'json-schema' | 'html'>,
  source: Source,
  compiling: Compiling,
): Promise<Expectation[]> {
  const body = (test: PlacedTest['test']): About => ({ kind: 'body', test });
  return [
    ...labelled('contains', compileContains(spec.contains, source.in('contains')), body),
    ...labelled(
      'contains',
      compileContains(spec['not-contains'], source.in('not-contains')).map(negate),
      body,
    ),
    ...labelled('matches', compileMatches(spec.matches, source.in('matches'), compiling), body),
    ...Object.entries(spec.json ?? {}).flatMap(([path, tests]) => {
      const at = source.in('json').in(path);
      compiling.tryOut('json', path, at);
      return labelled(`json ${path}`, compileTests(tests, at, compiling), (test) => ({
        kind: 'json',
        path,
        test,
      }));
    }),
    ...(spec['json-schema'] === undefined
      ? []
      : await compileSchema(spec['json-schema'] as Json, source.in('json-schema'), compiling)),
    ...Object.entries(spec.html ?? {}).flatMap(([selector, tests]) => {
      const at = source.in('html').in(selector);
      compiling.tryOut('html', selector, at);
      return compileHtml(selector, tests, at, compiling);
    }),
  ];
}

const SIZES = { B: 1, kB: 1_000, KiB: 1_024, MB: 1_000_000, MiB: 1_048_576 } as const;

function bytesOf(size: number | string): number {
  if (typeof size === 'number') return size;
  const [, amount, unit] = /^([\d.]+)(\w+)$/.exec(size) ?? [];
  return Math.floor(Number(amount) * SIZES[unit as keyof typeof SIZES]);
}
