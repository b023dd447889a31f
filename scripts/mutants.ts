// What can be changed in a source: one thing at a time, each a slip that somebody could make.
import { parseAst } from 'rolldown/parseAst';

export interface Mutant {
  /** Says what was changed where, without line numbers: it stays the same while the file around it changes. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly put: string;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const SWAPPED: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '&&': '||',
  '||': '&&',
  '??': '&&',
  some: 'every',
  every: 'some',
  min: 'max',
  max: 'min',
};

export function mutantsOf(source: string): Mutant[] {
  const found: Omit<Mutant, 'name'>[] = [];
  const add = ({ start, end }: { start: number; end: number }, put: string): void => {
    found.push({ start, end, put });
  };
  const text = ({ start, end }: Node) => source.slice(start, end);

  const visit = (node: Node): void => {
    // What is there for the types changes nothing that runs.
    if (node.type.startsWith('TS') && !/^TS(As|Satisfies|NonNull)/.test(node.type)) return;
    if (node.type === 'ImportDeclaration') return;
    mutate(node);
    for (const value of Object.values(node))
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child);
  };

  const mutate = (node: Node): void => {
    const { type, value } = node;
    if (type === 'IfStatement') {
      negate(node.test as Node);
      // An early return, or whatever else is done only sometimes, is forgotten.
      add(node.consequent as Node, '{}');
    } else if (type === 'ConditionalExpression') negate(node.test as Node);
    else if (type === 'ExpressionStatement') add(node, ';');
    else if (type === 'BinaryExpression' || type === 'LogicalExpression')
      swap(node.operator as string, (node.left as Node).end, (node.right as Node).start);
    else if (type === 'MemberExpression') swapName(node.property as Node);
    else if (type === 'Literal' && typeof value === 'boolean') add(node, String(!value));
    else if (type === 'Literal' && typeof value === 'number') add(node, String(value + 1));
  };

  const negate = (test: Node) => add(test, `!(${text(test)})`);
  const swapName = (property: Node) => {
    const to = Object.hasOwn(SWAPPED, text(property)) ? SWAPPED[text(property)] : undefined;
    if (to !== undefined) add(property, to);
  };
  const swap = (operator: string, from: number, to: number) => {
    const start = source.indexOf(operator, from);
    const put = SWAPPED[operator];
    if (put !== undefined && start >= 0 && start < to) add({ start, end: start + operator.length }, put);
  };

  visit(parseAst(source, { lang: 'ts' }) as unknown as Node);
  return named(source, found);
}

function named(source: string, found: readonly Omit<Mutant, 'name'>[]): Mutant[] {
  const times = new Map<string, number>();
  return found
    .toSorted((a, b) => a.start - b.start)
    .map((mutant) => {
      const from = source.lastIndexOf('\n', mutant.start - 1) + 1;
      const before = source.slice(from, mutant.start).trimStart();
      const [was, now] = [source.slice(mutant.start, mutant.end), mutant.put].map(short);
      const after = source.slice(mutant.end).split('\n')[0]?.slice(0, 60);
      const what = `${before}⟦${was} → ${now}⟧${after}`;
      const count = (times.get(what) ?? 0) + 1;
      times.set(what, count);
      return { ...mutant, name: count === 1 ? what : `${what} (${count})` };
    });
}

const short = (text: string): string => {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`;
};

const isNode = (value: unknown): value is Node =>
  value !== null && typeof value === 'object' && 'type' in value && typeof value.type === 'string';
