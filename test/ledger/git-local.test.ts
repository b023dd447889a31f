import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { buildGitHistory } from '../../bench/ledger/history.ts';
import { type Exec, systemExec } from '../../src/ports/exec.ts';
import { append, bareRepository, errorOf, git, numbersIn, openAt, temporaryFolder } from './fixtures.ts';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

let count = 0;
const fresh = () => {
  count += 1;
  const dir = join(folder.path, String(count));
  mkdirSync(dir);
  return { dir, repo: join(dir, 'repo'), cache: join(dir, 'cache') };
};
const REF = 'refs/ship-proof/default';
const head = (repo: string) => git(['rev-parse', '--verify', '--quiet', REF], { cwd: repo });

test('a transaction is one commit that git log reads', async () => {
  const { repo, cache } = fresh();
  bareRepository(repo);
  await using ledger = await openAt(`git+file:${repo}`, cache);
  await append(ledger, 1);
  const done = await append(ledger, 2);
  expect(head(repo)).toBe(done.version);
  expect(git(['log', '--format=%an <%ae> | %s', REF], { cwd: repo })).toBe(
    'ship-proof <ledger@ship-proof.invalid> | append 2\nship-proof <ledger@ship-proof.invalid> | append 1',
  );
  expect(git(['ls-tree', '-r', '--name-only', REF], { cwd: repo })).toBe(
    'head.json\nthings/aa/1.json\nthings/aa/2.json',
  );
  expect(JSON.parse(git(['show', `${REF}:head.json`], { cwd: repo }))).toMatchObject({ seq: 2, entries: 3 });
  expect(git(['log', '-1', '--format=%ct', REF], { cwd: repo })).toBe(String(Math.floor(done.at / 1000)));
  git(['fsck', '--strict', '--no-dangling'], { cwd: repo });
});

test('index, work tree, current branch, hooks and refs of a working repository stay as they are', async () => {
  const { dir, repo, cache } = fresh();
  git(['init', '--quiet', repo]);
  writeFileSync(join(repo, 'a.txt'), 'staged');
  git(['add', 'a.txt'], { cwd: repo });
  git(['-c', 'user.name=u', '-c', 'user.email=e@x', 'commit', '--quiet', '-m', 'first'], { cwd: repo });
  writeFileSync(join(repo, 'a.txt'), 'changed');
  writeFileSync(join(repo, 'b.txt'), 'untracked');
  for (const hook of ['reference-transaction', 'pre-commit', 'post-commit', 'post-rewrite', 'pre-auto-gc']) {
    const file = join(repo, '.git/hooks', hook);
    mkdirSync(join(repo, '.git/hooks'), { recursive: true });
    writeFileSync(file, `#!/bin/sh\ntouch ${dir}/hooked\n`);
    chmodSync(file, 0o755);
  }
  git(['config', 'core.fsmonitor', `touch ${dir}/hooked`], { cwd: repo });
  git(['config', 'core.hooksPath', join(repo, '.git/hooks')], { cwd: repo });
  git(['config', 'commit.gpgSign', 'true'], { cwd: repo });
  git(['config', 'gpg.program', `touch ${dir}/hooked`], { cwd: repo });
  const index = readFileSync(join(repo, '.git/index'));
  const state = () => ({
    head: readFileSync(join(repo, '.git/HEAD'), 'utf8'),
    branches: git(['for-each-ref', 'refs/heads', 'refs/tags'], { cwd: repo }),
  });
  const before = state();
  await using ledger = await openAt(`git+file:${repo}`, cache);
  await append(ledger, 1);
  await append(ledger, 2);
  expect(existsSync(join(dir, 'hooked'))).toBe(false);
  expect(readFileSync(join(repo, '.git/index'))).toEqual(index);
  expect(state()).toEqual(before);
  expect(readFileSync(join(repo, 'a.txt'), 'utf8')).toBe('changed');
  expect(readdirSync(repo).toSorted()).toEqual(['.git', 'a.txt', 'b.txt']);
  expect(git(['for-each-ref', '--format=%(refname)'], { cwd: repo }).split('\n')).toContain(REF);
});

