import { createClient, ErrorReply, type RedisClientType } from 'redis';
import type { Clock } from '../ports/clock.ts';
import { CodedError, inconclusive } from '../proof/errors.ts';
import { nameRedisFailure } from './redis-failure.ts';

/** One connection, made when it is needed and again after it broke. It never repeats a command by itself. */
export interface RedisConnection extends AsyncDisposable {
  send(args: readonly string[], limitMs: number): Promise<unknown>;
}

export interface ConnectionOptions {
  /** With its credentials: they go to the server alone, never into a message. */
  readonly url: string;
  readonly store: string;
  readonly clock: Clock;
}

const CONNECT_LIMIT_MS = 10_000;
/** A reason made once: the default one captures a stack for every command. */
const IN_TIME = new Error('answered in time');

interface Connection {
  readonly client: RedisClientType;
  readonly ready: Promise<unknown>;
}

export function redisConnection({ url, store, clock }: ConnectionOptions): RedisConnection {
  let current: Connection | undefined;

  const connect = (): Connection => {
    const client: RedisClientType = createClient({
      url,
      // Whether a command is repeated is decided above, where it is known what it did.
      disableOfflineQueue: true,
      socket: { connectTimeout: CONNECT_LIMIT_MS, reconnectStrategy: false },
    });
    // Every failure also rejects the command that met it; without a listener it would end the process.
    client.on('error', () => {});
    const ready = client.connect().then(() => assertKeepsEverything(client, store));
    // Whoever waits for it hears of it; when nobody does any more, nobody needs to.
    ready.catch(() => {});
    return { client, ready };
  };
  const drop = () => {
    if (current?.client.isOpen) current.client.destroy();
    current = undefined;
  };

  return {
    async send(args, limitMs) {
      const limit = new AbortController();
      try {
        if (!current?.client.isOpen) current = connect();
        const { client, ready } = current;
        const answer = ready.then(() => client.sendCommand([...args]));
        return await Promise.race([answer, expiry(clock, limitMs, limit.signal)]);
      } catch (error) {
        // An error that the server answered is an answer. After any other one, a late answer may still come: the next
        // command gets a fresh connection.
        if (!(error instanceof ErrorReply)) drop();
        throw error instanceof CodedError ? error : nameRedisFailure(error, store);
      } finally {
        limit.abort(IN_TIME);
      }
    },
    async [Symbol.asyncDispose]() {
      drop();
    },
  };
}

async function expiry(clock: Clock, limitMs: number, signal: AbortSignal): Promise<never> {
  await clock.sleep(limitMs, signal);
  throw inconclusive('store-timeout', 'Redis did not answer in time. Run the command again');
}

/** With any other policy Redis may drop a claim when memory runs short, and the effect would happen twice. */
async function assertKeepsEverything(client: RedisClientType, store: string): Promise<void> {
  const info = String(await client.sendCommand(['INFO', 'memory']));
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
  if (policy === 'noeviction') return;
  throw inconclusive(
    'redis-eviction',
    `Redis at ${store} has maxmemory-policy ${policy ?? 'unknown'}, so it may drop claims when memory runs short. Set maxmemory-policy noeviction (and allow INFO), or use another store`,
  );
}
