import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliCompressSync, constants, createGzip, gzipSync } from 'node:zlib';
import { pageOf } from './origin.ts';
import { type ListenOptions, startServer, type Target } from './server.ts';

const HTML = { 'content-type': 'text/html; charset=utf-8' };

export interface SlowOptions extends ListenOptions {
  /** Between two pieces; default 50. */
  readonly everyMs?: number;
  /** Default 1 byte. */
  readonly pieceBytes?: number;
  /** Bytes of filling after the page's marker; default 0. */
  readonly padding?: number;
}

/** The page of a build whose bytes dribble. */
export async function slowBody(buildId: string, options: SlowOptions = {}): Promise<Target> {
  const body = Buffer.from(pageOf(buildId) + ' '.repeat(options.padding ?? 0));
  const pieceBytes = options.pieceBytes ?? 1;
  return startServer(async (_, response) => {
    response.writeHead(200, HTML);
    for (let start = 0; start < body.length && !response.destroyed; start += pieceBytes) {
      response.write(body.subarray(start, start + pieceBytes));
      await delay(options.everyMs ?? 50);
    }
    response.end();
  }, options);
}

export interface EndlessTarget extends Target {
  /** Body bytes handed to the network so far, over all requests. */
  sentBytes(): number;
}

/** A body that never ends; with an id its marker stands at the start, so that a reader may stop there. */
export async function endlessBody(
  options: ListenOptions & { readonly buildId?: string } = {},
): Promise<EndlessTarget> {
  const filling = Buffer.alloc(64 * 1024, '<p>and so on</p>\n');
  const start = options.buildId === undefined ? '<!doctype html><html><head>' : pageOf(options.buildId);
  let sent = 0;
  const target = await startServer(async (_, response) => {
    response.writeHead(200, HTML);
    response.write(start);
    while (!response.destroyed) {
      sent += filling.length;
      if (!response.write(filling)) await drained(response);
    }
  }, options);
  return { ...target, sentBytes: () => sent };
}

export interface BombOptions extends ListenOptions {
  readonly encoding: 'gzip' | 'br';
  /** Size when unpacked; default 256 MiB. */
  readonly unpackedBytes?: number;
  /** A page with this marker stands before the filling. */
  readonly buildId?: string;
}

export interface Bomb extends Target {
  readonly packedBytes: number;
  readonly unpackedBytes: number;
}

/** A small answer that unpacks to more than a thousand times its size. */
export async function bomb(options: BombOptions): Promise<Bomb> {
  const unpackedBytes = options.unpackedBytes ?? 256 * 1024 * 1024;
  const head = Buffer.from(options.buildId === undefined ? '' : pageOf(options.buildId));
  const packed =
    options.encoding === 'br' ? packBrotli(head, unpackedBytes) : await packGzip(head, unpackedBytes);
  const target = await startServer((_, response) => {
    response.writeHead(200, {
      ...HTML,
      'content-encoding': options.encoding,
      'content-length': packed.length,
    });
    response.end(packed);
  }, options);
  return { ...target, packedBytes: packed.length, unpackedBytes };
}

/** A good page, gzipped over and over: `content-encoding: gzip, gzip, gzip`. */
export async function encodingChain(
  buildId: string,
  times = 3,
  options: ListenOptions = {},
): Promise<Target> {
  const codings = Array.from({ length: times }, () => 'gzip');
  const body = codings.reduce<Buffer>((rest) => gzipSync(rest), Buffer.from(pageOf(buildId)));
  return startServer((_, response) => {
    response.writeHead(200, { ...HTML, 'content-encoding': codings.join(', ') });
    response.end(body);
  }, options);
}

/** Promises more bytes than it sends (`more`: then hangs up) or fewer (`less`). */
export async function badContentLength(
  buildId: string,
  kind: 'more' | 'less',
  options: ListenOptions = {},
): Promise<Target> {
  const body = pageOf(buildId);
  return startServer((request, response) => {
    // Over the bare socket: node:http refuses to send a wrong length.
    const length = kind === 'more' ? body.length + 100 : body.length - 100;
    request.socket.end(
      `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${length}\r\n\r\n${body}`,
    );
    response.detachSocket(request.socket);
  }, options);
}

/** Far more header bytes than any client's limit (node:http and undici: 16 KiB); default 1 MiB. */
export async function hugeHeaders(
  buildId: string,
  bytes = 1024 * 1024,
  options: ListenOptions = {},
): Promise<Target> {
  return startServer((_, response) => {
    const count = Math.ceil(bytes / 4096);
    const filling = Array.from(
      { length: count },
      (_, index) => [`x-filling-${index}`, 'x'.repeat(4080)] as const,
    );
    response.writeHead(200, { ...HTML, ...Object.fromEntries(filling) });
    response.end(pageOf(buildId));
  }, options);
}

// Also when the reader has left: then nothing drains any more.
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

// One large window of zeros, packed at once: brotli writes 256 MiB of one character in some hundred bytes.
function packBrotli(head: Buffer, unpackedBytes: number): Buffer {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 24 };
  return brotliCompressSync(Buffer.concat([head, Buffer.alloc(unpackedBytes - head.length, ' ')]), {
    params,
  });
}

// Deflate ends near 1:1030, so the filling must be long to get a page with a head over 1000.
async function packGzip(head: Buffer, unpackedBytes: number): Promise<Buffer> {
  const gzip = createGzip({ level: 9 });
  const packed: Buffer[] = [];
  gzip.on('data', (chunk: Buffer) => packed.push(chunk));
  const ended = new Promise<void>((resolve) => gzip.on('end', resolve));
  gzip.write(head);
  const filling = Buffer.alloc(1024 * 1024, ' ');
  for (let left = unpackedBytes - head.length; left > 0; left -= filling.length) {
    if (!gzip.write(filling.subarray(0, left))) await new Promise((resolve) => gzip.once('drain', resolve));
  }
  gzip.end();
  await ended;
  return Buffer.concat(packed);
}