test('a stale lock of the ref is named, kept, and loses nothing', async () => {
  const { repo, cache } = fresh();
  bareRepository(repo);
  await using ledger = await openAt(`git+file:${repo}`, cache);
  await append(ledger, 1);
  const lock = join(repo, `${REF}.lock`);
  writeFileSync(lock, '');
  const error = await errorOf(append(ledger, 2));
  expect(error).toMatchObject({ code: 'store-locked', outcome: 'inconclusive' });
  expect(error.message).toContain(lock);
  expect(existsSync(lock)).toBe(true);
  rmSync(lock);
  await append(ledger, 3);
  expect(await numbersIn(ledger)).toEqual([1, 3]);
});

test('a shallow clone reads and writes, and says so when the whole history is wanted', async () => {
  const { dir, repo, cache } = fresh();
  bareRepository(repo);
  await using ledger = await openAt(`git+file:${repo}`, cache);
  for (const n of [1, 2, 3]) await append(ledger, n);
  const clone = join(dir, 'shallow');
  bareRepository(clone);
  git(['fetch', '--quiet', '--depth=1', `file://${repo}`, `${REF}:${REF}`], { cwd: clone });
  await using shallow = await openAt(`git+file:${clone}`, cache);
  await append(shallow, 4);
  expect(await errorOf(numbersIn(shallow))).toMatchObject({
    code: 'ledger-shallow',
    outcome: 'inconclusive',
  });
  git(['fetch', '--quiet', '--unshallow', `file://${repo}`, `${REF}:refs/other`], { cwd: clone });
  expect(await numbersIn(shallow)).toEqual([1, 2, 3, 4]);
});

test('a ref that is rewound, replaced or deleted under a running process is an error', async () => {
  const { repo, cache } = fresh();
  bareRepository(repo);
  await using ledger = await openAt(`git+file:${repo}`, cache);
  const first = await append(ledger, 1);
  const second = await append(ledger, 2);
  git(['update-ref', REF, first.version ?? ''], { cwd: repo });
  expect(await errorOf(append(ledger, 3))).toMatchObject({ code: 'ledger-broken', outcome: 'inconclusive' });
  git(['update-ref', '-d', REF], { cwd: repo });
  const deleted = await errorOf(append(ledger, 3));
  expect(deleted).toMatchObject({ code: 'ledger-deleted' });
  expect(deleted.message).toContain(second.version);
  git(['update-ref', REF, second.version ?? ''], { cwd: repo });
  await append(ledger, 3);
  expect(await numbersIn(ledger)).toEqual([1, 2, 3]);
});

test('a ref that is no ledger is refused and left as it is', async () => {
  const { repo, cache } = fresh();
  git(['init', '--quiet', '--initial-branch=main', repo]);
  const commit = ['-c', 'user.name=u', '-c', 'user.email=e@x', 'commit', '--quiet', '--allow-empty', '-m'];
  git([...commit, 'first'], { cwd: repo });
  git(['branch', 'other'], { cwd: repo });
  git(
    ['update-ref', 'refs/ship-proof/blob', git(['hash-object', '-w', '--stdin'], { cwd: repo, input: 'x' })],
    { cwd: repo },
  );
  writeFileSync(join(repo, 'head.json'), '{"schemaVersion":1,"seq":1}');
  git(['add', '.'], { cwd: repo });
  git([...commit, 'with a head.json'], { cwd: repo });
  git(['branch', 'alike'], { cwd: repo });
  const refs = () => git(['for-each-ref'], { cwd: repo });
  const before = refs();
  const append1 = async (suffix: string, namespace = 'default') => {
    await using ledger = await openAt(`git+file:${repo}${suffix}`, cache, { namespace });
    await append(ledger, 1);
  };
  expect(await errorOf(append1('?ref=refs/heads/other'))).toMatchObject({
    code: 'ledger-foreign',
    outcome: 'refused',
  });
  expect(await errorOf(append1('?ref=refs/heads/alike'))).toMatchObject({ code: 'ledger-foreign' });
  expect(await errorOf(append1('', 'blob'))).toMatchObject({ code: 'ledger-foreign' });
  expect(await errorOf(append1('?ref=refs/heads/main'))).toMatchObject({
    code: 'ledger-ref-in-use',
    outcome: 'refused',
  });
  expect(refs()).toBe(before);
  await append1('?ref=refs/heads/ledger');
});

