import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareRepository, git, temporaryFolder } from '../ledger/fixtures.ts';
import { linesOf, openWorkshop, runJson, until, type Workshop } from '../once/workshop.ts';
import { serveGit } from '../targets/git-http.ts';
import { startServer } from '../targets/server.ts';
import { runAction } from './run-dist.ts';

let shop: Workshop;
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  shop = openWorkshop();
  folder = temporaryFolder();
});
afterEach(() => {
  shop[Symbol.dispose]();
  folder[Symbol.dispose]();
});

const EFFECT = ['once', '--key', 'k', '--', 'sh', '-c', 'echo did it >> effects'];
const effects = () => linesOf(join(folder.path, 'effects'));

describe('the store that nobody named', () => {
  it('is made in .ship-proof/ outside of a repository, and found again', async () => {
    const cwd = folder.path;
    const first = await runJson(EFFECT, { cwd });
    expect(first).toMatchObject({
      code: 0,
      proof: { ledger: { store: `git+file:${join(cwd, '.ship-proof')}`, entries: 3 } },
    });
    expect(await runJson(EFFECT, { cwd })).toMatchObject({ code: 0, proof: { outcome: 'skipped' } });
    expect(effects()).toHaveLength(1);
    expect(readdirSync(cwd).sort()).toEqual(['.ship-proof', 'effects']);
  });

  it('is made once by sixteen processes at the same time', async () => {
    const cwd = folder.path;
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => runJson(EFFECT, { cwd, timeoutMs: 120_000 })),
    );
    expect(answers.filter(({ proof }) => proof.outcome === 'passed')).toHaveLength(1);
    expect(answers.filter(({ code }) => ![0, 4].includes(code ?? -1))).toEqual([]);
    expect(new Set(answers.map(({ proof }) => proof.ledger?.id)).size).toBe(1);
    expect(effects()).toHaveLength(1);
    expect(readdirSync(cwd).sort()).toEqual(['.ship-proof', 'effects']);
  });

  it('is the repository of the folder, of which it touches one ref: no index, work tree, branch or configuration', async () => {
    const cwd = folder.path;
    git(['init', '--quiet', '--initial-branch', 'main'], { cwd });
    writeFileSync(join(cwd, 'file'), 'content\n');
    git(['add', 'file'], { cwd });
    git(['-c', 'user.name=x', '-c', 'user.email=x@example.org', 'commit', '--quiet', '-m', 'first'], { cwd });
    writeFileSync(join(cwd, 'file'), 'changed\n');
    const before = snapshotOf(cwd);
    const below = join(cwd, 'below');
    mkdirSync(below);
    const answer = await runJson(['once', '--key', 'k', '--', 'true'], { cwd: below });
    expect(answer).toMatchObject({ code: 0, proof: { ledger: { store: `git+file:${join(cwd, '.git')}` } } });
    expect(snapshotOf(cwd)).toEqual(before);
    const refs = git(['for-each-ref', '--format=%(refname)'], { cwd }).split('\n');
    expect(refs).toEqual(['refs/heads/main', 'refs/ship-proof/default']);
    expect(existsSync(join(below, '.ship-proof'))).toBe(false);
  });

  it('is not made beside a repository that git will not look into', async () => {
    const cwd = folder.path;
    mkdirSync(join(cwd, '.git'));
    writeFileSync(join(cwd, '.git', 'HEAD'), 'ref: refs/heads/main\n');
    writeFileSync(join(cwd, '.git', 'config'), '[core]\n\trepositoryformatversion = 99\n');
    mkdirSync(join(cwd, '.git', 'objects'));
    mkdirSync(join(cwd, '.git', 'refs'));
    const answer = await runJson(EFFECT, { cwd });
    expect(answer).toMatchObject({ code: 3, proof: { checks: [{ id: 'error:store-unreadable' }] } });
    expect(effects()).toEqual([]);
    expect(existsSync(join(cwd, '.ship-proof'))).toBe(false);
  });

  it('is the workflow’s own repository in the action', async () => {
    const env = { GITHUB_SERVER_URL: 'https://127.0.0.1:9' };
    await using run = await runAction(
      { mode: 'once', key: 'k', run: 'echo did it >> effects' },
      { cwd: folder.path, env, token: 'ghs_abcdefgh' },
    );
    expect(run.code).toBe(3);
    expect(run.stdout).toContain('https://127.0.0.1:9/octo-org/octo-repo');
    expect(effects()).toEqual([]);
  });
});

/** All that a person would miss: branch, index, files, configuration, with their times. */
function snapshotOf(cwd: string) {
  const index = join(cwd, '.git', 'index');
  return {
    status: git(['--no-optional-locks', 'status', '--porcelain', '--untracked-files=no'], { cwd }),
    head: readFileSync(join(cwd, '.git', 'HEAD'), 'utf8'),
    branch: git(['rev-parse', 'refs/heads/main'], { cwd }),
    config: readFileSync(join(cwd, '.git', 'config'), 'utf8'),
    index: [statSync(index).mtimeMs, readFileSync(index, 'hex')],
    file: [statSync(join(cwd, 'file')).mtimeMs, readFileSync(join(cwd, 'file'), 'utf8')],
  };
}

