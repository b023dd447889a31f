import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { invalid } from '../proof/errors.ts';

/** A value from a YAML file that still knows its line, so that a finding can point at it. */
export type Located = {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly value: LocatedValue;
};

export type LocatedValue =
  | string
  | number
  | boolean
  | null
  | readonly Located[]
  | ReadonlyMap<string, Located>;

const MAX_BYTES = 1024 * 1024;
const MAX_ALIASES = 50;
const MAX_DEPTH = 64;

/** Parses one YAML 1.2 document. Throws `config-yaml` naming file and line for anything that is not plain data. */
export function parseYaml(text: string, file: string): Located {
  if (text.length > MAX_BYTES) throw invalid('config-yaml', `${file} is larger than ${MAX_BYTES} bytes`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, version: '1.2' });
  const [error] = [...document.errors, ...document.warnings];
  if (error) {
    const at = error.linePos?.[0].line ?? 1;
    throw invalid('config-yaml', `${file}:${at}: ${error.message.split('\n')[0]}`, { cause: error });
  }
  const budget = { aliases: MAX_ALIASES };
  return locate(document.contents, 0);

  function locate(node: Node | null, depth: number): Located {
    const line = node?.range ? lines.linePos(node.range[0]).line : 1;
    const fail = (message: string) => invalid('config-yaml', `${file}:${line}: ${message}`);
    if (depth > MAX_DEPTH) throw fail(`nested deeper than ${MAX_DEPTH} levels`);
    if (node === null) return { file, line, value: null };
    if (isScalar(node)) {
      const { value } = node;
      if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) {
        return { file, line, value: value as string | number | boolean | null };
      }
      throw fail('only text, numbers, true, false and null are understood; put quotes around this');
    }
    if (isSeq<Node>(node)) return { file, line, value: node.items.map((item) => locate(item, depth + 1)) };
    if (isMap<Node, Node | null>(node)) {
      return { file, line, value: new Map(node.items.map((pair) => locatePair(pair, depth, fail))) };
    }
    // An alias: what it names is expanded where it stands, a bounded number of times.
    budget.aliases -= 1;
    const source =
      'resolve' in node && typeof node.resolve === 'function'
        ? (node.resolve(document) as Node | undefined)
        : undefined;
    if (budget.aliases < 0) throw fail(`more than ${MAX_ALIASES} aliases`);
    if (!source) throw fail('this alias names nothing');
    return { ...locate(source, depth + 1), line };
  }

  function locatePair(
    pair: Pair<Node, Node | null>,
    depth: number,
    fail: (message: string) => Error,
  ): [string, Located] {
    if (!isScalar(pair.key)) throw fail('a key must be plain text');
    const value = locate(pair.value, depth + 1);
    // A key without a value stands where its key stands.
    const line = pair.key.range ? lines.linePos(pair.key.range[0]).line : value.line;
    return [String(pair.key.value), { ...value, line: pair.value?.range ? value.line : line }];
  }
}

/** The same value without its lines, each text passed through `change`. */
export function plain(located: Located, change: (text: string, at: Located) => string): unknown {
  const { value } = located;
  if (typeof value === 'string') return change(value, located);
  if (Array.isArray(value)) return value.map((item: Located) => plain(item, change));
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [key, plain(item, change)]));
  return value;
}
