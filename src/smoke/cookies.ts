import { isIP } from 'node:net';
import { Cookie, CookieJar } from 'tough-cookie';
import type { SetCookie } from './answer.ts';

/**
 * The cookies of one flow. This file loads the cookie library; import it dynamically.
 *
 * A browser sends a cookie to every port of its host. Here, one that its server did not open to a domain stays with its
 * origin: a redirect to another port is a redirect to another server.
 */
export interface Cookies {
  /** The field for a request; empty where there are none. */
  header(url: URL): Promise<string>;
  /** The same, with all that was said of each. */
  list(url: URL): Promise<SetCookie[]>;
  /** Keeps what an answer set, and tells what it set. */
  keep(url: URL, lines: readonly string[]): Promise<SetCookie[]>;
}

export function createCookies(): Cookies {
  const shared = new CookieJar();
  const own = new Map<string, CookieJar>();
  const jarOf = (origin: string) => {
    const jar = own.get(origin) ?? new CookieJar();
    own.set(origin, jar);
    return jar;
  };
  return {
    header: async (url) => {
      const found = await Promise.all(
        [jarOf(url.origin), shared].map((jar) => jar.getCookieString(url.href)),
      );
      return found.filter((cookies) => cookies !== '').join('; ');
    },
    list: async (url) => {
      const found = await Promise.all([jarOf(url.origin), shared].map((jar) => jar.getCookies(url.href)));
      // The jar fills in the domain of one that has none.
      return found
        .flat()
        .map((cookie) => ({ ...toSetCookie(cookie), ...(cookie.hostOnly ? { domain: undefined } : {}) }));
    },
    keep: async (url, lines) => {
      const given = lines.flatMap((line) => Cookie.parse(line, { loose: true }) ?? []);
      // The jar fills in what a cookie does not say; what the server said is read before.
      const set = given.map(toSetCookie);
      for (const cookie of given) {
        const isShared = cookie.domain !== null && isIP(cookie.domain) === 0;
        // One that the server may not set is not kept, as in a browser.
        await (isShared ? shared : jarOf(url.origin)).setCookie(cookie, url.href, { ignoreError: true });
      }
      return set;
    },
  };
}

const toSetCookie = (cookie: Cookie): SetCookie => ({
  name: cookie.key,
  value: cookie.value,
  secure: cookie.secure,
  httpOnly: cookie.httpOnly,
  sameSite: cookie.sameSite,
  path: cookie.path ?? undefined,
  domain: cookie.domain ?? undefined,
  removed: cookie.TTL() <= 0,
});
