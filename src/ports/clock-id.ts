import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';

/**
 * Names the clock that this process reads, without telling anything of the machine: the same for all processes of one
 * running system, another one after a reboot or in a copy of the machine. Where too little is known of the system it
 * differs more often than need be, which only makes windows end later.
 */
export function clockId(): string {
  const macs = Object.entries(networkInterfaces())
    .filter(([name]) => isDevice(name))
    .flatMap(([, addresses]) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .map(({ mac }) => mac);
  const parts = [bootId(), hostname(), ...[...new Set(macs)].sort()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** Bridges, tunnels and the outer ends of containers come and go while the machine runs. */
const isDevice = (name: string): boolean =>
  process.platform !== 'linux' || existsSync(`/sys/class/net/${name}/device`);

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return process.platform; // Not Linux: the name and the network have to tell.
  }
}
