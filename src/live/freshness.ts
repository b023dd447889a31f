/** The header fields that say how long a cache may keep an answer, and the moments between which it was sent. */
export interface CacheFields {
  header(name: string): string | undefined;
  /** Epoch ms on this machine's clock. */
  readonly requestedAtMs: number;
  readonly answeredAtMs: number;
}

/** A copy in a cache: until when it is fresh, as far as whole-second ages tell, and which header says so. */
export interface CachedCopy {
  /** It is fresh until some moment in between (epoch ms, this machine's clock). */
  readonly expiresFromMs: number;
  readonly expiresUntilMs: number;
  readonly lifetimeMs: number;
  /** It was there after this moment. */
  readonly seenAtMs: number;
  /** The field that set the lifetime, such as `cache-control: s-maxage=300`. */
  readonly by: string;
  /** True when the answer came out of a cache (Age, or a cache that says HIT); false when one may have stored it now. */
  readonly hit: boolean;
}

/**
 * RFC 9111, sections 4.2.1–4.2.3, as a shared cache reads them: freshness lifetime by CDN-Cache-Control (RFC 9213),
 * s-maxage, max-age, Expires, or a tenth of the time since Last-Modified; current age by Age, else by Date for a hit.
 * Undefined when nothing may be kept (no-store, private, a lifetime of zero) or nothing is said.
 */
export function cachedCopy(fields: CacheFields): CachedCopy | undefined {
  const lifetime = freshnessLifetime(fields);
  if (!lifetime || lifetime.ms <= 0) return undefined;
  const age = deltaSeconds(fields.header('age')?.split(',')[0]);
  const hit = age !== undefined || cacheStatus(fields.header) === 'HIT';
  const [from, until] = bornBetween(fields, age, hit);
  return {
    expiresFromMs: from + lifetime.ms,
    expiresUntilMs: until + lifetime.ms,
    lifetimeMs: lifetime.ms,
    seenAtMs: fields.requestedAtMs,
    by: lifetime.by,
    hit,
  };
}

/** Two looks, each of which knows a copy's expiry to about a second, know it better together. */
export function narrow(earlier: CachedCopy | undefined, later: CachedCopy): CachedCopy {
  if (!earlier || earlier.lifetimeMs !== later.lifetimeMs) return later;
  const expiresFromMs = Math.max(earlier.expiresFromMs, later.expiresFromMs);
  const expiresUntilMs = Math.min(earlier.expiresUntilMs, later.expiresUntilMs);
  if (expiresFromMs <= expiresUntilMs) return { ...later, expiresFromMs, expiresUntilMs };
  // Another copy in its place was made after the earlier one was last there.
  const madeFromMs = Math.max(later.expiresFromMs, earlier.seenAtMs + later.lifetimeMs);
  return { ...later, expiresFromMs: Math.min(madeFromMs, later.expiresUntilMs) };
}

/** HIT, MISS, STALE … from Cache-Status (RFC 9211) or a vendor's field; undefined when no cache speaks. */
export function cacheStatus(header: (name: string) => string | undefined): string | undefined {
  const standard = header('cache-status');
  if (standard) {
    // The last member is the cache nearest to us.
    const nearest = standard.split(',').at(-1) ?? '';
    if (/;\s*hit\b/i.test(nearest)) return 'HIT';
    const forwarded = /;\s*fwd=([\w-]+)/i.exec(nearest)?.[1];
    if (forwarded) return forwarded.toLowerCase() === 'stale' ? 'STALE' : 'MISS';
  }
  for (const name of VENDOR_FIELDS) {
    const word = [...(header(name) ?? '').matchAll(VENDOR_WORDS)].at(-1)?.[1];
    if (word) return word.toUpperCase();
  }
  return undefined;
}

/** Also as a part of `TCP_MEM_HIT`. Of several caches, the last is the nearest to us. */
const VENDOR_WORDS =
  /(?<![a-z])(hit|miss|stale|expired|updating|revalidated|bypass|dynamic|prerender)(?![a-z])/gi;

const VENDOR_FIELDS = [
  'cf-cache-status',
  'x-vercel-cache',
  'x-nf-cache-status',
  'x-cache-status',
  'x-cache',
  'x-proxy-cache',
];

/** A shared cache keeps nothing under these, or asks the origin each time; with an argument they speak of fields only. */
const FORBIDDING = ['no-store', 'private', 'no-cache'];

function freshnessLifetime(fields: CacheFields): { ms: number; by: string } | undefined {
  const shared = directives(fields.header('cdn-cache-control'));
  const cacheControl = directives(fields.header('cache-control'));
  for (const [name, known] of [
    ['cdn-cache-control', shared],
    ['cache-control', cacheControl],
  ] as const) {
    if (FORBIDDING.some((directive) => known.get(directive) === '')) return undefined;
    for (const directive of ['s-maxage', 'max-age']) {
      const seconds = deltaSeconds(known.get(directive));
      if (seconds !== undefined) return { ms: seconds * 1000, by: `${name}: ${directive}=${seconds}` };
    }
  }
  const date = httpDate(fields.header('date')) ?? fields.answeredAtMs;
  const expires = fields.header('expires');
  if (expires !== undefined) {
    // An unreadable Expires, above all "0", means already expired (section 5.3).
    return { ms: (httpDate(expires) ?? date) - date, by: `expires: ${expires}` };
  }
  const modified = httpDate(fields.header('last-modified'));
  if (modified === undefined) return undefined;
  return { ms: Math.max(0, (date - modified) / 10), by: 'last-modified (a tenth of its age, by heuristic)' };
}

/** The copy was made between these moments. Age counts whole seconds, so it leaves one second open. */
function bornBetween(fields: CacheFields, age: number | undefined, hit: boolean): readonly [number, number] {
  const { requestedAtMs, answeredAtMs } = fields;
  if (age !== undefined) return [requestedAtMs - (age + 1) * 1000, answeredAtMs - age * 1000];
  const date = hit ? httpDate(fields.header('date')) : undefined;
  if (date === undefined) return [requestedAtMs, answeredAtMs];
  // A server's clock may be ahead of ours; its copy is no younger than the answer (section 4.2.3, apparent age).
  return [Math.min(date, requestedAtMs), Math.min(date + 1000, answeredAtMs)];
}

/** Cache directives by lower-case name; the first of a repeated one counts. */
function directives(field: string | undefined): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name, quoted, token] of (field ?? '').matchAll(
    /([\w-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,;"]*)))?/g,
  )) {
    const key = name?.toLowerCase();
    if (key && !found.has(key)) found.set(key, quoted ?? token ?? '');
  }
  return found;
}

/** RFC 9111, section 1.2.2: a non-negative integer; larger than 2^31 counts as 2^31. */
const deltaSeconds = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text.trim()) ? Math.min(Number(text), 2 ** 31) : undefined;

/** An HTTP date (RFC 9110, section 5.6.7) as epoch ms. */
export const httpDate = (text: string | undefined): number | undefined => {
  const parsed = text !== undefined && /\d{2}:\d{2}:\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
};

/** Retry-After (RFC 9110, section 10.2.3) as ms from now; undefined when absent or unreadable. */
export function retryAfterMs(text: string | undefined, nowMs: number): number | undefined {
  const seconds = deltaSeconds(text);
  if (seconds !== undefined) return seconds * 1000;
  const date = httpDate(text);
  return date === undefined ? undefined : Math.max(0, date - nowMs);
}
