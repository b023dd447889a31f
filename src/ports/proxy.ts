import type { Socket } from 'node:net';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy by which the environment wants a URL to be asked for, by the variables and rules of the runner and its toolkit (lower
 * case first; loopback always directly). Undefined where there is none. Only for https: nothing of ours goes over plain http, save on
 * loopback.
 */
export function proxyFor(url: URL, env: Environment): string | undefined {
  const proxy = env.https_proxy || env.HTTPS_PROXY;
  return proxy && url.protocol === 'https:' && !isDirect(url, env) ? proxy : undefined;
}

function isDirect({ hostname, port }: URL, env: Environment): boolean {
  if (/^(localhost$|127\.|\[::1\])/.test(hostname)) return true;
  const own = [hostname, `${hostname}:${port || 443}`];
  const listed = (env.no_proxy || env.NO_PROXY || '').toLowerCase().split(/[\s,]+/);
  return listed.some((item) => {
    const name = item.replace(/^\*?\./, '');
    return name === '*' || (name !== '' && own.some((host) => host === name || host.endsWith(`.${name}`)));
  });
}

/**
 * A connection to the URL's host that a proxy made (CONNECT; RFC 9110, section 9.3.6): what is said over it is between the two ends.
 * Rejects with an error of code `PROXY_…`, which holds nothing of the proxy's URL, since that may carry a password.
 */
export async function tunnelTo(url: URL, proxy: string, signal: AbortSignal): Promise<Socket> {
  const { origin, authorization } = readProxy(proxy);
  const { Client } = await import('undici');
  const client = new Client(origin, { allowH2: false });
  const authority = `${url.hostname}:${url.port || 443}`;
  try {
    const headers = { host: authority, ...(authorization ? { 'proxy-authorization': authorization } : {}) };
    const { statusCode, socket } = await client.connect({ path: authority, headers, signal });
    // Whoever uses the connection hears of its end.
    socket.on('error', () => {});
    if (statusCode >= 200 && statusCode < 300) return socket as Socket;
    socket.destroy();
  } catch {
    signal.throwIfAborted();
    throw problem('PROXY_UNREACHABLE');
  } finally {
    // The connection is not the client's any more.
    void client.destroy().catch(() => {});
  }
  throw problem('PROXY_REFUSED');
}

function readProxy(proxy: string): { readonly origin: string; readonly authorization: string | undefined } {
  const url = URL.parse(/^[a-z0-9]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`);
  if (!url || !/^https?:$/.test(url.protocol)) throw problem('PROXY_UNUSABLE');
  try {
    const user = [url.username, url.password].map(decodeURIComponent).join(':');
    return {
      origin: url.origin,
      authorization: user === ':' ? undefined : `Basic ${Buffer.from(user).toString('base64')}`,
    };
  } catch {
    throw problem('PROXY_UNUSABLE'); // A percent sign that escapes nothing.
  }
}

const problem = (code: 'PROXY_UNUSABLE' | 'PROXY_UNREACHABLE' | 'PROXY_REFUSED') =>
  Object.assign(new Error(code), { code });