test.each(['worktree', 'symbolic-ref'])(
  'a branch of which git %s does not tell whether it is checked out is not written to',
  async (silent) => {
    const { repo, cache } = fresh();
    bareRepository(repo);
    const exec: Exec = {
      run: (command) =>
        systemExec.run(command.args[0] === silent ? { ...command, args: ['--no-such-option'] } : command),
    };
    const store = `git+file:${repo}?ref=refs/heads/ledger`;
    expect(await errorOf(openAt(store, cache, { exec }))).toMatchObject({ outcome: 'inconclusive' });
    await using ledger = await openAt(store, cache);
    await append(ledger, 1);
  },
);

test('the branch that an empty repository is about to make is in use as well', async () => {
  const { repo, cache } = fresh();
  git(['init', '--quiet', '--initial-branch=main', repo]);
  expect(await errorOf(openAt(`git+file:${repo}?ref=refs/heads/main`, cache))).toMatchObject({
    code: 'ledger-ref-in-use',
  });
});

test('a symbolic ref is not followed to what it points to', async () => {
  const { repo, cache } = fresh();
  git(['init', '--quiet', '--initial-branch=main', repo]);
  git(['-c', 'user.name=u', '-c', 'user.email=e@x', 'commit', '--quiet', '--allow-empty', '-m', 'first'], {
    cwd: repo,
  });
  git(['symbolic-ref', REF, 'refs/heads/main'], { cwd: repo });
  const before = git(['rev-parse', 'main'], { cwd: repo });
  await using ledger = await openAt(`git+file:${repo}`, cache);
  expect(await errorOf(append(ledger, 1))).toMatchObject({ code: 'ledger-foreign' });
  expect(git(['rev-parse', 'main'], { cwd: repo })).toBe(before);
});

test('a symbolic ref to a branch that is not there yet does not make the branch', async () => {
  const { repo, cache } = fresh();
  git(['init', '--quiet', '--initial-branch=main', repo]);
  git(['symbolic-ref', REF, 'refs/heads/main'], { cwd: repo });
  await using ledger = await openAt(`git+file:${repo}`, cache);
  await append(ledger, 1);
  await append(ledger, 2);
  expect(git(['for-each-ref', '--format=%(refname)'], { cwd: repo })).toBe(REF);
});

test.runIf(process.getuid?.() === 0)("another user's repository is refused", async () => {
  const { repo, cache } = fresh();
  bareRepository(repo);
  chownSync(repo, 65_534, 65_534);
  const error = await errorOf(openAt(`git+file:${repo}`, cache));
  expect(error).toMatchObject({ code: 'store-ownership', outcome: 'inconclusive' });
  expect(error.message).toContain('safe.directory');
});

test('a folder without a repository is named, and a repository around it is not taken instead', async () => {
  const { repo, cache } = fresh();
  git(['init', '--quiet', repo]);
  mkdirSync(join(repo, 'sub'));
  expect(await errorOf(openAt(`git+file:${repo}/sub`, cache))).toMatchObject({ code: 'store-not-found' });
  expect(await errorOf(openAt(`git+file:${repo}/absent`, cache))).toMatchObject({
    code: 'store-not-found',
    message: expect.stringContaining(`git init --bare ${repo}/absent`),
  });
});

