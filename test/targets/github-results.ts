import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface StoredArtifact {
  readonly id: number;
  readonly run: string;
  readonly job: string;
  readonly name: string;
  readonly expiresAt: string | undefined;
  /** The zip, once it was finalized. */
  bytes?: Buffer;
}

export interface StoredCache {
  readonly id: number;
  readonly key: string;
  readonly version: string;
  bytes?: Buffer;
}

/**
 * The runner's results service: artifacts (v4) and cache (v2) as `@actions/artifact` and `@actions/cache` speak to them,
 * twirp in JSON, the bytes in blobs. All in memory; one `name` a run, one `key` a version.
 */
export interface GitHubResults {
  readonly artifacts: StoredArtifact[];
  readonly caches: StoredCache[];
  /** The methods that were called, oldest first. */
  readonly calls: string[];
  /** A status for a method (`CreateArtifact`, `GetCacheEntryDownloadURL`, `blob` …), or no answer at all. */
  fault: (method: string) => { readonly status: number; readonly body?: unknown } | 'hang' | undefined;
  /** True when the request was for this service. */
  handle(request: IncomingMessage, response: ServerResponse, origin: string): Promise<boolean>;
}

type Body = Readonly<Record<string, unknown>>;

export function createGitHubResults(): GitHubResults {
  const blobs = new Map<string, { blocks: Map<string, Buffer>; bytes?: Buffer }>();
  let ids = 0;

  const methods: Readonly<Record<string, (body: Body, origin: string) => Body | number>> = {
    CreateArtifact: (body, origin) => {
      const [run, job] = [text(body, 'workflow_run_backend_id'), text(body, 'workflow_job_run_backend_id')];
      const name = text(body, 'name');
      if (results.artifacts.some((item) => item.run === run && item.name === name)) return 409;
      ids += 1;
      const expiresAt = text(body, 'expires_at') || undefined;
      results.artifacts.push({ id: ids, run, job, name, expiresAt });
      return { ok: true, signed_upload_url: upload(origin, `a${ids}`) };
    },
    FinalizeArtifact: (body) => {
      const found = results.artifacts.find(
        ({ run, name }) => run === text(body, 'workflow_run_backend_id') && name === text(body, 'name'),
      );
      const bytes = blobs.get(`a${found?.id}`)?.bytes;
      if (!found || !bytes) return 404;
      found.bytes = bytes;
      return { ok: true, artifact_id: String(found.id) };
    },
    ListArtifacts: (body) => ({
      artifacts: results.artifacts
        .filter(({ run, bytes }) => run === text(body, 'workflow_run_backend_id') && bytes !== undefined)
        .filter(({ name }) => [name, ''].includes(text(body, 'name_filter')))
        .map(({ id, run, job, name, bytes }) => ({
          workflow_run_backend_id: run,
          workflow_job_run_backend_id: job,
          database_id: String(id),
          name,
          size: String(bytes?.length),
        })),
    }),
    GetSignedArtifactURL: (body, origin) => {
      const found = results.artifacts.find(({ name }) => name === text(body, 'name'));
      return found?.bytes ? { signed_url: upload(origin, `a${found.id}`) } : 404;
    },
    DeleteArtifact: (body) => {
      const index = results.artifacts.findIndex(({ name }) => name === text(body, 'name'));
      if (index < 0) return 404;
      const [gone] = results.artifacts.splice(index, 1);
      return { ok: true, artifact_id: String(gone?.id) };
    },
    CreateCacheEntry: (body, origin) => {
      const [key, version] = [text(body, 'key'), text(body, 'version')];
      if (results.caches.some((item) => item.key === key && item.version === version)) return 409;
      ids += 1;
      results.caches.push({ id: ids, key, version });
      return { ok: true, signed_upload_url: upload(origin, `c${ids}`) };
    },
    FinalizeCacheEntryUpload: (body) => {
      const found = results.caches.find(
        ({ key, version }) => key === text(body, 'key') && version === text(body, 'version'),
      );
      const bytes = blobs.get(`c${found?.id}`)?.bytes;
      if (!found || !bytes) return 404;
      found.bytes = bytes;
      return { ok: true, entry_id: String(found.id) };
    },
    GetCacheEntryDownloadURL: (body, origin) => {
      const wanted = [text(body, 'key'), ...((body.restore_keys ?? body.restoreKeys ?? []) as string[])];
      const usable = results.caches.filter(
        ({ version, bytes }) => bytes !== undefined && version === text(body, 'version'),
      );
      const exact = usable.find(({ key }) => key === wanted[0]);
      // The newest entry of the first prefix that has one.
      const found =
        exact ??
        wanted.map((prefix) => usable.findLast(({ key }) => key.startsWith(prefix))).find((item) => item);
      if (!found) return { ok: false };
      return { ok: true, signed_download_url: upload(origin, `c${found.id}`), matched_key: found.key };
    },
  };

  const results: GitHubResults = {
    artifacts: [],
    caches: [],
    calls: [],
    fault: () => undefined,
    async handle(request, response, origin) {
      const url = new URL(request.url ?? '/', origin);
      const [, method = url.pathname.startsWith('/blob/') ? 'blob' : undefined] =
        /^\/twirp\/github\.actions\.results\.api\.v1\.\w+\/(\w+)$/.exec(url.pathname) ?? [];
      if (method === undefined) return false;
      results.calls.push(method);
      const fault = results.fault(method);
      const bytes = await buffer(request);
      if (fault === 'hang') return true;
      if (fault) return answer(response, fault.status, fault.body ?? { code: 'internal', msg: 'a fault' });
      if (method === 'blob') return blob(blobs, url, request.method ?? '', bytes, response);
      if (!/^Bearer .+/.test(request.headers.authorization ?? '')) return answer(response, 401, {});
      const made = methods[method]?.(JSON.parse(bytes.toString() || '{}'), origin) ?? 404;
      if (typeof made !== 'number') return answer(response, 200, made);
      return answer(response, made, { code: made === 409 ? 'already_exists' : 'not_found', msg: method });
    },
  };
  return results;
}

