import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server } from 'node:net';
import { createClient, ErrorReply } from 'redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redisLedger } from '../../src/ledger/redis.ts';
import { nameRedisFailure } from '../../src/ledger/redis-failure.ts';
import { COMMIT } from '../../src/ledger/redis-script.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { figure } from '../targets/figures.ts';
import { hasRedisServer, type RedisTarget, startRedis } from '../targets/redis-server.ts';
import { append, errorOf, fakeClock, numbersIn, openAt, wholeText } from './fixtures.ts';

const PASSWORD = 'never-to-be-seen';
let redis: RedisTarget;

test.each([
  ['MOVED 3999 127.0.0.1:6381', 'store-failed', 1],
  ["ERR unknown command 'EVALSHA', with args beginning with: ", 'store-failed', 1],
  [
    "ERR Error running script: @user_script:31: -OOM command not allowed when used memory > 'maxmemory'.",
    'store-disk-full',
    1,
  ],
  ['ERR max number of clients reached', 'store-server-error', 3],
])('an answer that is a refusal is no broken connection: %s', async (said, code, asked) => {
  let times = 0;
  const connection = {
    async send() {
      times += 1;
      throw nameRedisFailure(new ErrorReply(said), 'redis://here');
    },
    [Symbol.asyncDispose]: async () => {},
  };
  const random = { id: () => 'x', unit: () => 0.5 };
  const place = { store: 'redis://here', namespace: 'default', clock: fakeClock(0), random };
  expect(await errorOf(redisLedger({ connection, ...place }).read())).toMatchObject({ code });
  expect(times).toBe(asked);
});

const open = (port: number, namespace = 'default', user = '') =>
  openAt(`redis://${user}:${PASSWORD}@127.0.0.1:${port}`, '/nowhere', { namespace });

