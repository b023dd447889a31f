import { pipeline, type Transform } from 'node:stream';
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
 * chunk; then the decoders are freed and `body` is closed. Throws UnreadableBody at a bound, at an unknown coding and at
 * corrupt data.
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
  let wireBytes = 0;
  let bytes = 0;
  const counted = async function* () {
    for await (const chunk of body) {
      wireBytes += chunk.length;
      yield chunk;
    }
  };
  const decoders = codings.map(decoderFor);
  const decoded = decoders.reduce<AsyncIterable<Uint8Array>>(unpack, counted());
  try {
    for await (const chunk of decoded) {
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
    if (!isZlibError(error)) throw error;
    throw new UnreadableBody('corrupt', `the ${codings.join(', ')} body is corrupt`, error);
  }
}

/** Makes the decoder for a body that begins with these bytes. */
type CreateDecoder = (first: Uint8Array) => Transform;

function decoderFor(coding: string): CreateDecoder {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return () => zlib.createGunzip();
    case 'br':
      return () => zlib.createBrotliDecompress();
    case 'zstd':
      return () => zlib.createZstdDecompress();
    case 'deflate':
      // It means the zlib format (RFC 9110, 8.4.1.2), but many servers send bare deflate, and browsers take both.
      return ([first = 0]) => ((first & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw());
    default:
      throw new UnreadableBody(
        'encoding',
        `content-encoding ${coding} is not one of gzip, br, zstd, deflate`,
      );
  }
}

/** One coding taken off. A body without a single byte is empty in every coding, as browsers see it. */
async function* unpack(
  packed: AsyncIterable<Uint8Array>,
  createDecoder: CreateDecoder,
): AsyncGenerator<Uint8Array> {
  const source = packed[Symbol.asyncIterator]();
  let next = await source.next();
  while (!next.done && next.value.length === 0) next = await source.next();
  if (next.done) return;
  const first = next.value;
  const all = async function* () {
    yield first;
    yield* { [Symbol.asyncIterator]: () => source };
  };
  const decoder = createDecoder(first);
  // An error anywhere ends the decoder with that error, and whoever ends the decoder ends its source.
  pipeline(all, decoder, () => {});
  yield* decoder;
}

const isZlibError = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^(Z_|ERR_BROTLI|ERR__ERROR|ERR_PADDING|ERR_ZSTD|ZSTD_)/.test(String(error.code));
