import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { git } from '../ledger/fixtures.ts';
import { startServer } from '../targets/server.ts';
import { foundIn } from './canary.ts';
import { runHere, stepHere } from './here.ts';
import { openScene, type Scene } from './scene.ts';

// A store's URL, or what answers there, wants to run something, to get at the token, or to have a branch overwritten. Traps in
// the repository's own hooks and configuration stand in ledger/evil-store, lineage and caches in ledger/git-remote; here the
// whole program meets them.

const TOKEN = 'ghs_canaryTokenCanaryToken0123456789ab';
/** As git says it. */
const SENT = { TOKEN, basic: `x-access-token:${TOKEN}` };
let scene: Scene;
let ran: string;
beforeEach(() => {
  scene = openScene();
  ran = join(scene.path, 'ran');
});
afterEach(() => scene[Symbol.dispose]());

const once = (store: string, env: Readonly<Record<string, string>> = {}) =>
  runHere(['once', '--key=k', `--run=${scene.effect}`, `--store=${store}`], {
    cwd: scene.path,
    env: { SHIP_PROOF_INPUT_TOKEN: TOKEN, ...env },
  });

it.each<[string, () => string, string?]>([
  ['a helper’s', () => `ext::sh -c 'touch ${ran}'`],
  ['a helper’s behind git+', () => `git+ext::sh -c 'touch ${ran}'`],
  ['an option of ssh', () => `git+ssh://-oProxyCommand=touch%20${ran}/x`],
  ['an option of git', () => `git+file:--upload-pack=touch ${ran}`, 'store-not-found'],
  ['a ref that is an option', () => `git+file:${scene.repository}?ref=--upload-pack=x`],
  ['a ref that is two', () => `git+file:${scene.repository}?ref=refs/heads/x:refs/heads/main`],
  ['plain http elsewhere', () => 'git+http://store.example/x.git'],
  ['a local path', () => `file://${scene.repository}`],
])('%s URL runs nothing and has no effect', async (_, store, code = 'store-invalid') => {
  const run = await once(store());
  expect([run.log, run.log.includes(` check=error:${code} `)]).toEqual([run.log, true]);
  expect([existsSync(ran), scene.effects()]).toEqual([false, 0]);
  expect(foundIn(run.log, { TOKEN })).toEqual([]);
});

it('a branch that people work on is left as it is', async () => {
  const tree = git(['mktree'], { cwd: scene.repository, input: '' });
  const own = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
  const commit = git([...own, 'commit-tree', '-m', 'work', tree], { cwd: scene.repository });
  git(['update-ref', 'refs/heads/main', commit], { cwd: scene.repository });
  const run = await once(`${scene.store}?ref=refs/heads/main`);
  expect([run.code, scene.effects()]).toEqual([4, 0]);
  expect(git(['rev-parse', 'refs/heads/main'], { cwd: scene.repository })).toBe(commit);
});

it('a branch that somebody is about to begin gets no ledger for its first commit', async () => {
  git(['symbolic-ref', 'HEAD', 'refs/heads/main'], { cwd: scene.repository });
  const run = await once(`${scene.store}?ref=refs/heads/main`);
  expect([run.code, scene.effects()]).toEqual([4, 0]);
  expect(run.log).toContain('ledger-ref-in-use');
  expect(git(['for-each-ref'], { cwd: scene.repository })).toBe('');
});

it.each([301, 302, 307, 308])('a server that answers %i leads no token elsewhere', async (status) => {
  await using thief = await startServer((_request, response) => void response.writeHead(404).end());
  await using store = await startServer(
    (request, response) => void response.writeHead(status, { location: thief.url + request.url }).end(),
  );
  const run = await once(`git+${store.url}/owner/repo`);
  expect([run.code === 0, scene.effects()]).toEqual([false, 0]);
  // Nothing at all: what would be sent there without the token asks for it next.
  expect(thief.requests).toEqual([]);
  expect(store.requests.some(({ rawHeaders }) => foundIn(rawHeaders.join('\n'), SENT).length > 0)).toBe(true);
});

it('a configuration of the host sends the run to no other server', async () => {
  await using thief = await startServer((_request, response) => void response.writeHead(404).end());
  await using store = await startServer((_request, response) => void response.writeHead(404).end());
  const rules = [`[url "${thief.url}/"]`, `insteadOf = ${store.url}/`, `pushInsteadOf = ${store.url}/`];
  scene.write('gitconfig', `${rules.join('\n\t')}\n[http]\n\tproxy = ${thief.url}\n`);
  const run = await stepHere(
    'once',
    { key: 'k', run: scene.effect, store: `git+${store.url}/octo-org/octo-repo`, token: TOKEN },
    {
      cwd: scene.path,
      env: {
        GITHUB_SERVER_URL: store.url,
        GITHUB_EVENT_NAME: 'push',
        GIT_CONFIG_GLOBAL: join(scene.path, 'gitconfig'),
      },
    },
  );
  expect([run.code === 0, scene.effects()]).toEqual([false, 0]);
  expect(thief.requests).toEqual([]);
  expect(store.requests.some(({ rawHeaders }) => foundIn(rawHeaders.join('\n'), SENT).length > 0)).toBe(true);
});

it('in the action, a store on another server gets nothing at all', async () => {
  await using thief = await startServer((_request, response) => void response.writeHead(404).end());
  const run = await stepHere(
    'once',
    { key: 'k', run: scene.effect, store: `git+${thief.url}/x/y`, token: TOKEN },
    { cwd: scene.path, env: { GITHUB_SERVER_URL: 'https://github.com', GITHUB_EVENT_NAME: 'push' } },
  );
  expect([run.code, scene.effects()]).toEqual([4, 0]);
  expect(thief.requests).toEqual([]);
});