test('damaged objects are found, whatever git says of them', async () => {
  const { repo, cache } = fresh();
  bareRepository(repo);
  await using ledger = await openAt(`git+file:${repo}`, cache);
  await append(ledger, 1);
  await append(ledger, 2);
  const fileOf = (oid: string) => join(repo, 'objects', oid.slice(0, 2), oid.slice(2));
  const record = fileOf(git(['rev-parse', `${REF}:things/aa/1.json`], { cwd: repo }));
  const other = fileOf(git(['rev-parse', `${REF}:things/aa/2.json`], { cwd: repo }));
  // Sound to zlib and to git, but not what the id names.
  renameSync(record, `${record}.kept`);
  writeFileSync(record, readFileSync(other));
  const snapshot = await ledger.read();
  expect(await errorOf(snapshot.get('things/aa/1'))).toMatchObject({
    code: 'ledger-damaged',
    outcome: 'inconclusive',
  });
  rmSync(record);
  expect(await errorOf(snapshot.list('things/'))).toMatchObject({ code: 'ledger-damaged' });
  renameSync(`${record}.kept`, record);
  expect((await snapshot.list('things/')).size).toBe(2);
  rmSync(fileOf(git(['rev-parse', REF], { cwd: repo })));
  expect(await errorOf(ledger.read())).toMatchObject({ code: 'ledger-damaged' });
});

test('a commit that something else wrote into the history is found', async () => {
  const { repo, cache } = fresh();
  bareRepository(repo);
  await using ledger = await openAt(`git+file:${repo}`, cache);
  await append(ledger, 1);
  const tree = git(['rev-parse', `${REF}^{tree}`], { cwd: repo });
  const identity = ['-c', 'user.name=u', '-c', 'user.email=e@x'];
  const forged = git([...identity, 'commit-tree', '-p', REF, '-m', 'forged', tree], { cwd: repo });
  git(['update-ref', REF, forged], { cwd: repo });
  expect(await errorOf(ledger.read())).toMatchObject({ code: 'ledger-broken' });
  // An honest message over a dishonest past: the count gives it away.
  const message = git(['log', '-1', '--format=%B', `${REF}~1`], { cwd: repo });
  const over = git([...identity, 'commit-tree', '-p', forged, tree], { cwd: repo, input: message });
  git(['update-ref', REF, over], { cwd: repo });
  await using later = await openAt(`git+file:${repo}`, cache);
  expect(await errorOf(numbersIn(later))).toMatchObject({ code: 'ledger-broken' });
});

test.each([
  ['empty', ''],
  ['full of zeros', '\0'.repeat(41)],
  ['of other words', 'garbage\n'],
])('a ref that a power cut left %s is no ledger that is not there', async (_, content) => {
  const { repo, cache } = fresh();
  bareRepository(repo);
  const open = () => openAt(`git+file:${repo}`, cache);
  await using ledger = await open();
  await append(ledger, 1);
  writeFileSync(join(repo, 'refs/ship-proof/default'), content);
  await using next = await open();
  expect(await errorOf(next.read())).toMatchObject({ code: 'ledger-damaged', outcome: 'inconclusive' });
  expect(await errorOf(append(next, 2))).toMatchObject({ code: 'ledger-damaged' });
});

test('what git says that has no name here stands in the message', async () => {
  const { repo, cache } = fresh();
  bareRepository(repo);
  appendFileSync(join(repo, 'config'), '[broken\n');
  const error = await errorOf(openAt(`git+file:${repo}`, cache));
  expect(error).toMatchObject({ code: 'store-failed', outcome: 'inconclusive' });
  expect(error.message).toContain('bad config line');
});

test('git that is missing or too old is said clearly', async () => {
  const { dir, repo, cache } = fresh();
  bareRepository(repo);
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  const withPath = { env: { PATH: bin, HOME: dir } };
  expect(await errorOf(openAt(`git+file:${repo}`, cache, withPath))).toMatchObject({
    code: 'git-missing',
    outcome: 'inconclusive',
  });
  writeFileSync(join(bin, 'git'), '#!/bin/sh\necho "git version 2.31.9"\n', { mode: 0o755 });
  const error = await errorOf(openAt(`git+file:${repo}`, cache, withPath));
  expect(error).toMatchObject({ code: 'git-too-old' });
  expect(error.message).toContain('2.32');
});

