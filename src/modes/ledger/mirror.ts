import { createHash } from 'node:crypto';
import type { HistoryMirror } from '../../ledger/git-mirror.ts';
import { runnerCache } from '../../ports/runner-cache.ts';
import type { Ports } from '../mode.ts';

/**
 * The mirror of a ledger's history in the runner's cache; undefined outside of the action. An entry is named by how much it
 * holds, so none is ever changed: who comes second finds the key taken, and loses nothing.
 */
export function ledgerMirror(store: string, namespace: string, ports: Ports): HistoryMirror | undefined {
  const cache = ports.front === 'action' ? runnerCache(ports.env, ports) : undefined;
  if (!cache) return undefined;
  const name = createHash('sha256')
    .update(JSON.stringify([store, namespace]))
    .digest('hex')
    .slice(0, 24);
  const prefix = `ship-proof-ledger-${name}-`;
  return {
    from: 2_000,
    every: 1_000,
    restore: () => cache.restore(prefix),
    keep: async (bundle, seq) => void (await cache.save(`${prefix}${seq}`, bundle)),
  };
}
