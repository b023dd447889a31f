import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { OpenOptions } from '../../src/ledger/open.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { type Exec, systemExec } from '../../src/ports/exec.ts';
import { figure } from '../targets/figures.ts';
import { type Fault, type GitHttp, loseAnswers, serveGit } from '../targets/git-http.ts';
import {
  append,
  bareRepository,
  errorOf,
  fakeClock,
  git,
  numbersIn,
  openAt,
  temporaryFolder,
  wholeText,
} from './fixtures.ts';

const TOKEN = 'ghs_never-to-be-seen';
const REF = 'refs/ship-proof/default';
const folder = temporaryFolder();
let server: GitHttp;
let count = 0;

beforeAll(async () => {
  server = await serveGit(folder.path, { token: TOKEN });
});
afterEach(() => {
  server.faults = {};
  server.seen.length = 0;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

function fresh(...init: string[]) {
  count += 1;
  const repo = bareRepository(join(folder.path, `${count}.git`), ...init);
  const cache = join(folder.path, `cache-${count}`);
  const path = `${count}.git`;
  const open = (more: Partial<OpenOptions> = {}) =>
    openAt(`git+${server.origin}/${path}`, cache, { token: TOKEN, ...more });
  return { repo, cache, path, open };
}

test.each<[string, Fault | undefined, Fault | undefined, string]>([
  ['401 to reads', { status: 401 }, undefined, 'store-auth'],
  ['403 to reads', { status: 403 }, undefined, 'store-forbidden'],
  ['404 to reads', { status: 404 }, undefined, 'store-not-found'],
  ['500 to reads', { status: 500 }, undefined, 'store-server-error'],
  ['a break in the middle of an answer', 'reset', undefined, 'store-unreachable'],
  ['a page in place of reads', { page: '<h1>Sign in</h1>' }, undefined, 'store-not-git'],
  ['a page of lines in place of reads', { page: '<h1>\nSign in\n</h1>\n' }, undefined, 'store-not-git'],
  ['401 to writes', undefined, { status: 401 }, 'store-auth'],
  ['403 to writes (no contents: write)', undefined, { status: 403 }, 'store-forbidden'],
  ['404 to writes', undefined, { status: 404 }, 'store-not-found'],
  ['500 to writes', undefined, { status: 500 }, 'ledger-undecided'],
  ['a break in the middle of a pack', undefined, 'reset', 'ledger-undecided'],
  ['hanging reads', 'hang', undefined, 'store-timeout'],
  ['hanging writes', undefined, 'hang', 'ledger-undecided'],
])('%s: a named error, and no entry is lost or invented', async (_name, read, write, code) => {
  const { open } = fresh();
  // Only who hangs is waited for; else time passes between the tries alone, and no slow child meets the deadline.
  const [clock, deadlineMs] =
    read === 'hang' || write === 'hang' ? [systemClock, 3_000] : [fakeClock(Date.now()), 20_000];
  await using ledger = await open({ clock });
  await append(ledger, 1);
  server.faults = { ...(read ? { read } : {}), ...(write ? { write } : {}) };
  const error = await errorOf(append(ledger, 2, deadlineMs, clock));
  expect(error).toMatchObject({ code, outcome: 'inconclusive' });
  expect(wholeText(error)).not.toContain(TOKEN);
  expect(wholeText(error)).not.toContain(Buffer.from(`x-access-token:${TOKEN}`).toString('base64'));
  server.faults = {};
  await append(ledger, 3);
  expect(await numbersIn(ledger)).toEqual([1, 3]);
});

test('a server that breaks for a moment costs a second try, not the transaction', async () => {
  const { open } = fresh();
  await using ledger = await open();
  await append(ledger, 1);
  server.faults = { write: { status: 502 } };
  const work = append(ledger, 2);
  while (!server.seen.some(({ service }) => service === 'write')) await systemClock.sleep(5);
  await systemClock.sleep(50);
  server.faults = {};
  expect(await work).toMatchObject({ committed: true, attempts: 1 });
  expect(await numbersIn(ledger)).toEqual([1, 2]);
});

test.each([
  ['the newest transaction', (args: readonly string[]) => !args.includes('--filter=tree:0')],
  ['the history', (args: readonly string[]) => args.includes('--filter=tree:0')],
])('a server that breaks while it is asked for %s is asked again', async (_, isAsked) => {
  const { open } = fresh();
  let fetches = Number.NEGATIVE_INFINITY;
  const exec: Exec = {
    run(command) {
      if (command.args.includes('fetch') && isAsked(command.args)) {
        fetches += 1;
        server.faults = fetches === 1 ? { read: { status: 502 } } : {};
      }
      return systemExec.run(command);
    },
  };
  await using ledger = await open({ exec });
  await append(ledger, 1);
  fetches = 0;
  expect(await append(ledger, 2)).toMatchObject({ committed: true, attempts: 1 });
  expect(await numbersIn(ledger)).toEqual([1, 2]);
  expect(fetches).toBeGreaterThan(1);
});

test('a page that answers in place of a server is no empty ledger', async () => {
  const { open } = fresh();
  server.faults = { read: { page: '<h1>Sign in</h1>' } };
  await using ledger = await open();
  expect(await errorOf(ledger.read())).toMatchObject({ code: 'store-not-git', outcome: 'inconclusive' });
  server.faults = {};
  expect((await ledger.read()).version).toBeNull();
});

test('answers that are lost after the push was accepted decide nothing: exactly the wanted entries', async () => {
  const { path, cache } = fresh();
  const writers = 4;
  const each = process.env.SHIP_PROOF_RELIABILITY ? 12 : 3;
  let pushes = 0;
  // 40 %, by a fixed pattern.
  await using proxy = await loseAnswers(server.origin, () => [0, 2].includes(pushes++ % 5));
  const store = `git+${proxy.origin}/${path}`;
  const done = await Promise.all(
    Array.from({ length: writers }, async (_, w) => {
      await using ledger = await openAt(store, cache, { token: TOKEN });
      const results = [];
      for (let n = 0; n < each; n += 1) results.push(await append(ledger, w * 100 + n));
      return results;
    }),
  );
  await using reader = await openAt(store, cache, { token: TOKEN });
  const wanted = Array.from({ length: writers }, (_, w) =>
    Array.from({ length: each }, (_, n) => w * 100 + n),
  ).flat();
  expect((await numbersIn(reader)).toSorted((a, b) => Number(a) - Number(b))).toEqual(wanted);
  expect(new Set(done.flat().map(({ seq }) => seq)).size).toBe(writers * each);
  expect(proxy.lost).toBeGreaterThan(0);
  const detail = `in ${pushes} pushes; ${wanted.length} entries wanted and found`;
  figure('fault', 'ledger in git: answers lost after the push', proxy.lost, 'answers', detail);
});

test('the first commit of a ledger survives a lost answer as well', async () => {
  const { path, cache } = fresh();
  let first = true;
  await using proxy = await loseAnswers(server.origin, () => {
    const lose = first;
    first = false;
    return lose;
  });
  await using ledger = await openAt(`git+${proxy.origin}/${path}`, cache, { token: TOKEN });
  expect(await append(ledger, 1)).toMatchObject({ committed: true, attempts: 1, seq: 1 });
  expect(proxy.lost).toBe(1);
  expect(await numbersIn(ledger)).toEqual([1]);
});

test.each([1, 2])(
  'a commit whose answer is lost, and on which others built at once, was won (commit %i)',
  async (which) => {
    const { path, cache, repo } = fresh();
    let loses = which === 1;
    await using proxy = await loseAnswers(server.origin, () => loses);
    await using other = await openAt(`git+file:${repo}`, `${cache}-other`);
    const exec: Exec = {
      async run(command) {
        const result = await systemExec.run(command);
        if (command.args.includes('push') && loses) {
          loses = false;
          await append(other, 100);
          await append(other, 101);
        }
        return result;
      },
    };
    await using ledger = await openAt(`git+${proxy.origin}/${path}`, cache, { token: TOKEN, exec });
    if (which === 2) await append(ledger, 0);
    loses = true;
    expect(await append(ledger, 1)).toMatchObject({ committed: true, attempts: 1, seq: which });
    expect(await numbersIn(ledger)).toEqual([...(which === 2 ? [0] : []), 1, 100, 101]);
  },
);

test('the token travels in the environment alone, and to its own server alone', async () => {
  const { open, path } = fresh();
  await using stranger = await serveGit(folder.path);
  const commands: string[] = [];
  const exec: Exec = {
    run(command) {
      commands.push(command.args.join(' '));
      return systemExec.run(command);
    },
  };
  await using ledger = await open({ exec });
  await append(ledger, 1);
  expect(commands.join('\n')).not.toContain(TOKEN);
  expect(commands.join('\n')).not.toContain(Buffer.from(`x-access-token:${TOKEN}`).toString('base64'));
  expect(server.seen.every(({ authorization }) => authorization.length === 1)).toBe(true);

  server.faults = { read: { redirect: stranger.origin }, write: { redirect: stranger.origin } };
  const redirected = await errorOf(append(ledger, 2));
  expect(redirected).toMatchObject({ code: 'store-redirected' });
  server.faults = { write: { redirect: stranger.origin } };
  expect(await errorOf(append(ledger, 2))).toMatchObject({ code: 'store-redirected' });
  server.faults = {};
  expect(stranger.seen).toEqual([]);

  // A user's rewriting rule sends neither the ledger nor the token elsewhere.
  const config = join(folder.path, 'rewriting');
  writeFileSync(
    config,
    `[url "${stranger.origin}/"]\n\tinsteadOf = ${server.origin}/\n\tpushInsteadOf = ${server.origin}/\n[http]\n\textraHeader = X-Mine: 1\n\tfollowRedirects = true\n`,
  );
  await using rewritten = await open({ env: { ...process.env, GIT_CONFIG_GLOBAL: config } });
  await append(rewritten, 3);
  expect(stranger.seen).toEqual([]);
  expect(readFileSync(join(folder.path, path, 'config'), 'utf8')).not.toContain(TOKEN);
});

test('no file of the cache holds the token, and only this user can read the cache', async () => {
  const { open, cache } = fresh();
  await using ledger = await open();
  await append(ledger, 1);
  await append(ledger, 2);
  const files = readdirSync(cache, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(files.length).toBeGreaterThan(5);
  for (const { parentPath, name } of files) {
    const text = readFileSync(join(parentPath, name), 'latin1');
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain(Buffer.from(`x-access-token:${TOKEN}`).toString('base64'));
  }
  expect(statSync(join(cache, 'clones')).mode & 0o077).toBe(0);
});

test('a ledger that was rewound, replaced or deleted at the remote is an error, also for the next process', async () => {
  const { open, repo } = fresh();
  const first = await (async () => {
    await using ledger = await open();
    const { version } = await append(ledger, 1);
    await append(ledger, 2);
    return version ?? '';
  })();
  const second = git(['rev-parse', REF], { cwd: repo });
  git(['update-ref', REF, first], { cwd: repo });
  await using next = await open();
  const rewound = await errorOf(append(next, 3));
  expect(rewound).toMatchObject({ code: 'ledger-broken', outcome: 'inconclusive' });
  expect(rewound.message).toContain('delete');
  git(['update-ref', '-d', REF], { cwd: repo });
  expect(await errorOf(append(next, 3))).toMatchObject({ code: 'ledger-deleted' });
  git(['update-ref', REF, second], { cwd: repo });
  await append(next, 3);
  expect(await numbersIn(next)).toEqual([1, 2, 3]);
});

test('what the clone holds is believed only as far as the remote vouches for it', async () => {
  const { open, cache, repo } = fresh();
  await (async () => {
    await using ledger = await open();
    await append(ledger, 1);
    await append(ledger, 2);
  })();
  const [slot = ''] = readdirSync(join(cache, 'clones')).filter((name) => name.endsWith('-0'));
  const clone = join(cache, 'clones', slot, 'ledger.git');
  const blob = git(['rev-parse', `${REF}:things/aa/1.json`], { cwd: repo });
  const forged = git(['hash-object', '-w', '--stdin'], { cwd: clone, input: '{"n":666}\n' });
  const fileOf = (oid: string) => join(clone, 'objects', oid.slice(0, 2), oid.slice(2));
  mkdirSync(join(clone, 'objects', blob.slice(0, 2)), { recursive: true });
  if (existsSync(fileOf(blob))) chmodSync(fileOf(blob), 0o644);
  writeFileSync(fileOf(blob), readFileSync(fileOf(forged)));
  // And a configuration that would lead elsewhere, if anybody obeyed it.
  writeFileSync(join(clone, 'config'), '[core]\n\trepositoryFormatVersion = 99\n');
  await using ledger = await open();
  let answers = 0;
  const { transact } = await import('../../src/ledger/transact.ts');
  const done = await transact(ledger, { clock: systemClock, actor: 'test' }, async (snapshot) => {
    answers += 1;
    return { entries: [], verdict: await snapshot.get('things/aa/1') };
  });
  expect(done.verdict).toEqual({ n: 1 });
  expect(answers).toBe(2);
});

test('a cache that is deleted while in use is made anew', async () => {
  const { open, cache } = fresh();
  await using ledger = await open();
  await append(ledger, 1);
  rmSync(cache, { recursive: true });
  await append(ledger, 2);
  rmSync(cache, { recursive: true });
  expect(await numbersIn(ledger)).toEqual([1, 2]);
});

test('a lock that a dead process left in the clone costs the clone, and nothing else', async () => {
  const { open, cache, repo } = fresh();
  await (async () => {
    await using ledger = await open();
    await append(ledger, 1);
  })();
  await (async () => {
    await using other = await openAt(`git+file:${repo}`, `${cache}-other`);
    await append(other, 2);
  })();
  const [slot = ''] = readdirSync(join(cache, 'clones')).filter((name) => name.endsWith('-0'));
  writeFileSync(join(cache, 'clones', slot, 'ledger.git', `${REF}.lock`), '');
  writeFileSync(join(cache, 'clones', slot, 'ledger.git', 'shallow.lock'), '');
  await using ledger = await open();
  await append(ledger, 3);
  expect(await numbersIn(ledger)).toEqual([1, 2, 3]);
});

test('a ref of the clone that a power cut left full of zeros costs the clone, and nothing else', async () => {
  const { open, cache } = fresh();
  await (async () => {
    await using ledger = await open();
    await append(ledger, 1);
  })();
  const [slot = ''] = readdirSync(join(cache, 'clones')).filter((name) => name.endsWith('-0'));
  writeFileSync(join(cache, 'clones', slot, 'ledger.git', REF), '\0'.repeat(41));
  await using ledger = await open();
  await append(ledger, 2);
  expect(await numbersIn(ledger)).toEqual([1, 2]);
});

test('a ledger that begins between two questions is read, not begun again', async () => {
  const { open, repo, cache } = fresh();
  await using other = await openAt(`git+file:${repo}`, `${cache}-other`);
  let began = false;
  const exec: Exec = {
    async run(command) {
      if (command.args.includes('ls-remote') && !began) {
        began = true;
        await append(other, 1);
      }
      return systemExec.run(command);
    },
  };
  await using ledger = await open({ exec });
  expect(await append(ledger, 2)).toMatchObject({ seq: 2, attempts: 1 });
  expect(began).toBe(true);
  expect(await numbersIn(ledger)).toEqual([1, 2]);
});

test('a clone that is made anew while others write is no rewritten ledger', async () => {
  const { open, repo, cache } = fresh();
  await using ledger = await open();
  await append(ledger, 1);
  await using other = await openAt(`git+file:${repo}`, `${cache}-other`);
  await append(other, 2);
  await append(other, 3);
  const [slot = ''] = readdirSync(join(cache, 'clones')).filter((name) => name.endsWith('-0'));
  writeFileSync(join(cache, 'clones', slot, 'ledger.git', 'shallow.lock'), '');
  writeFileSync(join(cache, 'clones', slot, 'ledger.git', `${REF}.lock`), '');
  await append(ledger, 4);
  expect(await numbersIn(ledger)).toEqual([1, 2, 3, 4]);
});

test('a stale lock at the remote ends in an error that names it, once it has stayed for a while', async () => {
  const { open, repo } = fresh();
  const clock = fakeClock(Date.now());
  await using ledger = await open({ clock });
  await append(ledger, 1);
  writeFileSync(join(repo, `${REF}.lock`), '');
  const error = await errorOf(append(ledger, 2, 60_000, clock));
  expect(error.code).toBe('store-locked');
  expect(error.message).toContain(`${REF}.lock`);
  rmSync(join(repo, `${REF}.lock`));
  await append(ledger, 3);
  expect(await numbersIn(ledger)).toEqual([1, 3]);
});

test('a server that hides or forbids the ref says which', async () => {
  const hidden = fresh();
  git(['config', 'transfer.hideRefs', 'refs/ship-proof'], { cwd: hidden.repo });
  await using one = await hidden.open();
  expect(await errorOf(append(one, 1))).toMatchObject({ code: 'store-hides-ref' });

  const guarded = fresh();
  const hook = join(guarded.repo, 'hooks/pre-receive');
  mkdirSync(join(guarded.repo, 'hooks'), { recursive: true });
  writeFileSync(hook, '#!/bin/sh\necho "GH013: Repository rule violations found" >&2\nexit 1\n', {
    mode: 0o755,
  });
  await using two = await guarded.open();
  const error = await errorOf(append(two, 1));
  expect(error).toMatchObject({ code: 'store-refused-ref' });
  expect(error.message).toContain('?ref=');
});

test('a ledger that is readable nowhere but there all the same is not begun anew', async () => {
  const { open, repo } = fresh();
  await using local = await openAt(`git+file:${repo}`, join(folder.path, 'elsewhere'));
  await append(local, 1);
  // Hidden from readers alone, it looks absent; only the push learns better.
  git(['config', 'uploadpack.hideRefs', 'refs/ship-proof'], { cwd: repo });
  await using ledger = await open();
  expect(await errorOf(append(ledger, 2))).toMatchObject({
    code: 'ledger-hidden',
    outcome: 'inconclusive',
  });
  expect(await numbersIn(local)).toEqual([1]);
});

test('an empty SHA-256 repository is found out and used', async () => {
  const { open } = fresh('--object-format=sha256');
  await using ledger = await open();
  expect((await append(ledger, 1)).version).toHaveLength(64);
  await using again = await open();
  await append(again, 2);
  expect(await numbersIn(again)).toEqual([1, 2]);
});

test('more processes than clones share a host: the others read through temporary ones', async () => {
  const { open } = fresh();
  const ledgers = await Promise.all(Array.from({ length: 10 }, () => open()));
  await append(ledgers[9] ?? ledgers[0] ?? (await open()), 1);
  for (const ledger of ledgers) await ledger[Symbol.asyncDispose]();
  await using reader = await open();
  expect(await numbersIn(reader)).toEqual([1]);
});

test('ssh carries a ledger too, with the command that the user set', async () => {
  const { repo, cache } = fresh();
  const ssh = join(folder.path, 'ssh');
  writeFileSync(ssh, '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n', { mode: 0o755 });
  const env = { ...process.env, GIT_SSH_COMMAND: ssh, GIT_SSH_VARIANT: 'simple' };
  await using ledger = await openAt(`git+ssh://git@host.example${repo}`, cache, { env, token: TOKEN });
  await append(ledger, 1);
  await append(ledger, 2);
  expect(await numbersIn(ledger)).toEqual([1, 2]);
  expect(await ledger.contains(git(['rev-parse', `${REF}~1`], { cwd: repo }))).toBe(true);
});
