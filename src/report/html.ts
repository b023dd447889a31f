import { printable } from '../proof/encode.ts';

/** Markup that may stand in a page as it is. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | undefined | readonly Part[];

/**
 * Markup with values put in. Whatever is not `Html` already is text: escaped for elements and for quoted attributes, control and
 * bidi characters shown as escapes. So nothing that came from outside can ever be markup.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(
    strings.map((string, index) => string + (index < parts.length ? markup(parts[index]) : '')).join(''),
  );
}

function markup(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(markup).join('');
  return escapeText(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const MAX_TEXT = 4_000;

const escapeText = (text: string): string =>
  printable(text, MAX_TEXT).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
