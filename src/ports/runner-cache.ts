import { type AskPorts, ask } from './ask.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The runner's cache service, for bytes instead of archives. */
export interface RunnerCache {
  /** The newest entry whose key begins with `prefix`. Never throws. */
  restore(prefix: string): Promise<Uint8Array | undefined>;
  /** False when it was not kept: somebody has the key, or this run may only read. Never throws. */
  save(key: string, bytes: Uint8Array): Promise<boolean>;
}

const SERVICE = 'twirp/github.actions.results.api.v1.CacheService';
const LIMIT_MS = 20_000;
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Speaks to the cache service (v2) by its three calls. The toolkit's own client would unpack a tar archive with absolute paths
 * wherever it says, and an entry may be anybody's who can write one; here an entry is bytes, and whoever reads them checks them.
 * Undefined where there is no such service.
 */
export function runnerCache(env: Environment, ports: AskPorts): RunnerCache | undefined {
  const { ACTIONS_RESULTS_URL: url, ACTIONS_RUNTIME_TOKEN: token } = env;
  const origin = URL.parse(url ?? '')?.origin;
  if (!origin || !token || !env.ACTIONS_CACHE_SERVICE_V2) return undefined;

  const send = async (
    method: 'GET' | 'PUT' | 'POST',
    to: URL,
    headers: Readonly<Record<string, string>>,
    body?: Uint8Array | string,
  ): Promise<Uint8Array | undefined> => {
    const request = { method, url: to, headers, ...(body === undefined ? {} : { body }) };
    try {
      const { status, bytes } = await ask(request, { limitMs: LIMIT_MS, maxBytes: MAX_BYTES }, ports);
      return status >= 200 && status < 300 ? bytes : undefined;
    } catch {
      return undefined; // A cache that can't be asked has nothing.
    }
  };

  const call = async (method: string, message: object): Promise<Readonly<Record<string, unknown>>> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await send(
      'POST',
      new URL(`${origin}/${SERVICE}/${method}`),
      headers,
      JSON.stringify(message),
    );
    try {
      return answer ? JSON.parse(Buffer.from(answer).toString('utf8')) : {};
    } catch {
      return {};
    }
  };

  return {
    async restore(prefix) {
      const found = await call('GetCacheEntryDownloadURL', {
        key: prefix,
        restore_keys: [prefix],
        version: VERSION,
      });
      const at = blobUrl(found.signed_download_url ?? found.signedDownloadUrl);
      return found.ok === true && at ? send('GET', at, {}) : undefined;
    },
    async save(key, bytes) {
      const made = await call('CreateCacheEntry', { key, version: VERSION });
      const at = blobUrl(made.signed_upload_url ?? made.signedUploadUrl);
      if (made.ok !== true || !at) return false;
      const type = { 'content-type': 'application/octet-stream', 'x-ms-blob-type': 'BlockBlob' };
      if ((await send('PUT', at, type, bytes)) === undefined) return false;
      const size = String(bytes.length);
      const kept = await call('FinalizeCacheEntryUpload', { key, version: VERSION, size_bytes: size });
      return kept.ok === true;
    },
  };
}

/** What an entry is, besides its key: 64 hex characters that no archive of the toolkit's has. */
const VERSION = '5348495050524f4f462d6c65646765722d62756e646c652d7631000000000000';

/** A signed URL needs no token, so it goes anywhere that is safe to go. */
function blobUrl(value: unknown): URL | undefined {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  const isLocal = url?.protocol === 'http:' && url.hostname === '127.0.0.1';
  return url && (url.protocol === 'https:' || isLocal) ? url : undefined;
}
