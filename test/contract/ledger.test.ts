import { describe } from 'vitest';
import { hasRedisServer } from '../targets/redis-server.ts';
import { gitHttpHarness } from './git-http-harness.ts';
import { gitLocalHarness } from './git-local-harness.ts';
import { describeLedger } from './ledger-contract.ts';
import { memoryHarness } from './memory-harness.ts';
import { redisHarness } from './redis-harness.ts';

describeLedger(memoryHarness);
describeLedger(gitLocalHarness({ name: 'git, bare repository', init: ['--bare'] }));
describeLedger(gitLocalHarness({ name: 'git, working repository', init: [] }));
describeLedger(
  gitLocalHarness({ name: 'git, SHA-256 repository', init: ['--bare', '--object-format=sha256'] }),
);
describeLedger(gitHttpHarness({ name: 'git over http' }));
describeLedger(gitHttpHarness({ name: 'git over http with a token', token: 'ghs_test' }));
if (process.env.SHIP_PROOF_RELIABILITY) {
  describeLedger(gitHttpHarness({ name: 'git over http, SHA-256', init: ['--object-format=sha256'] }));
}
if (hasRedisServer()) describeLedger(redisHarness());
else describe.skip('ledger contract: redis (redis-server is not installed)', () => {});
