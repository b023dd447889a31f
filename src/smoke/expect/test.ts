import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../proof/schema.ts';
import type { Comparison, JsonType, Test } from '../plan.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { renderJson, textOf, type Values } from '../template.ts';
import type { Subject } from './subject.ts';

/** Whether it holds; as text, why that can't be said. */
type Held = boolean | string;

/** Puts a test to what was found: it holds where it holds for one of the values. */
export async function holds(
  test: Test,
  subject: Extract<Subject, { kind: 'values' }>,
  values: Values,
  sandbox: Sandbox,
): Promise<Held> {
  if (test.op === 'exists') return (subject.count ?? subject.values.length) > 0 === test.exists;
  if (test.op === 'count') {
    const count = subject.count ?? countOf(subject.values[0]);
    return count !== undefined && compares(test.comparison, count, test.number);
  }
  for (const value of subject.values) {
    const held = await holdsFor(test, value, subject.typed, values, sandbox);
    if (held !== false) return held;
  }
  return false;
}

type OneValue = Exclude<Test, { op: 'exists' | 'count' }>;

async function holdsFor(
  test: OneValue,
  value: Json,
  typed: boolean,
  values: Values,
  sandbox: Sandbox,
): Promise<Held> {
  switch (test.op) {
    case 'equals': {
      const wanted = renderJson(test.value, values).value;
      return typed ? isDeepStrictEqual(value, wanted) : value === textOf(wanted);
    }
    case 'contains': {
      const wanted = renderJson(test.value, values).value;
      if (typeof value === 'string') return value.includes(textOf(wanted));
      return Array.isArray(value) && value.some((item) => isDeepStrictEqual(item, wanted));
    }
    case 'matches': {
      if (typeof value !== 'string') return false;
      const { source, flags } = test.pattern;
      const reply = await sandbox.ask({ kind: 'regex', source, flags, text: value });
      if (reply.kind === 'none') return `the pattern ${source} has no answer: ${reply.why}`;
      return reply.kind === 'regex' && reply.groups !== null;
    }
    case 'type':
      return typesOf(value).includes(test.type);
    case 'compare': {
      const number = typed ? value : Number(value);
      return typeof number === 'number' && compares(test.comparison, number, test.number);
    }
  }
}

function compares(comparison: Comparison, value: number, wanted: number): boolean {
  switch (comparison) {
    case 'exactly':
      return value === wanted;
    case 'at-least':
      return value >= wanted;
    case 'at-most':
      return value <= wanted;
    case 'above':
      return value > wanted;
    case 'below':
      return value < wanted;
  }
}

/** Entries of a list or a map, characters of a text. */
function countOf(value: Json | undefined): number | undefined {
  if (typeof value === 'string') return [...value].length;
  if (value === null || typeof value !== 'object') return undefined;
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

function typesOf(value: Json): readonly JsonType[] {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['list'];
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) ? ['integer', 'number'] : ['number'];
    case 'object':
      return ['map'];
    default:
      return [typeof value as 'string' | 'boolean'];
  }
}
