import type { Json } from '../proof/schema.ts';

/** A text with places in it, `{{name}}`, that are filled when it is used. */
export interface Template {
  readonly parts: readonly Part[];
}

type Part =
  | { readonly text: string; readonly secret: boolean }
  /** A value by name: built in, or captured from an earlier answer. */
  | { readonly name: string };

export interface Value {
  readonly json: Json;
  /** Masked everywhere, and sent only to the origin that it was written for. */
  readonly secret: boolean;
  /** It came from a server, so what it says about where to go is not to be trusted. */
  readonly captured: boolean;
}

export type Values = ReadonlyMap<string, Value>;

export interface Rendered {
  readonly text: string;
  readonly secret: boolean;
  /** The text before the first value that came from a server. */
  readonly written: string;
}

/** A template, or data with templates in the place of its texts. */
export type JsonTemplate =
  | { readonly kind: 'text'; readonly template: Template }
  | { readonly kind: 'value'; readonly value: number | boolean | null }
  | { readonly kind: 'list'; readonly items: readonly JsonTemplate[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Template, JsonTemplate])[] };

const PLACE = /\\?\{\{([^{}]*)\}\}/g;

/** Takes a text apart; `change` makes its literal parts (interpolation), and `\{{name}}` stands for itself. */
export function parseTemplate(
  text: string,
  change: (literal: string) => { readonly text: string; readonly secret: boolean },
): Template {
  const parts: Part[] = [];
  const literal = (piece: string) => {
    if (piece !== '') parts.push(change(piece));
  };
  let start = 0;
  for (const found of text.matchAll(PLACE)) {
    literal(text.slice(start, found.index));
    if (found[0].startsWith('\\')) parts.push({ text: found[0].slice(1), secret: false });
    else parts.push({ name: (found[1] ?? '').trim() });
    start = found.index + found[0].length;
  }
  literal(text.slice(start));
  return { parts };
}

export const literalTemplate = (text: string): Template => ({ parts: [{ text, secret: false }] });

/** The names that a template asks for. */
export const namesIn = ({ parts }: Template): string[] =>
  parts.flatMap((part) => ('name' in part ? [part.name] : []));

export function render(template: Template, values: Values): Rendered {
  let [text, written, secret, trusted] = ['', '', false, true];
  for (const part of template.parts) {
    const value = 'name' in part ? valueNamed(part.name, values) : undefined;
    const piece = 'text' in part ? part.text : textOf(value?.json ?? null);
    secret ||= 'text' in part ? part.secret : (value?.secret ?? false);
    trusted &&= !value?.captured;
    text += piece;
    if (trusted) written += piece;
  }
  return { text, secret, written };
}

/** Data with its places filled. A text that is one place and nothing else becomes the value itself, number or list. */
export function renderJson(template: JsonTemplate, values: Values): { value: Json; secret: boolean } {
  switch (template.kind) {
    case 'value':
      return { value: template.value, secret: false };
    case 'text': {
      const [only, ...more] = template.template.parts;
      if (only && 'name' in only && more.length === 0) {
        const { json, secret } = valueNamed(only.name, values);
        return { value: json, secret };
      }
      const { text, secret } = render(template.template, values);
      return { value: text, secret };
    }
    case 'list': {
      const items = template.items.map((item) => renderJson(item, values));
      return { value: items.map(({ value }) => value), secret: items.some(({ secret }) => secret) };
    }
    case 'map': {
      const entries = template.entries.map(
        ([key, item]) => [render(key, values), renderJson(item, values)] as const,
      );
      return {
        value: Object.fromEntries(entries.map(([key, { value }]) => [key.text, value])),
        secret: entries.some(([key, { secret }]) => key.secret || secret),
      };
    }
  }
}

/** A value as it stands in a text. */
export const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

function valueNamed(name: string, values: Values): Value {
  const value = values.get(name);
  // The parser has refused every name that nothing gives, and a flow ends where a capture found nothing.
  if (!value) throw new Error(`no value for {{${name}}}`);
  return value;
}