describe('a ledger that is not the one wanted', () => {
  const once = (...flags: string[]) => shop.run(['once', '--key', 'k', ...flags, '--', ...shop.effect()]);

  it.each([
    ['where there is none', async () => {}],
    ['where another one stands', async () => void (await shop.run(['claim', '--key', 'other']))],
  ])('decides nothing, %s', async (_, prepare) => {
    await prepare();
    const answer = await once('--ledger-id', '00000000-0000-4000-8000-000000000000');
    expect(answer).toMatchObject({ code: 3, proof: { checks: [{ id: 'error:ledger-lost' }] } });
    expect(shop.effects()).toEqual([]);
  });

  it('is used when it is the one', async () => {
    const { proof } = await shop.run(['claim', '--key', 'other']);
    expect((await once('--ledger-id', proof.ledger?.id ?? '')).code).toBe(0);
  });

  it.each([
    ['nothing listens', 'git+http://127.0.0.1:9/x.git', 3],
    ['no such folder', 'git+file:/no/such/folder', 3],
    ['a scheme that is none', 'ftp://example.org/x', 2],
  ])('has no effect where %s', async (_, store, code) => {
    const answer = await runJson([...EFFECT.slice(0, 3), '--store', store, ...EFFECT.slice(3)], {
      cwd: folder.path,
    });
    expect(answer.code).toBe(code);
    expect(effects()).toEqual([]);
  });
});

describe('a store that is lost while the command runs', () => {
  it('proves nothing, and says that the command ran and how to write it down', async () => {
    const gone = `mv ${shop.store.slice('git+file:'.length)} ${join(shop.path, 'gone')}; echo did it >> effects`;
    const answer = await shop.run(['once', '--key', 'k', '--run', gone]);
    expect(answer).toMatchObject({ code: 3, result: { claimed: true, state: 'claimed', 'exit-code': 0 } });
    expect(answer.proof.checks.at(-1)?.detail).toMatch(
      /The command ran \(exit code 0\).*`record` it with fence 1/,
    );
    expect(shop.effects()).toEqual(['did it']);
  });

  it('is waited for when it only fails for a while, so that what happened is not in doubt', async () => {
    bareRepository(join(folder.path, 'r.git'));
    await using server = await serveGit(folder.path);
    const args = [
      '--store',
      `git+${server.origin}/r.git`,
      '--run',
      'touch begun; until [ -e go ]; do sleep 0.05; done',
    ];
    const running = runJson(['once', '--key', 'k', ...args], { cwd: folder.path });
    await until(() => existsSync(join(folder.path, 'begun')), 'the command');
    server.seen.length = 0;
    server.faults = { read: { status: 502 } };
    writeFileSync(join(folder.path, 'go'), '');
    // More than the tries that a read is worth when nothing has happened yet.
    await until(() => server.seen.length >= 10, 'the settling');
    server.faults = {};
    expect(await running).toMatchObject({ code: 0, result: { state: 'recorded' } });
  });

  it('is waited for no longer than the run’s own timeout, and then it is said what to do', async () => {
    bareRepository(join(folder.path, 'r.git'));
    await using server = await serveGit(folder.path);
    const store = ['--store', `git+${server.origin}/r.git`, '--timeout', '12s'];
    const running = runJson(
      ['once', '--key', 'k', ...store, '--run', 'touch begun; until [ -e go ]; do sleep 0.05; done'],
      { cwd: folder.path },
    );
    await until(() => existsSync(join(folder.path, 'begun')), 'the command');
    server.faults = { read: { status: 502 } };
    writeFileSync(join(folder.path, 'go'), '');
    const ended = await running;
    expect(ended).toMatchObject({ code: 3, result: { 'exit-code': 0 } });
    expect(JSON.stringify(ended.proof.checks)).toMatch(/`record` it with fence \d+/);
  });
});

describe('a store that is refused by its name', () => {
  it('is sent nothing, not even a question about its clock', async () => {
    await using server = await startServer((_, response) => void response.writeHead(404).end());
    const claim = ['claim', '--key', 'k', '--store'];
    const wrong = await runJson([...claim, `git+${server.url}/r?ref=nonsense`], { cwd: folder.path });
    expect([wrong.code, wrong.proof.outcome]).toEqual([2, 'invalid']);
    expect(server.requests).toEqual([]);
    const env = {
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: 'push',
      GITHUB_SERVER_URL: 'https://github.com',
      SHIP_PROOF_INPUT_TOKEN: 'ghs_of-another-server',
    };
    const elsewhere = await runJson([...claim, `git+${server.url}/r`], { cwd: folder.path, env });
    expect(elsewhere.proof.checks[0]).toMatchObject({ id: 'error:token-elsewhere' });
    expect(elsewhere.code).toBe(4);
    expect(server.requests).toEqual([]);
  });
});
