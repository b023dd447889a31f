import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { encode, negotiate } from './encoding.ts';
import { type ListenOptions, startServer, type Target } from './server.ts';

export interface OriginOptions extends ListenOptions {
  /** `content` (default): a strong hash; `size-mtime`: kept when content of equal size is swapped, as sirv and serve do. */
  readonly etag?: 'content' | 'size-mtime' | 'none';
  readonly cacheControl?: string;
  /** Default true: answers br and gzip where they are asked for. */
  readonly compress?: boolean;
  /** On every answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Resource {
  readonly body: string | Buffer;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

/** A site whose content a test changes while it is being watched. */
export interface Site extends Target {
  /** Puts one resource at a path (without query). */
  serve(path: string, resource: Resource): void;
  remove(path: string): void;
  /** Puts a whole build up at once: `/`, `/build-id.txt`, `/version.json`, each with the header `x-build-id`. */
  deploy(buildId: string): void;
  /** Answers everything with this status from now on; `undefined` ends it. */
  failWith(status: number | undefined): void;
}

/** The page of a build, as `stamp` would leave it. */
export const pageOf = (buildId: string): string =>
  `<!doctype html>\n<html>\n<head>\n<meta charset="utf-8">\n<meta name="x-build-id" content="${buildId}">\n` +
  `<title>ship + prove</title>\n</head>\n<body><h1>Hello</h1></body>\n</html>\n`;

/** An honest web server: validators, negotiated encodings with Vary, Last-Modified, HEAD and conditional requests. */
export async function origin(options: OriginOptions = {}): Promise<Site> {
  const resources = new Map<string, Resource & { readonly changedAt: Date }>();
  // With `size-mtime` the time never moves: a build tool that sets every mtime alike (reproducible builds, images).
  const frozen = new Date(Date.UTC(2026, 0, 1));
  let failure: number | undefined;

  const serve = (path: string, resource: Resource): void => {
    resources.set(path, { ...resource, changedAt: options.etag === 'size-mtime' ? frozen : new Date() });
  };

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = new URL(request.url ?? '/', 'http://origin').pathname;
    const found =
      failure === undefined
        ? resources.get(path)
        : { body: `failing on purpose: ${failure}\n`, status: failure };
    const resource: Resource = found ?? { body: 'not found\n', status: 404 };
    const encoding = options.compress === false ? 'identity' : negotiate(request.headers['accept-encoding']);
    const body = encode(Buffer.from(resource.body), encoding);
    const changedAt = found && 'changedAt' in found ? found.changedAt : undefined;
    const etag = changedAt
      ? etagOf(resource.body, encoding, changedAt, options.etag ?? 'content')
      : undefined;
    const headers: Record<string, string | string[]> = {
      'content-type': typeOf(path),
      ...(options.compress === false ? {} : { vary: 'Accept-Encoding' }),
      ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
      ...(changedAt ? { 'last-modified': changedAt.toUTCString() } : {}),
      ...(options.cacheControl === undefined ? {} : { 'cache-control': options.cacheControl }),
      ...(etag === undefined ? {} : { etag }),
      ...options.headers,
      ...resource.headers,
    };
    if (etag !== undefined && matches(request.headers['if-none-match'], etag)) {
      response.writeHead(304, headers).end();
      return;
    }
    response.writeHead(resource.status ?? 200, { ...headers, 'content-length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
  };

  return {
    ...(await startServer(answer, options)),
    serve,
    remove: (path) => void resources.delete(path),
    deploy: (buildId) => {
      const headers = { 'x-build-id': buildId };
      serve('/', { body: pageOf(buildId), headers });
      serve('/build-id.txt', { body: `${buildId}\n`, headers });
      serve('/version.json', { body: JSON.stringify({ build: { id: buildId } }), headers });
    },
    failWith: (status) => {
      failure = status;
    },
  };
}

function etagOf(
  body: string | Buffer,
  encoding: string,
  changedAt: Date,
  kind: NonNullable<OriginOptions['etag']>,
): string | undefined {
  if (kind === 'none') return undefined;
  if (kind === 'size-mtime') return `W/"${Buffer.byteLength(body)}-${changedAt.getTime()}"`;
  // A strong validator differs between the encodings of one content (RFC 9110, 8.8.3.3).
  return `"${createHash('sha256').update(body).update(encoding).digest('hex').slice(0, 16)}"`;
}

/** The weak comparison of If-None-Match (RFC 9110, 13.1.2). */
export function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');
  return ifNoneMatch?.split(',').some((tag) => tag.trim() === '*' || opaque(tag) === opaque(etag)) ?? false;
}

function typeOf(path: string): string {
  if (path.endsWith('.txt')) return 'text/plain; charset=utf-8';
  return path.endsWith('.json') ? 'application/json' : 'text/html; charset=utf-8';
}
