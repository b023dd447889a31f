import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { damaged, nameFailure } from './git-failure.ts';
import type { Repository } from './git-run.ts';
import { fastImportStream } from './git-transaction.ts';
import { advance, type Head } from './head.ts';
import type { Change, Patience } from './ledger.ts';

/**
 * Writes the transaction's objects and returns its commit id. No ref names it yet: if the process dies now, it is
 * garbage that git collects, and nothing happened.
 */
export async function writeCommit(
  { git, gitDir, idLength }: Repository,
  parent: { oid: string; head: Head } | null,
  change: Change,
  patience?: Patience,
): Promise<string> {
  const head = advance(parent?.head ?? null, change);
  const input = fastImportStream(parent?.oid ?? null, change, head, idLength);
  const execution = await git(['fast-import', '--quiet', '--done', '--date-format=raw'], [], {
    gitDir,
    input,
    patience,
  });
  if (execution.code !== 0) {
    await removeCrashReport(gitDir, execution.stderr);
    throw nameFailure('write a transaction', execution, gitDir);
  }
  const oid = execution.stdout.toString('latin1').trim();
  if (!/^[0-9a-f]{40,64}$/.test(oid)) throw damaged(`git fast-import named no commit in ${gitDir}`);
  return oid;
}

/** fast-import leaves a report beside the objects of whoever owns the repository; our failure is not their litter. */
async function removeCrashReport(gitDir: string, stderr: string): Promise<void> {
  const path = /dumping crash report to (\S+)/.exec(stderr)?.[1];
  const name = path === undefined ? '' : basename(path);
  if (/^fast_import_crash_\d+$/.test(name)) await rm(join(gitDir, name), { force: true });
}
