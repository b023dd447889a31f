import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GitHttp, serveGit } from '../targets/git-http.ts';
import { append, bareRepository, errorOf, git, numbersIn, openAt, temporaryFolder } from './fixtures.ts';

/** What a process finds in the clone that an earlier one left, or that it has used itself for a while. */

const REF = 'refs/ship-proof/default';
const folder = temporaryFolder();
let server: GitHttp;
let count = 0;

beforeAll(async () => {
  server = await serveGit(folder.path);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

function fresh(...init: string[]) {
  count += 1;
  const repo = bareRepository(join(folder.path, `${count}.git`), ...init);
  const cache = join(folder.path, `cache-${count}`);
  const open = () => openAt(`git+${server.origin}/${count}.git`, cache);
  const slot = () =>
    join(cache, 'clones', readdirSync(join(cache, 'clones')).find((name) => name.endsWith('-0')) ?? '');
  return { repo, cache, open, slot };
}

/** One transaction by a process of its own. */
async function appendOnce(open: ReturnType<typeof fresh>['open'], n: number): Promise<void> {
  await using ledger = await open();
  await append(ledger, n);
}

test('a ledger that is deleted is to be restored to the newest state that was seen, not to the first', async () => {
  const { repo, cache, open } = fresh();
  await appendOnce(open, 1);
  await using ledger = await open();
  await ledger.read();
  await using other = await openAt(`git+file:${repo}`, `${cache}-other`);
  const { version } = await append(other, 2);
  await ledger.read();
  git(['update-ref', '-d', REF], { cwd: repo });
  const error = await errorOf(ledger.read());
  expect(error).toMatchObject({ code: 'ledger-deleted' });
  expect(error.message).toContain(`git push <store> ${version}:${REF}`);
});

test('what a killed process left of a whole history is removed by the next one', async () => {
  const { open, slot } = fresh();
  await appendOnce(open, 1);
  const left = join(slot(), 'scratch-left');
  mkdirSync(left);
  writeFileSync(join(left, 'pack'), 'much');
  await appendOnce(open, 2);
  expect(existsSync(left)).toBe(false);
});

test('a store that was SHA-256 and is made anew as SHA-1 costs one cold start, not one each time', async () => {
  const { repo, open, slot } = fresh('--object-format=sha256');
  await appendOnce(open, 1);
  rmSync(repo, { recursive: true });
  bareRepository(repo);
  rmSync(join(slot(), 'ledger.git'), { recursive: true });
  await appendOnce(open, 2);
  expect(readdirSync(slot())).toEqual(['ledger.git']);
  await using again = await open();
  expect(await numbersIn(again)).toEqual([2]);
});

test('damage in the clone that only a write meets is cured like that which a read meets', async () => {
  const { repo, open, slot } = fresh();
  await appendOnce(open, 1);
  // The folder that the next transaction writes into, without having read anything of it.
  const tree = git(['rev-parse', `${REF}:things/aa`], { cwd: repo });
  rmSync(join(slot(), 'ledger.git/objects', tree.slice(0, 2), tree.slice(2)), { force: true });
  await appendOnce(open, 2);
  await using reader = await open();
  expect(await numbersIn(reader)).toEqual([1, 2]);
});
