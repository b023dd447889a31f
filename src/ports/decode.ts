import { Readable, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';

export interface DecodeLimits {
  /** Decoded bytes after which reading stops. */
  readonly maxBytes: number;
  /** Decoded bytes for each byte on the wire. */
  readonly maxRatio: number;
  /** Codings on top of each other. */
  readonly maxEncodings: number;
}

export const DECODE_LIMITS: DecodeLimits = { maxBytes: 5 * 1024 * 1024, maxRatio: 100, maxEncodings: 2 };

/** A body that is not read to its end, and why. It is an answer about the server, not a fault of the transport. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
  readonly reason: 'too-large' | 'bomb' | 'encoding' | 'corrupt';
  constructor(reason: UnreadableBody['reason'], message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.reason = reason;
  }
}

// Short texts compress without bound (a megabyte of blanks), so the ratio speaks only above this size.
const RATIO_FLOOR_BYTES = 256 * 1024;

/**
 * Decodes a body by its Content-Encoding (RFC 9110, section 8.4) as a stream, under bounds. The consumer may stop at any
 * chunk. Throws UnreadableBody at a bound, at an unknown coding and at corrupt data.
 */
export async function* decode(
  body: AsyncIterable<Uint8Array>,
  contentEncoding: string | undefined,
  limits: DecodeLimits = DECODE_LIMITS,
): AsyncGenerator<Uint8Array> {
  const codings = (contentEncoding ?? '')
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity')
    .reverse();
  if (codings.length > limits.maxEncodings) {
    throw new UnreadableBody(
      'encoding',
      `content-encoding has ${codings.length} codings, more than ${limits.maxEncodings}`,
    );
  }
  const decoders = codings.map(decoderFor);
  let wireBytes = 0;
  let bytes = 0;
  const counted = async function* () {
    for await (const chunk of body) {
      wireBytes += chunk.length;
      yield chunk;
    }
  };
  const source = decoders.length === 0 ? counted() : chain(Readable.from(counted()), decoders);
  try {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > RATIO_FLOOR_BYTES && bytes > wireBytes * limits.maxRatio) {
        throw new UnreadableBody('bomb', `the body unpacks to more than ${limits.maxRatio} times its size`);
      }
      if (bytes > limits.maxBytes) {
        throw new UnreadableBody('too-large', `the body is larger than ${limits.maxBytes} bytes`);
      }
      yield chunk;
    }
  } catch (error) {
    if (isZlibError(error))
      throw new UnreadableBody('corrupt', `the ${codings.join(', ')} body is corrupt`, error);
    throw error;
  } finally {
    for (const decoder of decoders) decoder.destroy();
  }
}

function decoderFor(coding: string): Transform {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip();
    case 'br':
      return zlib.createBrotliDecompress();
    case 'zstd':
      return zlib.createZstdDecompress();
    case 'deflate':
      return zlib.createInflate();
    default:
      throw new UnreadableBody(
        'encoding',
        `content-encoding ${coding} is not one of gzip, br, zstd, deflate`,
      );
  }
}

/** Source → first decoder → … as one stream; an error anywhere ends it with that error. */
function chain(source: Readable, decoders: readonly Transform[]): AsyncIterable<Uint8Array> {
  return decoders.reduce<Readable>((upstream, decoder) => {
    upstream.on('error', (error) => decoder.destroy(error));
    return upstream.pipe(decoder);
  }, source);
}

const isZlibError = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^(Z_|ERR_BROTLI|ERR__ERROR|ERR_PADDING|ERR_ZSTD|ZSTD_)/.test(String(error.code));
