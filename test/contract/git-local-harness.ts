import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedger } from '../../src/ledger/open.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { systemExec } from '../../src/ports/exec.ts';
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
      open: () =>
        openLedger({
          store: `git+file:${repo}`,
          cacheDir: join(dir, 'cache'),
          env: process.env,
          clock: systemClock,
          exec: systemExec,
        }),
      [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
    };
  },
});
