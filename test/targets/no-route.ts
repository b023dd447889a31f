import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, mountHosts, wrapInNamespace } from './hosts.ts';
import { isInstalled } from './requirements.ts';
import { listen } from './server.ts';

/** An address of the documentation prefix (RFC 3849), which no machine routes to a server. */
export const UNROUTED_IPV6 = '2001:db8::1';

/** The hosts lines of a name that has a working IPv4 and an IPv6 address that leads nowhere. */
export const halfRoutedHosts = (name: string): string[] => [`${UNROUTED_IPV6} ${name}`, `127.0.0.1 ${name}`];

/** How connecting there fails, at once: no route at all, a route marked unreachable, one marked prohibited. */
export type RouteFault = 'ENETUNREACH' | 'EHOSTUNREACH' | 'EACCES';

export interface IslandOptions {
  readonly hostsLines: readonly string[];
  /** Ports of 127.0.0.1 outside that are reachable at 127.0.0.1 inside. */
  readonly ports: readonly number[];
  readonly fault?: RouteFault;
}

export interface Island extends AsyncDisposable {
  wrap(file: string, args: readonly string[]): Command;
}

/**
 * A network of its own that has loopback and nothing else, so that an IPv6 address fails in the named way on every
 * machine (on the open network it may also hang, or be answered by a proxy). Targets outside stay reachable through
 * sockets in the file system, which do not belong to a network namespace. Only where `canIsolateNetwork()`.
 */
export async function withoutRoute(options: IslandOptions): Promise<Island> {
  const folder = await mkdtemp(join(tmpdir(), 'ship-proof-island-'));
  const gates = await Promise.all(
    options.ports.map(async (port) => {
      const path = join(folder, String(port));
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        const onward = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
        socket.on('error', () => onward.destroy());
        onward.on('error', () => socket.destroy());
        socket.pipe(onward).pipe(socket);
      });
      return listen(server, { path });
    }),
  );
  const bridge = fileURLToPath(new URL('./island-bridge.ts', import.meta.url));
  const bridges = options.ports.map((port) => `${port}=${join(folder, String(port))}`).join(',');
  return {
    wrap: (file, args) => {
      const command = isolate(options.hostsLines, options.fault ?? 'ENETUNREACH', process.execPath, [
        ...[bridge, bridges, file],
        ...args,
      ]);
      if (!command) throw new Error('this machine cannot isolate a network: ask canIsolateNetwork() first');
      return command;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(gates.map((gate) => gate[Symbol.asyncDispose]()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Found out by running; takes about 0.1 s. */
export function canIsolateNetwork(): boolean {
  const command = isolate([], 'EHOSTUNREACH', 'true', []);
  return command !== undefined && spawnSync(command.file, command.args, { stdio: 'ignore' }).status === 0;
}

const ROUTE_TYPES = { ENETUNREACH: undefined, EHOSTUNREACH: 'unreachable', EACCES: 'prohibit' } as const;

function isolate(hosts: readonly string[], fault: RouteFault, file: string, args: readonly string[]) {
  if (!isInstalled('ip')) return undefined;
  const type = ROUTE_TYPES[fault];
  const route = type === undefined ? '' : `ip -6 route add ${type} 2001:db8::/32;`;
  const mounted = mountHosts(hosts);
  const setup = {
    script: `p=$PATH; PATH="$PATH:/usr/sbin:/sbin"; ip link set lo up; ${route} PATH=$p; ${mounted.script}`,
    args: mounted.args,
  };
  return wrapInNamespace(['--mount', '--net'], setup, file, args);
}
