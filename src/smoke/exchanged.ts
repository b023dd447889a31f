import type { FaultKind } from '../ports/fault.ts';
import type { Json } from '../proof/schema.ts';
import type { Answer } from './answer.ts';
import type { Cookies } from './cookies.ts';
import type { Outgoing } from './outgoing.ts';

/** What became of one request and its redirects. */
export type Exchanged = Trace &
  (
    | { readonly kind: 'answer'; readonly answer: Answer }
    /** Nobody answered. */
    | {
        readonly kind: 'fault';
        readonly fault: FaultKind;
        readonly code: string;
        readonly explanation: string;
      }
    /** It was not sent. `hop` 0 is the request itself, later ones are where a server sent it. */
    | { readonly kind: 'refused'; readonly why: string; readonly hop: number }
  );

export interface Trace {
  readonly elapsedMs: number;
  /** The URLs it was redirected to, in order. */
  readonly redirects: readonly string[];
  /** What was not sent to another origin. */
  readonly withheld: readonly string[];
  /** Why the last redirect was not followed. */
  readonly stayed: string | undefined;
  /** What else is worth keeping: what a browser told while it opened the page. */
  readonly noted?: Readonly<Record<string, Json>>;
  /** Of that, in a sentence, what may explain a wrong answer. */
  readonly hint?: string;
}

export interface ExchangeOptions {
  readonly follow: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly cookies: Cookies;
  /** What the check and its step are called: a screenshot is named after it. */
  readonly title?: string;
}

/** Asks for one page and all that it redirects to: over HTTP alone, or through a browser. */
export type Ask<Context> = (
  outgoing: Outgoing,
  options: ExchangeOptions,
  context: Context,
) => Promise<Exchanged>;
