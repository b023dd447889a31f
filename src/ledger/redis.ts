import { z } from 'zod';
import type { Clock } from '../ports/clock.ts';
import { CodedError, inconclusive, refused } from '../proof/errors.ts';
import { parseJson } from '../proof/parse-json.ts';
import type { Json } from '../proof/schema.ts';
import type { Random } from './backoff.ts';
import { broken, link } from './chain.ts';
import { checkChange } from './change.ts';
import { moved } from './expectation.ts';
import { advance, countsOf, type Head, headSchema } from './head.ts';
import { type Ledger, noTurn, type Patience, type Snapshot, type Version } from './ledger.ts';
import { isPassing, persistently } from './passing.ts';
import { assertPrefix, assertRecordPath } from './paths.ts';
import type { RedisConnection } from './redis-connection.ts';
import { hasLink, walkLog } from './redis-history.ts';
import { COMMIT, GET, keysOf, LIST, READ, type Script } from './redis-script.ts';

export interface RedisLedgerOptions {
  readonly connection: RedisConnection;
  readonly store: string;
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** A script takes well under a millisecond; one that takes this long is lost. */
const COMMAND_LIMIT_MS = 10_000;
/** Of reads: an idle connection may have been closed by the other side. */
const READ_TRIES = 3;

const strings = z.array(z.string());
const maybeStrings = z.array(z.string().nullable());

/** The ledger in Redis, for those who write faster than git. Its server's clock is everybody's clock. */
export function redisLedger({ connection, store, namespace, clock, random }: RedisLedgerOptions): Ledger {
  const keys = keysOf(namespace);
  const heads = new WeakMap<Snapshot, Head | null>();

  /** By its digest; the text is sent only to a server that does not know it yet, as after a restart. */
  const run = async (script: Script, args: readonly string[], patience?: Patience): Promise<unknown> => {
    patience?.signal?.throwIfAborted();
    const leftMs = (patience?.deadline ?? Number.POSITIVE_INFINITY) - clock.monotonic();
    const limitMs = Math.max(100, Math.min(COMMAND_LIMIT_MS, leftMs));
    const operands = [String(keys.length), ...keys, ...args];
    try {
      return await connection.send(['EVALSHA', script.sha, ...operands], limitMs);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return connection.send(['EVAL', script.text, ...operands], limitMs);
    }
  };

  /** Each script may be repeated. */
  const repeat = (script: Script, args: readonly string[], tries: number, patience?: Patience) =>
    persistently(() => run(script, args, patience), { tries, clock, random, patience });

  const ask = (script: Script, args: readonly string[], patience?: Patience) =>
    repeat(script, args, READ_TRIES, patience);

  const snapshotOf = (
    version: Version,
    head: Head | null,
    storeNowMs: number,
    known: ReadonlyMap<string, string>,
    patience?: Patience,
  ): Snapshot => {
    const answer = async (script: Script, argument: string) => {
      const [state, ...values] = maybeStrings.parse(await ask(script, [version ?? '', argument], patience));
      if (state !== 'ok') throw moved(store);
      return values;
    };
    return {
      version,
      ...countsOf(head),
      storeNowMs,
      async get(path) {
        assertRecordPath(path);
        const text = known.get(path) ?? (await answer(GET, path))[0];
        return typeof text === 'string' && text !== '' ? recordIn(text, path) : undefined;
      },
      async list(prefix) {
        assertPrefix(prefix);
        const values = await answer(LIST, prefix);
        const records = new Map<string, Json>();
        for (let n = 0; n < values.length; n += 2) {
          const path = values[n] ?? '';
          records.set(path, recordIn(values[n + 1] ?? 'null', path));
        }
        return records;
      },
    };
  };

  const read = async (patience?: Patience, likely: readonly string[] = []): Promise<Snapshot> => {
    likely.forEach(assertRecordPath);
    const answer = strings.parse(await ask(READ, likely, patience));
    const [version = '', text = '', seconds, micros, ...records] = answer;
    const head = text === '' ? null : headIn(text, store);
    const storeNowMs = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    const known = new Map(likely.map((path, index) => [path, records[index] ?? '']));
    const snapshot = snapshotOf(version === '' ? null : version, head, storeNowMs, known, patience);
    heads.set(snapshot, head);
    return snapshot;
  };

  const log = {
    send: (args: readonly string[]) => connection.send(args, COMMAND_LIMIT_MS),
    key: keys[3] ?? '',
  };

  return {
    store,
    backoffMs: 5,
    read,
    async commit(at, change, patience) {
      checkChange(at, change);
      const parent = heads.get(at);
      if (parent === undefined) throw new TypeError('a commit needs a snapshot of this very ledger');
      const head = advance(parent, change);
      const next = link(at.version, change);
      const records = Object.entries(change.records).flatMap(([path, record]) => [
        path,
        record === null ? '' : JSON.stringify(record),
      ]);
      const args = [
        at.version ?? '',
        next.version,
        String(head.seq),
        JSON.stringify(head),
        next.text,
        ...records,
      ];
      const outcome = await deciding(repeat(COMMIT, args, Number.POSITIVE_INFINITY, patience), store);
      return outcome === 'won' ? { won: true, version: next.version, seq: head.seq } : { won: false };
    },
    async *history() {
      yield* walkLog(log, await read());
    },
    contains: async (version) => hasLink(log, version),
    turn: async () => noTurn,
    [Symbol.asyncDispose]: async () => connection[Symbol.asyncDispose](),
  };
}

/** What somebody else wrote under our keys is left as it is. */
function headIn(text: string, store: string): Head {
  const parsed = headSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw refused(
    'ledger-foreign',
    `${store} holds something that is not a ship-proof ledger; it was left as it is. Choose another namespace`,
    { cause: parsed.error },
  );
}

function recordIn(text: string, path: string): Json {
  const value = parseJson(text);
  if (value === undefined) throw broken(`the record ${path} is no JSON`);
  return value as Json;
}

const isUnknownScript = (error: unknown): boolean =>
  error instanceof CodedError && error.cause instanceof Error && error.cause.message.startsWith('NOSCRIPT');

/** An answer that never came, after every repetition, leaves the commit open. */
async function deciding(answer: Promise<unknown>, store: string): Promise<'won' | 'lost'> {
  try {
    return z.enum(['won', 'lost']).parse(await answer);
  } catch (error) {
    if (!isPassing(error)) throw error;
    throw inconclusive(
      'ledger-undecided',
      `it could not be learned in time whether the transaction reached ${store}: it may have. Run the command again: it reads the ledger first`,
      { cause: error },
    );
  }
}
