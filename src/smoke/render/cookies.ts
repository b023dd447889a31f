import type { BrowserCookie, CookieParam } from '../../ports/chrome/protocol.ts';
import type { SetCookie } from '../answer.ts';

/** The cookies of a flow, put into a browser for one URL as their servers set them. */
export const toBrowser = (cookies: readonly SetCookie[], url: URL): CookieParam[] =>
  cookies.map(({ name, value, secure, httpOnly, sameSite, path = '/', domain }) => {
    const policy = SAME_SITE[sameSite?.toLowerCase() ?? ''];
    const own = { name, value, url: url.origin, path, secure, httpOnly, ...boundTo(url) };
    return { ...own, ...(domain === undefined ? {} : { domain }), ...(policy ? { sameSite: policy } : {}) };
  });

const SAME_SITE: Readonly<Record<string, CookieParam['sameSite']>> = {
  strict: 'Strict',
  lax: 'Lax',
  none: 'None',
};

/** Those that a step writes as a header of its own: nothing is said of them but their values. */
export const writtenToBrowser = (field: string, url: URL): CookieParam[] =>
  field
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
      const secure = url.protocol === 'https:';
      return { name, value, url: url.origin, path: '/', secure, httpOnly: true, ...boundTo(url) };
    });

const boundTo = (url: URL): Pick<CookieParam, 'sourcePort' | 'sourceScheme'> => ({
  sourcePort: portOf(url),
  sourceScheme: url.protocol === 'https:' ? 'Secure' : 'NonSecure',
});

export interface ComeBack {
  /** One of the pages that were visited: who set it. */
  readonly url: URL;
  /** As a Set-Cookie field. */
  readonly line: string;
}

/** What is new in the browser, as the flow's own cookies take it. Those of sites that were not visited stay there. */
export function fromBrowser(
  cookies: readonly BrowserCookie[],
  put: readonly CookieParam[],
  visited: readonly URL[],
): ComeBack[] {
  return cookies.flatMap((cookie) => {
    if (put.some(({ name, value }) => name === cookie.name && value === cookie.value)) return [];
    const url = visited.findLast((page) => isOf(cookie, page));
    return url ? [{ url, line: lineOf(cookie) }] : [];
  });
}

/** A leading dot: the server opened it to the hosts below. */
function isOf({ domain, sourcePort }: BrowserCookie, url: URL): boolean {
  const { hostname } = url;
  if (domain.startsWith('.')) return `.${hostname}`.endsWith(domain);
  if (domain !== hostname) return false;
  return sourcePort === undefined || sourcePort < 0 || sourcePort === portOf(url);
}

const portOf = ({ port, protocol }: URL): number => Number(port || (protocol === 'https:' ? 443 : 80));

const lineOf = ({ name, value, domain, path, secure, httpOnly, sameSite }: BrowserCookie): string =>
  [
    `${name}=${value}`,
    `Path=${path}`,
    ...(domain.startsWith('.') ? [`Domain=${domain.slice(1)}`] : []),
    ...(secure ? ['Secure'] : []),
    ...(httpOnly ? ['HttpOnly'] : []),
    ...(sameSite ? [`SameSite=${sameSite}`] : []),
  ].join('; ');
