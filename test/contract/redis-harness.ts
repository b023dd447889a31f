import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedger } from '../../src/ledger/open.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { systemExec } from '../../src/ports/exec.ts';
import { type RedisTarget, startRedis } from '../targets/redis-server.ts';
import type { LedgerHarness } from './ledger-contract.ts';

export function redisHarness(): LedgerHarness {
  let server: RedisTarget | undefined;
  let count = 0;
  return {
    name: 'redis',
    keepsOldStates: false,
    async fresh() {
      server ??= await startRedis(['--requirepass', 'pa:ss@word']);
      count += 1;
      const { port } = server;
      const namespace = `n${count}`;
      return {
        open: () =>
          openLedger({
            store: `redis://:${encodeURIComponent('pa:ss@word')}@127.0.0.1:${port}`,
            namespace,
            cacheDir: join(tmpdir(), 'unused'),
            env: {},
            clock: systemClock,
            exec: systemExec,
          }),
        [Symbol.asyncDispose]: async () => {},
      };
    },
    close: async () => server?.[Symbol.asyncDispose](),
  };
}
