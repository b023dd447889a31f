import { type OriginOptions, origin, type Site } from './origin.ts';
import { type ListenOptions, startServer, type Target } from './server.ts';

/** Redirects for ever: between two pages, to itself, or on to ever new ones. */
export async function redirectLoop(
  kind: 'pair' | 'self' | 'ever-new' = 'pair',
  options: ListenOptions = {},
): Promise<Target> {
  return startServer((request, response) => {
    const path = request.url ?? '/';
    const step = Number(/\d+$/.exec(path)?.[0] ?? 0) + 1;
    const next = { pair: path === '/a' ? '/b' : '/a', self: path, 'ever-new': `/step-${step}` }[kind];
    response.writeHead(302, { location: next }).end();
  }, options);
}

/** `/0` redirects to `/1` and so on, `hops` times, until a page of the build answers at `/`. */
export async function redirectChain(
  buildId: string,
  hops: number,
  options: OriginOptions = {},
): Promise<Site> {
  const site = await origin(options);
  site.deploy(buildId);
  for (let hop = 0; hop < hops; hop += 1) {
    const location = hop + 1 === hops ? '/' : `/${hop + 1}`;
    site.serve(`/${hop}`, { status: 302, body: '', headers: { location } });
  }
  return site;
}

export interface CrossHost extends AsyncDisposable {
  /** Of the first server; every path redirects to the same path of the second. */
  readonly url: string;
  readonly first: Target;
  /** Serves the build, and its `requests` show which headers came along. */
  readonly second: Site;
}

/** One server sends visitors on to another, which is another origin by its port and, given `secondHost`, by its name. */
export async function crossHostRedirect(
  buildId: string,
  options: { readonly status?: 301 | 302 | 303 | 307 | 308; readonly secondHost?: string } = {},
): Promise<CrossHost> {
  const second = await origin(options.secondHost === undefined ? {} : { host: options.secondHost });
  second.deploy(buildId);
  const first = await startServer((request, response) => {
    response.writeHead(options.status ?? 302, { location: second.url + request.url }).end();
  });
  return {
    url: first.url,
    first,
    second,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()]);
    },
  };
}
