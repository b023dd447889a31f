import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../ports/clock.ts';
import type { Exec } from '../ports/exec.ts';
import { type Random, systemRandom } from './backoff.ts';
import { expecting } from './expectation.ts';
import type { HistoryMirror } from './git-mirror.ts';
import type { Ledger } from './ledger.ts';
import type { Store } from './store-url.ts';

export interface OpenOptions {
  /** For https stores: may read and write the repository's contents. Sent to the store's own URL alone. */
  readonly token?: string | undefined;
  /** Private to this user: lock files and disposable clones. */
  readonly cacheDir: string;
  /** The environment that git children may inherit a small part of. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly exec: Exec;
  readonly random?: Random;
  /** The ledger that must stand there (config `ledger-id`). */
  readonly ledgerId?: string | undefined;
  /** Where the history of a remote git store may be found again. */
  readonly mirror?: HistoryMirror | undefined;
}

/** Opens the ledger of a store. Drivers are loaded only when used; nothing is written before a transaction. */
export async function openLedger(store: Store, options: OpenOptions): Promise<Ledger> {
  const ledger = await openStore(store, options);
  return expecting(ledger, options.ledgerId);
}

async function openStore(store: Store, options: OpenOptions): Promise<Ledger> {
  switch (store.kind) {
    case 'git-local':
      return openLocal(store, options);
    case 'git-remote':
      return openRemote(store, options);
    case 'redis':
      return openRedis(store, options);
  }
}

async function openLocal(store: Store & { kind: 'git-local' }, options: OpenOptions): Promise<Ledger> {
  const { clock, exec, env } = options;
  const [{ gitLedger }, { gitRunner }, { localPlace }] = await Promise.all([
    import('./git.ts'),
    import('./git-run.ts'),
    import('./git-local.ts'),
  ]);
  // No transport may run at all: the store is written in place.
  const git = gitRunner(exec, clock, { inherited: env, protocols: [], settings: DURABLE });
  const { path, ref, shown } = store;
  return gitLedger(
    await localPlace({ git, clock, path, ref, store: shown, lockPath: lockPathOf(store, options) }),
  );
}

async function openRemote(store: Store & { kind: 'git-remote' }, options: OpenOptions): Promise<Ledger> {
  const { clock, exec, env, token, cacheDir, random = systemRandom } = options;
  const [{ gitLedger }, { gitRunner }, { remotePlace }, { transportSettings }] = await Promise.all([
    import('./git.ts'),
    import('./git-run.ts'),
    import('./git-remote.ts'),
    import('./git-transport.ts'),
  ]);
  const { url, ref, shown, protocol } = store;
  const settings = transportSettings(url, token);
  const git = gitRunner(exec, clock, {
    inherited: env,
    protocols: [protocol],
    settings: [...DISPOSABLE, ...settings],
  });
  const { mirror } = options;
  const place = { git, clock, random, url, ref, store: shown, cacheDir, name: nameOf(store), mirror };
  return gitLedger(await remotePlace({ ...place, lockPath: lockPathOf(store, options) }));
}

async function openRedis(store: Store & { kind: 'redis' }, options: OpenOptions): Promise<Ledger> {
  const { clock, random = systemRandom } = options;
  const [{ redisLedger }, { redisConnection }] = await Promise.all([
    import('./redis.ts'),
    import('./redis-connection.ts'),
  ]);
  const connection = redisConnection({ url: store.url, store: store.shown, clock });
  return redisLedger({ connection, store: store.shown, namespace: store.namespace, clock, random });
}

const lockPathOf = (store: Store, { cacheDir }: OpenOptions) =>
  join(cacheDir, 'locks', `${nameOf(store)}.lock`);

/**
 * A claim that was granted must outlive a power cut. By default git does not wait for loose objects to reach the disk
 * (core.fsync), yet does wait for the ref: after a cut the ref could name a commit that is not there.
 */
const DURABLE = [['core.fsync', 'committed']] as const;

/** What stands in a clone stands at the remote as well. */
const DISPOSABLE = [['core.fsync', 'none']] as const;

/** A file name that stands for one ledger on this machine. */
const nameOf = (store: Store) =>
  createHash('sha256').update(JSON.stringify(store)).digest('hex').slice(0, 24);
