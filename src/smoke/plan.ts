import type { Place } from '../config/place.ts';
import type { Json } from '../proof/schema.ts';
import type { JsonTemplate, Template } from './template.ts';

/** A list of checks, understood: nothing in it can be wrong any more but what the servers make of it. */
export type PlannedCheck = PageCheck | McpCheck;

interface CheckBase {
  readonly name: string;
  /** Of its first line. */
  readonly place: Place;
  readonly retry: Retry | undefined;
  /** The reason why it is not run. */
  readonly skip: string | undefined;
  /** For each request. */
  readonly timeoutMs: number;
}

export interface Retry {
  readonly forMs: number;
  readonly everyMs: number | undefined;
}

/** A page, or a flow of steps: the same thing with one step or with many. */
export interface PageCheck extends CheckBase {
  readonly kind: 'page' | 'flow';
  readonly steps: readonly Step[];
}

export interface McpCheck extends CheckBase {
  readonly kind: 'mcp';
  readonly server:
    | { readonly kind: 'http'; readonly url: Template; readonly headers: Headers }
    | { readonly kind: 'stdio'; readonly command: readonly Template[] };
  readonly era: 'auto' | 'modern' | 'legacy';
  readonly tools: { readonly names: readonly string[]; readonly place: Place } | undefined;
  readonly exact: boolean;
  /** Absolute; it may not be there yet. */
  readonly toolsLock: { readonly path: string; readonly place: Place } | undefined;
  readonly calls: readonly McpCall[];
}

export interface McpCall {
  readonly place: Place;
  readonly tool: string;
  readonly arguments: JsonTemplate;
  /** Over the result as an `Answer` (answer.ts): its texts are the body, its structured content the JSON. */
  readonly expectations: readonly Expectation[];
  /** Whether the tool has to report an error; undefined where nothing is said, which means no. */
  readonly isError: boolean | undefined;
}

/** By name in lower case. */
export type Headers = ReadonlyMap<string, Template>;

export const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head'] as const;
export type Method = Uppercase<(typeof METHODS)[number]>;

export interface Step {
  readonly place: Place;
  readonly method: Method;
  readonly url: Template;
  readonly headers: Headers;
  readonly body: Body | undefined;
  /** Redirects are followed, not shown as the answer. */
  readonly follow: boolean;
  readonly render: boolean;
  readonly expectations: readonly Expectation[];
  readonly captures: readonly Capture[];
}

export type Body =
  | { readonly kind: 'json'; readonly value: JsonTemplate }
  | { readonly kind: 'form'; readonly fields: readonly (readonly [Template, Template])[] }
  | { readonly kind: 'text'; readonly text: Template }
  | { readonly kind: 'file'; readonly bytes: Uint8Array };

export interface Capture {
  readonly name: string;
  readonly place: Place;
  /** Masked everywhere, and bound to its origin like a secret. */
  readonly secret: boolean;
  readonly from:
    | { readonly kind: 'json'; readonly path: string }
    | { readonly kind: 'header'; readonly name: string }
    | { readonly kind: 'cookie'; readonly name: string }
    | { readonly kind: 'regex'; readonly pattern: Pattern }
    | { readonly kind: 'html'; readonly selector: string; readonly attribute: string | undefined };
}

export interface Pattern {
  readonly source: string;
  readonly flags: string;
}

/** One question about an answer. Lists, maps and nested `not` of the YAML are taken apart: each has its own line. */
export interface Expectation {
  readonly place: Place;
  /** As people name it: `json $.name`, `status`. */
  readonly label: string;
  readonly negated: boolean;
  readonly about: About;
}

export type About =
  | { readonly kind: 'status'; readonly allowed: readonly string[] }
  | { readonly kind: 'header'; readonly name: string; readonly test: Test }
  | { readonly kind: 'body'; readonly test: Test }
  | { readonly kind: 'json'; readonly path: string; readonly test: Test }
  | { readonly kind: 'json-schema'; readonly schema: Json }
  | { readonly kind: 'html'; readonly selector: string; readonly of: HtmlPart; readonly test: Test }
  | { readonly kind: 'final-url'; readonly test: Test }
  | { readonly kind: 'max-time'; readonly ms: number }
  | { readonly kind: 'max-bytes'; readonly bytes: number }
  | { readonly kind: 'sha256'; readonly hex: Template }
  | { readonly kind: 'cookie'; readonly name: string; readonly of: CookiePart; readonly test: Test }
  | { readonly kind: 'tls-days'; readonly days: number };

export type HtmlPart =
  | { readonly kind: 'text' }
  | { readonly kind: 'attribute'; readonly name: string }
  | { readonly kind: 'elements' };

export type CookiePart = 'value' | 'secure' | 'http-only' | 'same-site' | 'path' | 'domain';

/** One question about one value. */
export type Test =
  | { readonly op: 'equals' | 'contains'; readonly value: JsonTemplate }
  | { readonly op: 'matches'; readonly pattern: Pattern }
  | { readonly op: 'exists'; readonly exists: boolean }
  | { readonly op: 'type'; readonly type: JsonType }
  | { readonly op: 'count'; readonly comparison: Comparison; readonly number: number }
  | { readonly op: 'compare'; readonly comparison: Comparison; readonly number: number };

export const JSON_TYPES = ['string', 'number', 'integer', 'boolean', 'null', 'list', 'map'] as const;
export type JsonType = (typeof JSON_TYPES)[number];

export const COMPARISONS = ['at-least', 'at-most', 'above', 'below'] as const;
export type Comparison = (typeof COMPARISONS)[number] | 'exactly';
