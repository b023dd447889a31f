import type { data as Data } from '@actions/expressions';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';
import { data, Evaluator, Lexer, Parser } from './official.ts';

/** What `success()`, `failure()` and `cancelled()` ask for; a job whose needs were skipped is none of the three. */
export type Status = 'success' | 'failure' | 'cancelled' | 'skipped';

/** What an expression may speak of: the contexts by name, and the job's status. */
export interface Scope {
  readonly contexts: Readonly<Record<string, unknown>>;
  readonly status: Status;
}

const STATUS_FUNCTION = /\b(success|failure|cancelled|always)\s*\(/i;

/** The value of an expression (without `${{ }}`). Throws for an unknown context or function, as the service does. */
export const evaluate = (expression: string, scope: Scope): unknown => plain(compute(expression, scope));

/** A value from a workflow: texts are interpolated, lists and maps through and through; a lone `${{ }}` keeps its type. */
export function evaluateValue(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') {
    const parts = split(value);
    const [only] = parts;
    if (parts.length === 1 && only?.expression !== undefined) return evaluate(only.expression, scope);
    return interpolate(value, scope);
  }
  if (Array.isArray(value)) return value.map((item) => evaluateValue(item, scope));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, evaluateValue(item, scope)]));
}

/** A text with each `${{ }}` in it replaced, as strings are made of values in workflows: null is empty, 1.0 is `1`. */
export const interpolate = (text: string, scope: Scope): string =>
  split(text)
    .map(({ expression, literal }) =>
      expression === undefined ? literal : compute(expression, scope).coerceString(),
    )
    .join('');

/** A map of texts, such as `env` and `with`. */
export const interpolateMap = (map: unknown, scope: Scope): Record<string, string> =>
  Object.fromEntries(
    Object.entries((map ?? {}) as Record<string, unknown>).map(([name, value]) => [
      name,
      interpolate(value === null || value === undefined ? '' : String(value), scope),
    ]),
  );

/** Whether an `if` holds: with or without `${{ }}`, and with `success()` before it unless it asks for a status itself. */
export function holds(condition: unknown, scope: Scope): boolean {
  const text = condition === undefined || condition === null ? '' : String(condition).trim();
  const parts = split(text);
  const [only] = parts;
  // Text around an expression makes a text of it all, and that is true unless empty: a known trap, kept.
  const isText = parts.length > 1 && parts.some(({ expression }) => expression !== undefined);
  const expression = isText ? quoted(interpolate(text, scope)) : (only?.expression ?? text);
  if (STATUS_FUNCTION.test(text)) return truthy(evaluate(expression, scope));
  return scope.status === 'success' && (text === '' || truthy(evaluate(expression, scope)));
}

const truthy = (value: unknown): boolean =>
  !(value === false || value === null || value === 0 || value === '' || Number.isNaN(value));

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function compute(expression: string, { contexts, status }: Scope): Data.ExpressionData {
  const functions = statusFunctions(status);
  const { tokens } = new Lexer(expression).lex();
  const tree = new Parser(tokens, Object.keys(contexts), functions).parse();
  const dictionary = new data.Dictionary(
    ...Object.entries(contexts).map(([key, value]) => ({ key, value: wrapped(value) })),
  );
  return new Evaluator(tree, dictionary, new Map(functions.map((own) => [own.name, own]))).evaluate();
}

function statusFunctions(status: Status): FunctionDefinition[] {
  const define = (name: string, value: boolean): FunctionDefinition => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(value),
  });
  return [
    define('always', true),
    define('success', status === 'success'),
    define('failure', status === 'failure'),
    define('cancelled', status === 'cancelled'),
  ];
}

const wrapped = (value: unknown): Data.ExpressionData =>
  JSON.parse(JSON.stringify(value ?? null), data.reviver) as Data.ExpressionData;

const plain = (value: Data.ExpressionData): unknown => JSON.parse(JSON.stringify(value, data.replacer));

interface Part {
  readonly literal: string;
  readonly expression?: string;
}

/** Cuts a text at its `${{ }}`; an end that stands in a quoted string of the expression is none. */
function split(text: string): Part[] {
  const parts: Part[] = [];
  const pattern = /\$\{\{((?:'(?:[^']|'')*'|(?!\}\})[^'])*)\}\}/g;
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) parts.push({ literal: text.slice(end, match.index) });
    parts.push({ literal: '', expression: (match[1] ?? '').trim() });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ literal: text.slice(end) });
  return parts;
}
