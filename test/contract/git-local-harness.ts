import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAt } from '../ledger/fixtures.ts';
import type { LedgerHarness } from './ledger-contract.ts';

export const gitLocalHarness = ({
  name,
  init,
}: {
  name: string;
  init: readonly string[];
}): LedgerHarness => ({
  name,
  keepsOldStates: true,
  async fresh() {
    const dir = await mkdtemp(join(tmpdir(), 'ship-proof-ledger-'));
    const repo = join(dir, 'repo');
    execFileSync('git', ['init', '--quiet', ...init, repo]);
    return {
      open: () => openAt(`git+file:${repo}`, join(dir, 'cache')),
      [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
    };
  },
});
