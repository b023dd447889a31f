import { lookup } from 'node:dns/promises';
import { type OriginOptions, origin, type Site } from './origin.ts';
import { startServer } from './server.ts';

export interface TwoEdges extends AsyncDisposable {
  /** `http://<name>:<port>`; the name leads to both. */
  readonly url: string;
  readonly port: number;
  readonly addresses: readonly [string, string];
  /** In the order of `addresses`; a build is deployed to each by itself. */
  readonly edges: readonly [Site, Site];
  /** For `withHosts`. */
  readonly hostsLines: readonly string[];
}

export interface TwoEdgesOptions extends Omit<OriginOptions, 'host' | 'port'> {
  /** Default `two-edges.test`, which needs `withHosts`; `localhost` does not, where `isLocalhostDual()`. */
  readonly name?: string;
  /** Default 127.0.0.1 and 127.0.0.2, for `localhost` 127.0.0.1 and ::1. */
  readonly addresses?: readonly [string, string];
}

/** Two servers on one port at the two addresses of one name, as behind a CDN's name. */
export async function twoEdges(options: TwoEdgesOptions = {}): Promise<TwoEdges> {
  const name = options.name ?? 'two-edges.test';
  const addresses = options.addresses ?? ['127.0.0.1', name === 'localhost' ? '::1' : '127.0.0.2'];
  const edges = await onOnePort(
    (port) => origin({ ...options, name, host: addresses[0], port }),
    (port) => origin({ ...options, name, host: addresses[1], port }),
  );
  return {
    url: edges[0].url,
    port: edges[0].port,
    addresses,
    edges,
    hostsLines: addresses.map((address) => `${address} ${name}`),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(edges.map((edge) => edge[Symbol.asyncDispose]()));
    },
  };
}

/** Whether a server can listen there: macOS has no 127.0.0.2, some containers have no ::1. */
export async function hasAddress(host: string): Promise<boolean> {
  try {
    await using _ = await startServer((_, response) => void response.end(), { host });
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return false;
    throw error;
  }
}

/** Whether `localhost` leads to 127.0.0.1 and ::1, and both can be listened on. */
export async function isLocalhostDual(): Promise<boolean> {
  const found = (await lookup('localhost', { all: true })).map(({ address }) => address);
  return found.includes('127.0.0.1') && found.includes('::1') && (await hasAddress('::1'));
}

// The first takes any free port; now and then the second's is taken, and both start over.
async function onOnePort(
  first: (port: number) => Promise<Site>,
  second: (port: number) => Promise<Site>,
): Promise<readonly [Site, Site]> {
  for (let attempt = 1; ; attempt += 1) {
    const a = await first(0);
    try {
      return [a, await second(a.port)];
    } catch (error) {
      await a[Symbol.asyncDispose]();
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === 20) throw error;
    }
  }
}
