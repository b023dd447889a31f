import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { invalidAt, type Place } from './place.ts';

/** A value from a YAML file that still knows its line (that of its key, if it has one), so that a finding can point there. */
export interface Located extends Place {
  readonly value: LocatedValue;
  /** It is the repository's own word even where the checkout may be a contributor's. */
  readonly own?: true;
}

export type LocatedValue =
  | string
  | number
  | boolean
  | null
  | readonly Located[]
  | ReadonlyMap<string, Located>;

const MAX_ALIASES = 50;
const MAX_DEPTH = 64;
const TOO_DEEP = `nested deeper than ${MAX_DEPTH} levels`;

/** Parses one YAML 1.2 document; `marks` are set on each of its values. Throws `config-yaml` naming file and line for anything that is not plain data. */
export function parseYaml(text: string, file: string, marks: Pick<Located, 'own'> = {}): Located {
  const lines = new LineCounter();
  // Two things of the library take minutes for a file of the size that is allowed: its test for unique keys compares
  // each with each, and a picture of the source is drawn for every error, each from the whole of its line.
  const options = { lineCounter: lines, uniqueKeys: false, prettyErrors: false, version: '1.2' } as const;
  const document = parseDocument(text, options);
  const [error] = [...document.errors, ...document.warnings];
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    const said = error.code === 'RESOURCE_EXHAUSTION' ? TOO_DEEP : error.message.split('\n')[0];
    const what = `${said} at line ${line}, column ${col}`;
    throw invalidAt({ file, line: Math.max(1, line) }, 'config-yaml', what, error);
  }
  const budget = { aliases: MAX_ALIASES };
  return locate(document.contents, 0);

  function locate(node: Node | null, depth: number): Located {
    const line = node?.range ? lines.linePos(node.range[0]).line : 1;
    const fail = (message: string) => invalidAt({ file, line }, 'config-yaml', message);
    if (depth > MAX_DEPTH) throw fail(TOO_DEEP);
    if (node === null) return { file, line, ...marks, value: null };
    if (isScalar(node)) {
      const { value } = node;
      if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) {
        return { file, line, ...marks, value: value as string | number | boolean | null };
      }
      throw fail('only text, numbers, true, false and null are understood; put quotes around this');
    }
    if (isSeq<Node>(node))
      return { file, line, ...marks, value: node.items.map((item) => locate(item, depth + 1)) };
    if (isMap<Node, Node | null>(node)) {
      return { file, line, ...marks, value: locateMap(node.items, depth) };
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

  function locateMap(pairs: readonly Pair<Node, Node | null>[], depth: number): Map<string, Located> {
    const map = new Map<string, Located>();
    for (const { key, value } of pairs) {
      const line = key.range ? lines.linePos(key.range[0]).line : 1;
      const fail = (message: string) => invalidAt({ file, line }, 'config-yaml', message);
      if (!isScalar(key)) throw fail('a key must be plain text');
      const name = String(key.value);
      if (map.has(name)) throw fail(`the key \`${name.slice(0, 80)}\` stands here twice`);
      map.set(name, { ...locate(value, depth + 1), line });
    }
    return map;
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
