import type { Address } from '../ports/http.ts';
import type { Where } from './marker.ts';

/** What a visitor's browser, a plain client and a client without compression ask for: caches keep them apart. */
export const ENCODINGS = { br: 'gzip, deflate, br, zstd', gzip: 'gzip', identity: 'identity' } as const;
export type Encoding = keyof typeof ENCODINGS;
/** Asked for first, and by a baseline: other encodings may have other ETags (RFC 9110, section 8.8.3.3). */
export const LEADING_ENCODING: Encoding = 'br';

/** One thing to look at: a URL, at one of its addresses, as one kind of visitor. */
export interface Target {
  readonly url: URL;
  readonly address: Address | undefined;
  readonly encoding: Encoding;
}

/** What to look for, and how to ask. */
export interface Question {
  readonly buildId: string;
  readonly where: Where;
  /** Sent to the origins in `origins` only. */
  readonly headers: Readonly<Record<string, string>>;
  readonly origins: ReadonlySet<string>;
  readonly userAgent: string;
}
