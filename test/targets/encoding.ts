import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

export type Encoding = 'br' | 'gzip' | 'identity';

/** The coding a server picks: brotli before gzip, among those not refused by `q=0` (RFC 9110, 12.5.3). */
export function negotiate(acceptEncoding: string | string[] | undefined): Encoding {
  const accepted = new Map(
    String(acceptEncoding ?? '')
      .toLowerCase()
      .split(',')
      .map((part) => part.trim().split(/\s*;\s*q=/))
      .filter(([coding]) => coding !== '')
      .map(([coding, q]) => [coding ?? '', q === undefined ? 1 : Number(q)] as const),
  );
  const weight = (coding: string): number => accepted.get(coding) ?? accepted.get('*') ?? 0;
  return (['br', 'gzip'] as const).find((coding) => weight(coding) > 0) ?? 'identity';
}

export function encode(body: Buffer, encoding: Encoding): Buffer {
  if (encoding === 'gzip') return gzipSync(body);
  // Quality 1: a test target need not be small, and quality 11 costs seconds on a large body.
  if (encoding === 'br') return brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
  return body;
}