const upload = (origin: string, id: string): string =>
  `${origin}/blob/results/${id}?sig=not-a-secret-signature`;

/** Field names come in either of the two forms that JSON has for them; wrapped values come bare. */
function text(body: Body, name: string): string {
  const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const value = body[name] ?? body[camel] ?? '';
  return String(typeof value === 'object' ? (value as { value?: unknown }).value : value);
}

/** As much of a block blob as the clients use: whole, or in blocks with a list of them. */
function blob(
  blobs: Map<string, { blocks: Map<string, Buffer>; bytes?: Buffer }>,
  url: URL,
  method: string,
  bytes: Buffer,
  response: ServerResponse,
): true {
  const id = url.pathname.split('/').at(-1) ?? '';
  const stored = blobs.get(id) ?? { blocks: new Map<string, Buffer>() };
  blobs.set(id, stored);
  if (method === 'GET' || method === 'HEAD') {
    if (!stored.bytes) return answer(response, 404, {});
    response.writeHead(200, { 'content-length': stored.bytes.length, 'content-type': 'application/zip' });
    response.end(method === 'HEAD' ? undefined : stored.bytes);
    return true;
  }
  const part = url.searchParams.get('comp');
  if (part === 'block') stored.blocks.set(url.searchParams.get('blockid') ?? '', bytes);
  else if (part === 'blocklist') {
    const names = [...bytes.toString().matchAll(/<Latest>([^<]*)<\/Latest>/g)].map(([, name]) => name ?? '');
    stored.bytes = Buffer.concat(names.map((name) => stored.blocks.get(name) ?? Buffer.alloc(0)));
  } else stored.bytes = bytes;
  response.writeHead(201, { etag: '"1"', 'last-modified': new Date(0).toUTCString() }).end();
  return true;
}

function answer(response: ServerResponse, status: number, body: unknown): true {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  return true;
}