/** A byte-for-byte proxy that breaks the connection instead of passing on the answer to a commit. */
async function breakAfterCommits(
  port: number,
  breaks: () => boolean,
): Promise<{ port: number; lost: number } & AsyncDisposable> {
  const proxy = { lost: 0 };
  const server: Server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let breaking = false;
    client.on('data', (chunk) => {
      if (chunk.includes(COMMIT.sha) && breaks()) breaking = true;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (!breaking) client.write(chunk);
      else {
        proxy.lost += 1;
        client.destroy();
      }
    });
    for (const socket of [client, upstream]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(proxy, {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  });
}

describe.runIf(hasRedisServer())('the ledger in Redis', () => {
  beforeAll(async () => {
    redis = await startRedis(['--requirepass', PASSWORD]);
  });
  afterAll(async () => redis[Symbol.asyncDispose]());

  async function command(...args: string[]): Promise<unknown> {
    const client = createClient({ url: `redis://:${PASSWORD}@127.0.0.1:${redis.port}` });
    await client.connect();
    const answer = await client.sendCommand(args);
    client.destroy();
    return answer;
  }

  test('answers that are lost after the commit decide nothing: exactly the wanted entries', async () => {
    let commits = 0;
    await using proxy = await breakAfterCommits(redis.port, () => [0, 2].includes(commits++ % 5));
    const writers = await Promise.all(Array.from({ length: 4 }, () => open(proxy.port, 'lost')));
    await Promise.all(
      writers.map(async (ledger, w) => {
        for (let n = 0; n < 10; n += 1) await append(ledger, w * 100 + n);
      }),
    );
    const numbers = await numbersIn(writers[0] ?? (await open(redis.port, 'lost')));
    expect(numbers.length).toBe(40);
    expect(new Set(numbers).size).toBe(40);
    expect(proxy.lost).toBeGreaterThan(0);
    const detail = `in ${commits} commits; ${numbers.length} entries wanted and found`;
    figure('fault', 'ledger in Redis: answers lost after the commit', proxy.lost, 'answers', detail);
    for (const ledger of writers) await ledger[Symbol.asyncDispose]();
  });

  test('a server that may evict is refused before anything is written', async () => {
    await command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await using ledger = await open(redis.port, 'evict');
    expect(await errorOf(append(ledger, 1))).toMatchObject({
      code: 'redis-eviction',
      outcome: 'inconclusive',
    });
    await command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await append(ledger, 1);
    expect(await numbersIn(ledger)).toEqual([1]);
  });

  test('full memory is named, and leaves the ledger whole', async () => {
    await using ledger = await open(redis.port, 'full');
    await append(ledger, 1);
    await command('CONFIG', 'SET', 'maxmemory', '1');
    expect(await errorOf(append(ledger, 2))).toMatchObject({
      code: 'store-disk-full',
      outcome: 'inconclusive',
    });
    await command('CONFIG', 'SET', 'maxmemory', '0');
    await append(ledger, 3);
    expect(await numbersIn(ledger)).toEqual([1, 3]);
  });

  test('a wrong password or an unreachable server is named, and the password is in no message', async () => {
    const wrong = await openAt(`redis://someone:${PASSWORD}-wrong@127.0.0.1:${redis.port}`, '/nowhere');
    const error = await errorOf(wrong.read());
    expect(error).toMatchObject({ code: 'store-auth', outcome: 'inconclusive' });
    expect(wholeText(error)).not.toContain(PASSWORD);
    expect(wrong.store).toBe(`redis://127.0.0.1:${redis.port}`);
    const absent = await errorOf((await open(1)).read());
    expect(absent).toMatchObject({ code: 'store-unreachable', outcome: 'inconclusive' });
    expect(wholeText(absent)).not.toContain(PASSWORD);
  });

  test('a server that stops answering leaves a commit undecided, not lost', async () => {
    const own = await startRedis(['--requirepass', PASSWORD]);
    const ledger = await open(own.port);
    const before = await ledger.read();
    own.child.kill('SIGSTOP');
    const at = new Date(before.storeNowMs ?? 0).toISOString();
    const genesis = {
      schemaVersion: 1,
      id: 'g',
      kind: 'genesis',
      at,
      actor: 'test',
      ledgerId: 'l'.repeat(36),
    };
    const patience = { deadline: systemClock.monotonic() + 700 };
    const error = await errorOf(
      ledger.commit(before, { entries: [genesis], records: {}, subject: 'x' }, patience),
    );
    expect(error).toMatchObject({ code: 'ledger-undecided', outcome: 'inconclusive' });
    await ledger[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  test('a server that stops answering before the first word is a time-out, not a wait', async () => {
    const own = await startRedis(['--requirepass', PASSWORD]);
    own.child.kill('SIGSTOP');
    await using ledger = await open(own.port);
    const patience = { deadline: systemClock.monotonic() + 500 };
    const started = systemClock.monotonic();
    expect(await errorOf(ledger.read(patience))).toMatchObject({
      code: 'store-timeout',
      outcome: 'inconclusive',
    });
    // Without a deadline a command waits for 10 s, and three times.
    expect(systemClock.monotonic() - started).toBeLessThan(8_000);
    await own[Symbol.asyncDispose]();
  });

  test('the rights of the documented ACL recipe are enough, and one right less writes nothing', async () => {
    const key = ['resetkeys', '~ship-proof:{acl}:*', 'resetchannels'];
    const rights =
      '-@all +eval +evalsha +time +info +type +hget +hmget +hset +hdel +zadd +zrem +zrangebylex +xadd +xrange +xrevrange'.split(
        ' ',
      );
    await command('ACL', 'SETUSER', 'ledger', 'on', `>${PASSWORD}`, ...key, ...rights);
    await using ledger = await open(redis.port, 'acl', 'ledger');
    await append(ledger, 1);
    await command('ACL', 'SETUSER', 'ledger', '-zrem');
    expect(await errorOf(append(ledger, 2))).toMatchObject({ code: 'store-forbidden' });
    await command('ACL', 'SETUSER', 'ledger', '+zrem');
    await append(ledger, 3);
    expect(await numbersIn(ledger)).toEqual([1, 3]);
    await using stranger = await open(redis.port, 'other', 'ledger');
    expect(await errorOf(stranger.read())).toMatchObject({ code: 'store-forbidden' });
  });

  test('history that was changed, shortened or removed is found', async () => {
    const key = 'ship-proof:{tamper}:log';
    await using ledger = await open(redis.port, 'tamper');
    for (const n of [1, 2, 3]) await append(ledger, n);
    const [[, fields]] = (await command('XRANGE', key, '2-0', '2-0')) as [[string, string[]]];
    await command('XDEL', key, '2-0');
    expect(await errorOf(numbersIn(ledger))).toMatchObject({
      code: 'ledger-broken',
      outcome: 'inconclusive',
    });
    // Whoever rewrites the whole stream meets the digests.
    const all = (await command('COPY', key, `${key}:copy`)) as number;
    expect(all).toBe(1);
    await command('DEL', `${key}:copy`);
    const rest = (await command('XRANGE', key, '-', '+')) as [string, string[]][];
    await command('DEL', key);
    const forged = fields.map((text) => text.replace('"n":2', '"n":9'));
    for (const [id, values] of [rest[0], ['2-0', forged], rest[1]] as [string, string[]][])
      await command('XADD', key, id, ...values);
    expect(await errorOf(numbersIn(ledger))).toMatchObject({ code: 'ledger-broken' });
    await command('DEL', key);
    expect(await errorOf(append(ledger, 4))).toMatchObject({ code: 'ledger-broken' });
  });

  test('keys of another program are left as they are', async () => {
    await command('SET', 'ship-proof:{foreign}:records', 'mine');
    await using ledger = await open(redis.port, 'foreign');
    expect(await errorOf(append(ledger, 1))).toMatchObject({ code: 'ledger-foreign' });
    expect(await command('GET', 'ship-proof:{foreign}:records')).toBe('mine');
    expect(await command('EXISTS', 'ship-proof:{foreign}:log')).toBe(0);
  });

  test('an idle connection that the server closed is opened again', async () => {
    await using ledger = await open(redis.port, 'idle');
    await append(ledger, 1);
    await command('CLIENT', 'KILL', 'TYPE', 'normal');
    await append(ledger, 2);
    expect(await numbersIn(ledger)).toEqual([1, 2]);
  });
});
