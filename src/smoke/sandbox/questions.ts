import type { Json } from '../../proof/schema.ts';

/**
 * What a user's program (a regular expression, a JSONPath, a schema, a selector) is asked about a server's text. Either
 * may be hostile to our time and memory, so the answers are found in a thread that can be ended (sandbox.ts).
 */
export type Question =
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string; readonly text: string }
  | { readonly kind: 'json'; readonly path: string; readonly text: string }
  | { readonly kind: 'schema'; readonly schema: Json; readonly text: string }
  | { readonly kind: 'html'; readonly selector: string; readonly text: string };

export type Reply =
  /** The match and its groups; null where there is none. */
  | { readonly kind: 'regex'; readonly groups: readonly string[] | null }
  /** What the path selects; `singular` where it could select one value at most. */
  | { readonly kind: 'json'; readonly values: readonly Json[]; readonly singular: boolean }
  | { readonly kind: 'schema'; readonly errors: readonly string[] }
  | { readonly kind: 'html'; readonly elements: readonly HtmlElement[]; readonly count: number }
  /** No answer: the text is not of that kind, or the thread was ended. */
  | { readonly kind: 'none'; readonly why: string };

export interface HtmlElement {
  /** Its white space collapsed; without scripts and styles. */
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}
