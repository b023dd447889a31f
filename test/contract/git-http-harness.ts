import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAt } from '../ledger/fixtures.ts';
import { type GitHttp, serveGit } from '../targets/git-http.ts';
import type { LedgerHarness } from './ledger-contract.ts';

export interface HttpHarnessOptions {
  readonly name: string;
  readonly token?: string;
  readonly init?: readonly string[];
}

export function gitHttpHarness({ name, token, init = [] }: HttpHarnessOptions): LedgerHarness {
  let server: GitHttp | undefined;
  let root = '';
  let count = 0;
  return {
    name,
    keepsOldStates: true,
    async fresh() {
      root ||= await mkdtemp(join(tmpdir(), 'ship-proof-http-'));
      server ??= await serveGit(root, token === undefined ? {} : { token });
      count += 1;
      const repo = `${count}.git`;
      execFileSync('git', ['init', '--quiet', '--bare', ...init, join(root, repo)]);
      const { origin } = server;
      return {
        open: () => openAt(`git+${origin}/${repo}`, join(root, `cache-${count}`), { token }),
        [Symbol.asyncDispose]: async () => {},
      };
    },
    async close() {
      await server?.[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
}
