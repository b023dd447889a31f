import { createHash } from 'node:crypto';

/** What came back, in the form in which expectations and captures look at it. */
export interface Answer {
  readonly status: number;
  /** The field's lines; none where it is absent. */
  headers(name: string): readonly string[];
  /** The decoded body as text; empty where it could not be read. */
  readonly text: string;
  /** Where selectors and the build's stamp are looked for, where that is not `text`: the DOM of a rendered page. */
  readonly html?: string;
  /** Where expectations on JSON look: the body, or the structured content of a tool's result. */
  readonly json: string;
  readonly bytes: number;
  sha256(): string;
  /** Why the body could not be read to its end. */
  readonly unread: string | undefined;
  /** Where it came from, after redirects. */
  readonly url: URL;
  /** From the request to the end of the answer, redirects included. */
  readonly elapsedMs: number;
  /** All that were set on the way, the last of a name last. */
  readonly cookies: readonly SetCookie[];
  /** How long the certificate is valid still; undefined without TLS. */
  readonly certificateMs: number | undefined;
}

export interface SetCookie {
  readonly name: string;
  readonly value: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: string | undefined;
  readonly path: string | undefined;
  readonly domain: string | undefined;
  /** Max-Age or Expires say that it is to be forgotten. */
  readonly removed: boolean;
}

/** The result of a tool as an answer: its texts are the body, its structured content, if any, the JSON. */
export const resultAnswer = (text: string, structured: unknown): Answer => ({
  status: 200,
  headers: () => [],
  text,
  json: structured === undefined ? text : JSON.stringify(structured),
  bytes: Buffer.byteLength(text),
  sha256: () => createHash('sha256').update(text).digest('hex'),
  unread: undefined,
  url: new URL('about:blank'),
  elapsedMs: 0,
  cookies: [],
  certificateMs: undefined,
});

/** Whether it may be read as HTML: it says so, or says nothing. */
export const isHtml = (answer: Answer): boolean =>
  /^\s*(text\/html|application\/xhtml\+xml)\s*(;|$)/i.test(answer.headers('content-type')[0] ?? 'text/html');
