import { z } from 'zod';

/** What each URL served before the deploy: evidence for what changed, and never a decision by itself. */
export const baselineSchema = z.strictObject({
  schemaVersion: z.literal(1),
  at: z.iso.datetime({ precision: 3 }),
  urls: z.array(
    z.strictObject({
      url: z.string(),
      /** HTTP status, or null when there was no answer. */
      status: z.int().nullable(),
      etag: z.string().nullable(),
      buildId: z.string().nullable(),
    }),
  ),
});

export type Baseline = z.infer<typeof baselineSchema>;

export type EtagEvidence = 'changed' | 'unchanged' | 'absent' | 'no-baseline';

/**
 * What an ETag says beside the one before the deploy. Servers keep an ETag over a change of content (equal size and
 * time), and caches change it without one, so it is told and not believed.
 */
export function compareEtag(
  before: Baseline | undefined,
  url: string,
  etag: string | undefined,
): EtagEvidence {
  const known = before?.urls.find((item) => item.url === url);
  if (!known) return 'no-baseline';
  if (etag === undefined || known.etag === null) return 'absent';
  return opaque(etag) === opaque(known.etag) ? 'unchanged' : 'changed';
}

/** Weak comparison (RFC 9110, section 8.8.3.2): a proxy that compresses turns `"x"` into `W/"x"`. */
export const opaque = (etag: string): string => etag.replace(/^W\//, '');
