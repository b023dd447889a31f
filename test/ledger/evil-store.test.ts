import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { append, bareRepository, errorOf, git, numbersIn, openAt, temporaryFolder } from './fixtures.ts';

// A store that wants to run something, or to get at the token, achieves neither. Redirecting servers and rewriting rules
// stand in git-remote.test.ts.

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
const cache = join(folder.path, 'cache');
const ran = join(folder.path, 'ran');
const TOUCH = `touch ${ran}`;

test.each([
  `ext::sh -c '${TOUCH}'`,
  `git+ext::sh -c '${TOUCH}'`,
  `git+ssh://-oProxyCommand=${TOUCH.replace(' ', '%20')}/x`,
  `git+file:--upload-pack=${TOUCH}`,
  `git+file:${join('/', 'absent')}?ref=--upload-pack=x`,
  `git+https://h/r?ref=refs/heads/x:refs/heads/main`,
  'fd::17',
])('%s runs nothing', async (store) => {
  const error = await errorOf(openAt(store, cache, { token: 't' }).then((ledger) => append(ledger, 1)));
  expect(['invalid', 'inconclusive']).toContain(error.outcome);
  expect(existsSync(ran)).toBe(false);
});

test('a user who allows every transport in the configuration allows none here', async () => {
  const config = join(folder.path, 'permissive');
  const repo = bareRepository(join(folder.path, 'target.git'));
  const rules = `[protocol]\n\tallow = always\n[protocol "ext"]\n\tallow = always\n[url "ext::sh -c '${TOUCH}' "]\n\tinsteadOf = ssh://\n`;
  writeFileSync(config, rules);
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: config,
    GIT_SSH_COMMAND: '/bin/false',
    GIT_ALLOW_PROTOCOL: 'ext',
  };
  const error = await errorOf(
    openAt(`git+ssh://host.example${repo}`, cache, { env }).then((ledger) => append(ledger, 1, 3_000)),
  );
  expect(error.outcome).toBe('inconclusive');
  expect(existsSync(ran)).toBe(false);
});

test('a bare repository full of traps is written to without springing one', async () => {
  const repo = bareRepository(join(folder.path, 'traps.git'));
  mkdirSync(join(repo, 'hooks'), { recursive: true });
  for (const hook of [
    'reference-transaction',
    'pre-receive',
    'update',
    'post-receive',
    'post-update',
    'pre-auto-gc',
    'proc-receive',
  ]) {
    writeFileSync(join(repo, 'hooks', hook), `#!/bin/sh\n${TOUCH}\n`, { mode: 0o755 });
  }
  const traps: [string, string][] = [
    ['core.hooksPath', join(repo, 'hooks')],
    ['core.fsmonitor', TOUCH],
    ['core.sshCommand', TOUCH],
    ['core.pager', TOUCH],
    ['core.editor', TOUCH],
    ['core.askPass', TOUCH],
    ['core.gitProxy', TOUCH],
    ['core.alternateRefsCommand', TOUCH],
    ['gpg.program', TOUCH],
    ['log.showSignature', 'true'],
    ['commit.gpgSign', 'true'],
    ['credential.helper', `!${TOUCH}`],
    ['uploadpack.packObjectsHook', TOUCH],
    ['alias.rev-parse', `!${TOUCH}`],
    ['alias.fast-import', `!${TOUCH}`],
    ['filter.x.clean', TOUCH],
    ['diff.external', TOUCH],
  ];
  for (const [key, value] of traps) git(['config', key, value], { cwd: repo });
  writeFileSync(join(repo, 'info/attributes'), '* filter=x\n');
  await using ledger = await openAt(`git+file:${repo}`, cache, { token: 't' });
  await append(ledger, 1);
  await append(ledger, 2);
  expect(await numbersIn(ledger)).toEqual([1, 2]);
  expect(existsSync(ran)).toBe(false);
});

test('replacement objects and grafts do not change what the ledger says', async () => {
  const repo = bareRepository(join(folder.path, 'replaced.git'));
  await using ledger = await openAt(`git+file:${repo}`, cache);
  await append(ledger, 1);
  const done = await append(ledger, 2);
  const blob = git(['rev-parse', 'refs/ship-proof/default:things/aa/1.json'], { cwd: repo });
  const other = git(['hash-object', '-w', '--stdin'], { cwd: repo, input: '{"n":666}\n' });
  git(['replace', blob, other], { cwd: repo });
  expect(await (await ledger.read()).get('things/aa/1')).toEqual({ n: 1 });
  writeFileSync(join(repo, 'info/grafts'), `${done.version}\n`);
  const error = await errorOf(numbersIn(ledger));
  expect(error.code).toMatch(/^ledger-/);
});

test('gc in the repository, with everything packed, changes nothing for the ledger', async () => {
  const repo = bareRepository(join(folder.path, 'packed.git'));
  await using ledger = await openAt(`git+file:${repo}`, cache);
  await append(ledger, 1);
  git(['gc', '--quiet', '--prune=now'], { cwd: repo });
  git(['pack-refs', '--all', '--prune'], { cwd: repo });
  expect(existsSync(join(repo, 'refs/ship-proof/default'))).toBe(false);
  await append(ledger, 2);
  expect(await numbersIn(ledger)).toEqual([1, 2]);
});
