import { openAt } from '../ledger/fixtures.ts';
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
          openAt(`redis://:${encodeURIComponent('pa:ss@word')}@127.0.0.1:${port}`, '/nowhere', { namespace }),
        [Symbol.asyncDispose]: async () => {},
      };
    },
    close: async () => server?.[Symbol.asyncDispose](),
  };
}
