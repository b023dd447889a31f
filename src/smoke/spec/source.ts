import { type Interpolated, interpolate, type Variables } from '../../config/interpolate.ts';
import { didYouMean } from '../../config/nearest.ts';
import type { Place } from '../../config/place.ts';
import type { Located } from '../../config/yaml.ts';
import { CodedError } from '../../proof/errors.ts';
import { type JsonTemplate, namesIn, parseTemplate, type Template } from '../template.ts';

/** Something wrong in the list of checks, and where. */
export interface Problem {
  readonly code: string;
  readonly place: Place;
  readonly message: string;
}

/** What reading a list of checks needs and gathers. */
export interface Reading {
  readonly variables: Variables;
  readonly problems: Problem[];
  /** The names that a template may use at this point of the list. */
  readonly known: Set<string>;
}

/** A value in the list of checks, as it stands in its file: its line, and its texts before anything was put into them. */
export interface Source {
  readonly place: Place;
  /** The value under a key or index that is there. */
  in(key: string | number): Source;
  template(): Template;
  json(): JsonTemplate;
  /** A text without places to fill. */
  text(): string;
  refuse(message: string, code?: string): void;
}

export function sourceOf(located: Located, reading: Reading): Source {
  const place: Place = { file: located.file, line: located.line };
  const { value } = located;
  const refuse = (message: string, code = 'checks-invalid') =>
    void reading.problems.push({ code, place, message });
  const source: Source = {
    place,
    refuse,
    in: (key) => sourceOf(childOf(located, key) ?? { ...place, value: null }, reading),
    template: () => checked(templateOf(located, reading), source, reading),
    json: () => {
      if (typeof value === 'string') return { kind: 'text', template: source.template() };
      if (value === null || typeof value === 'number' || typeof value === 'boolean') {
        return { kind: 'value', value };
      }
      if (Array.isArray(value)) {
        return { kind: 'list', items: value.map((item: Located) => sourceOf(item, reading).json()) };
      }
      const entries = [...(value as ReadonlyMap<string, Located>)].map(
        ([key, item]) =>
          [templateOf({ ...item, value: key }, reading), sourceOf(item, reading).json()] as const,
      );
      return { kind: 'map', entries };
    },
    text: () => interpolated(String(value), place, reading).text,
  };
  return source;
}

/** The value at a path; where the path leads further than the file does, what is last on the way. */
export function locate(root: Located, path: readonly PropertyKey[]): Located {
  let found = root;
  for (const key of path) {
    const child = childOf(found, typeof key === 'number' ? key : String(key));
    if (!child) break;
    found = child;
  }
  return found;
}

function childOf({ value }: Located, key: string | number): Located | undefined {
  if (Array.isArray(value)) return value[Number(key)];
  return value instanceof Map ? value.get(String(key)) : undefined;
}

const templateOf = ({ value, file, line }: Located, reading: Reading): Template =>
  parseTemplate(String(value), (literal) => interpolated(literal, { file, line }, reading));

/** A name that nothing gives is a typo: it must not be sent as it stands. */
function checked(template: Template, source: Source, { known }: Reading): Template {
  for (const name of namesIn(template)) {
    if (known.has(name)) continue;
    source.refuse(
      `nothing before this gives \`{{${name.slice(0, 80)}}}\`${didYouMean(name, known)}; known here: ${[...known].join(', ') || 'no names'}; write \`\\{{${name.slice(0, 80)}}}\` for the text itself`,
    );
  }
  return template;
}

/** A text with its variables put in; what is wrong with them becomes a problem. */
export function interpolated(text: string, place: Place, { variables, problems }: Reading): Interpolated {
  try {
    return interpolate(text, place, variables);
  } catch (error) {
    if (!(error instanceof CodedError) || !error.at) throw error;
    const said = error.message.slice(`${place.file}:${place.line}: `.length);
    problems.push({ code: error.code, place, message: said });
    return { text, secret: false };
  }
}