test.runIf(process.getuid?.() === 0)(
  'git before 2.35.2 does not look whose repository it is, so we do',
  async () => {
    const { dir, repo, cache } = fresh();
    bareRepository(repo);
    const bin = join(dir, 'bin');
    mkdirSync(bin);
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    const shim = `#!/bin/sh\nif [ "$1" = --version ]; then echo "git version 2.34.1"; else exec ${real} "$@"; fi\n`;
    writeFileSync(join(bin, 'git'), shim, { mode: 0o755 });
    chownSync(repo, 65_534, 65_534);
    const config = join(dir, 'trusting');
    writeFileSync(config, '[safe]\n\tdirectory = *\n');
    const env = { PATH: `${bin}:${process.env.PATH}`, HOME: dir, GIT_CONFIG_GLOBAL: config };
    expect(await errorOf(openAt(`git+file:${repo}`, cache, { env }))).toMatchObject({
      code: 'store-ownership',
    });
  },
);

test('the place of a linked work tree is the repository that it belongs to', async () => {
  const { dir, repo, cache } = fresh();
  git(['init', '--quiet', repo]);
  git(['-c', 'user.name=u', '-c', 'user.email=e@x', 'commit', '--quiet', '--allow-empty', '-m', 'first'], {
    cwd: repo,
  });
  git(['worktree', 'add', '--quiet', join(dir, 'linked')], { cwd: repo });
  symlinkSync(join(dir, 'linked'), join(dir, 'link'));
  await using ledger = await openAt(`git+file:${dir}/link`, cache);
  const done = await append(ledger, 1);
  expect(head(repo)).toBe(done.version);
});

test('when the disk is full, nothing is lost and nothing is left behind', async ({ skip }) => {
  const { dir, cache } = fresh();
  const mount = join(dir, 'small');
  mkdirSync(mount);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', mount], { stdio: 'ignore' });
  } catch {
    skip('this user may not mount a tmpfs');
  }
  try {
    const repo = bareRepository(join(mount, 'repo'), '--template=');
    await using ledger = await openAt(`git+file:${repo}`, cache);
    await append(ledger, 1);
    let filled = 1;
    const error = await errorOf(
      (async () => {
        for (let n = 2; n < 200; n += 1) {
          await append(ledger, n);
          filled = n;
        }
      })(),
    );
    expect(error).toMatchObject({ code: 'store-disk-full', outcome: 'inconclusive' });
    expect(readdirSync(repo).filter((name) => name.includes('crash'))).toEqual([]);
    execFileSync('mount', ['-o', 'remount,size=20m', mount]);
    await append(ledger, 1000);
    expect(await numbersIn(ledger)).toEqual([...Array.from({ length: filled }, (_, n) => n + 1), 1000]);
  } finally {
    execFileSync('umount', [mount]);
  }
});

test.each([
  ['packs the repository', false],
  ['that cannot run hurts nobody', true],
])('every 500th transaction ends with a gc after its turn, which %s', async (_name, hindered) => {
  const { repo, cache } = fresh();
  await buildGitHistory(repo, 498, 10);
  git(['config', 'gc.autoPackLimit', '1'], { cwd: repo });
  const collections: string[] = [];
  const exec: Exec = {
    run(command) {
      if (command.args.includes('gc'))
        collections.push(readdirSync(join(cache, 'locks')).join() || 'after the turn');
      return systemExec.run(command);
    },
  };
  await using ledger = await openAt(`git+file:${repo}`, cache, { exec });
  expect((await append(ledger, 499)).seq).toBe(499);
  git(['repack', '-d', '--quiet'], { cwd: repo });
  const packs = () => readdirSync(join(repo, 'objects/pack')).filter((name) => name.endsWith('.pack')).length;
  expect([collections, packs()]).toEqual([[], 2]);
  if (hindered) writeFileSync(join(repo, 'gc.pid.lock'), '');
  await append(ledger, 500);
  expect([collections, packs()]).toEqual([['after the turn'], hindered ? 2 : 1]);
  await append(ledger, 501);
  expect(collections).toHaveLength(1);
  expect((await numbersIn(ledger)).slice(-3)).toEqual([499, 500, 501]);
});
