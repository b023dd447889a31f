import zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DECODE_LIMITS, decode } from '../../src/ports/decode.ts';

/** A body as it comes from a socket, and what became of it. */
function bodyOf(bytes: Uint8Array, pieceBytes = 1024) {
  const state = { pieces: 0, closed: false };
  const body = (async function* () {
    try {
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        state.pieces += 1;
        yield bytes.subarray(at, at + pieceBytes);
      }
    } finally {
      state.closed = true;
    }
  })();
  return { body, state };
}

async function read(
  bytes: Uint8Array,
  coding: string | undefined,
  limits = DECODE_LIMITS,
  pieceBytes?: number,
) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of decode(bodyOf(bytes, pieceBytes).body, coding, limits)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks);
}

const CODERS: Readonly<Record<string, (bytes: Uint8Array) => Buffer>> = {
  gzip: zlib.gzipSync,
  'x-gzip': zlib.gzipSync,
  br: zlib.brotliCompressSync,
  zstd: zlib.zstdCompressSync,
  deflate: zlib.deflateSync,
};
const PAGE = Buffer.from(
  `<!doctype html>${Array.from({ length: 3000 }, (_, i) => `<p>${i * 7919}</p>`).join('\n')}`,
);

const unreadable = (reason: string) => expect.objectContaining({ name: 'UnreadableBody', reason });

describe('decode', () => {
  it.each([undefined, '', 'identity', ' , Identity'])(
    'passes a body on as it is under %j',
    async (coding) => {
      expect(await read(PAGE, coding)).toEqual(PAGE);
    },
  );

  it.each(Object.entries(CODERS))('unpacks %s', async (coding, pack) => {
    expect(await read(pack(PAGE), coding)).toEqual(PAGE);
    expect(await read(pack(PAGE), ` ${coding.toUpperCase()} `)).toEqual(PAGE);
    expect(await read(pack(PAGE), coding, DECODE_LIMITS, 1)).toEqual(PAGE);
  });

  it('unpacks deflate without a header too, at every level', async () => {
    for (let level = 0; level <= 9; level += 1) {
      expect(await read(zlib.deflateRawSync(PAGE, { level }), 'deflate')).toEqual(PAGE);
      expect(await read(zlib.deflateSync(PAGE, { level }), 'deflate')).toEqual(PAGE);
    }
  });

  it('gives back what was packed, in any two codings and any pieces', async () => {
    const coding = fc.constantFrom(...Object.keys(CODERS));
    const bytes = fc.uint8Array({ maxLength: 3000 });
    await fc.assert(
      fc.asyncProperty(
        bytes,
        fc.array(coding, { maxLength: 2 }),
        fc.integer({ min: 1, max: 500 }),
        async (content, codings, pieceBytes) => {
          const packed = codings.reduce<Uint8Array>((inner, name) => CODERS[name]?.(inner) ?? inner, content);
          expect(Buffer.from(content)).toEqual(
            await read(packed, codings.join(', '), DECODE_LIMITS, pieceBytes),
          );
        },
      ),
    );
  });

  it.each(Object.keys(CODERS))(
    'takes a body without a single byte for an empty one under %s',
    async (coding) => {
      expect(await read(new Uint8Array(), coding)).toHaveLength(0);
    },
  );

  it.each(Object.entries(CODERS))('calls truncated and foreign bytes corrupt: %s', async (coding, pack) => {
    const packed = pack(PAGE);
    await expect(read(packed.subarray(0, packed.length - 20), coding)).rejects.toEqual(unreadable('corrupt'));
    await expect(read(Buffer.from('<html>not packed at all</html>'), coding)).rejects.toEqual(
      unreadable('corrupt'),
    );
    await expect(read(CODERS.gzip?.(PAGE.subarray(0, 30)) ?? PAGE, `${coding}, gzip`)).rejects.toEqual(
      unreadable('corrupt'),
    );
  });

  it.each(['compress', 'gzip2', 'aes128gcm'])('does not guess what %s is', async (coding) => {
    await expect(read(PAGE, coding)).rejects.toEqual(unreadable('encoding'));
  });

  it('takes two codings and no more', async () => {
    const thrice = zlib.gzipSync(zlib.gzipSync(zlib.gzipSync(PAGE)));
    await expect(read(thrice, 'gzip, gzip, gzip')).rejects.toEqual(unreadable('encoding'));
    expect(await read(thrice, 'gzip, gzip')).toEqual(zlib.gzipSync(PAGE));
  });

  it.each(Object.keys(CODERS))('stops at a bomb of %s, however small its pieces', async (coding) => {
    const bomb = CODERS[coding]?.(Buffer.alloc(64 * 1024 * 1024)) ?? PAGE;
    const { body, state } = bodyOf(bomb, 64);
    let bytes = 0;
    const reading = (async () => {
      for await (const chunk of decode(body, coding, { ...DECODE_LIMITS, maxBytes: 1e9 }))
        bytes += chunk.length;
    })();
    await expect(reading).rejects.toEqual(unreadable('bomb'));
    expect(bytes).toBeLessThan(bomb.length * DECODE_LIMITS.maxRatio + 512 * 1024);
    await expect.poll(() => state.closed, { timeout: 20_000 }).toBe(true);
  });

  it('stops at a bomb in a bomb', async () => {
    const bomb = zlib.gzipSync(zlib.gzipSync(Buffer.alloc(64 * 1024 * 1024)));
    await expect(read(bomb, 'gzip, gzip')).rejects.toEqual(unreadable('bomb'));
  });

  it('does not call a small page of blanks a bomb', async () => {
    expect(await read(zlib.gzipSync(Buffer.alloc(200 * 1024, ' ')), 'gzip')).toHaveLength(200 * 1024);
  });

  it.each([undefined, 'gzip'])('stops at the most bytes that are read, under %s', async (coding) => {
    const noise = Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * 2654435761) % 251));
    const limits = { ...DECODE_LIMITS, maxBytes: 10_000 };
    const { body, state } = bodyOf(coding ? zlib.gzipSync(noise) : noise, 100);
    await expect(drain(decode(body, coding, limits))).rejects.toEqual(unreadable('too-large'));
    await expect.poll(() => state.closed, { timeout: 20_000 }).toBe(true);
  });

  it.each([undefined, 'gzip', 'br', 'zstd', 'deflate'])(
    'closes the body when the reader has seen enough, under %s',
    async (coding) => {
      // The filling does not compress, so that most of it is still unread when the reader stops.
      const noise = Buffer.concat([
        PAGE,
        ...Array.from({ length: 3000 }, (_, i) => zlib.gzipSync(String(i))),
      ]);
      const { body, state } = bodyOf(coding ? (CODERS[coding]?.(noise) ?? noise) : noise, 64);
      for await (const chunk of decode(body, coding)) if (chunk.length > 0) break;
      await expect.poll(() => state.closed, { timeout: 20_000 }).toBe(true);
      expect(state.pieces * 64).toBeLessThan(noise.length);
    },
  );

  it('passes on the error of a connection that breaks', async () => {
    const broken = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    const body = async function* () {
      yield zlib.gzipSync(zlib.gzipSync(PAGE)).subarray(0, 100);
      throw broken;
    };
    await expect(drain(decode(body(), 'gzip'))).rejects.toBe(broken);
    await expect(drain(decode(body(), 'gzip, gzip'))).rejects.toBe(broken);
    await expect(drain(decode(body(), undefined))).rejects.toBe(broken);
  });
});
