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

it.each([
  ['a helper’s', () => `ext::sh -c 'touch ${ran}'`],
  ['a helper’s behind git+', () => `git+ext::sh -c 'touch ${ran}'`],
  ['an option of ssh', () => `git+ssh://-oProxyCommand=touch%20${ran}/x`],
  ['an option of git', () => `git+file:--upload-pack=touch ${ran}`],
  ['a ref that is an option', () => `git+file:${scene.repository}?ref=--upload-pack=x`],
  ['a ref that is two', () => `git+file:${scene.repository}?ref=refs/heads/x:refs/heads/main`],
  ['plain http elsewhere', () => 'git+http://store.example/x.git'],
  ['a local path', () => `file://${scene.repository}`],
])('%s URL runs nothing and has no effect', async (_, store) => {
  const run = await once(store());
  expect([run.log, [2, 3, 4].includes(run.code)]).toEqual([run.log, true]);
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

it.each([301, 302, 307, 308])('a server that answers %i leads no token elsewhere', async (status) => {
  await using thief = await startServer((_request, response) => void response.writeHead(404).end());
  await using store = await startServer(
    (request, response) => void response.writeHead(status, { location: thief.url + request.url }).end(),
  );
  const run = await once(`git+${store.url}/owner/repo`);
  expect([run.code === 0, scene.effects()]).toEqual([false, 0]);
  const sent = thief.requests.map(({ rawHeaders, url }) => `${url}\n${rawHeaders.join('\n')}`).join('\n');
  expect(foundIn(sent, { TOKEN, basic: `x-access-token:${TOKEN}` })).toEqual([]);
});

it('a configuration of the host sends the run’s token to no other server', async () => {
  await using thief = await startServer((_request, response) => void response.writeHead(404).end());
  scene.write('gitconfig', `[url "${thief.url}/"]\n\tinsteadOf = https://github.com/\n`);
  const run = await stepHere(
    'once',
    { key: 'k', run: scene.effect, store: 'git+https://github.com/octo-org/octo-repo', token: TOKEN },
    {
      cwd: scene.path,
      env: {
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_EVENT_NAME: 'push',
        GIT_CONFIG_GLOBAL: join(scene.path, 'gitconfig'),
      },
    },
  );
  expect([run.code === 0, scene.effects()]).toEqual([false, 0]);
  const sent = thief.requests.map(({ rawHeaders }) => rawHeaders.join('\n')).join('\n');
  expect(foundIn(sent, { TOKEN, basic: `x-access-token:${TOKEN}` })).toEqual([]);
});

it('in the action, a store on another server gets nothing at all', async () => {
  await using thief = await startServer((_request, response) => void response.writeHead(404).end());
  const run = await stepHere(
    'once',
    { key: 'k', run: scene.effect, store: `git+${thief.url}/x/y`, token: TOKEN },
    { cwd: scene.path, env: { GITHUB_SERVER_URL: 'https://github.com', GITHUB_EVENT_NAME: 'push' } },
  );
  expect([run.code, scene.effects()]).toEqual([4, 0]);
  const sent = thief.requests.map(({ rawHeaders }) => rawHeaders.join('\n')).join('\n');
  expect(foundIn(sent, { TOKEN })).toEqual([]);
});
