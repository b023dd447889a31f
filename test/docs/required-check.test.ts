import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { push } from '../actions-runner/events.ts';
import { makeRepository } from '../actions-runner/repository.ts';
import { runWorkflow } from '../actions-runner/run-workflow.ts';
import { startServices } from '../actions-runner/services.ts';
import { cachingEdge } from '../targets/caching-edge.ts';
import { startServer } from '../targets/server.ts';
import { blocksOf, pages } from './pages.ts';

const GUIDE = pages().find(({ path }) => path === 'docs/getting-started.md');
const WORKFLOW = GUIDE && blocksOf(GUIDE).find(({ language }) => language === 'yaml')?.text;

/** A team's page behind an edge, its repository, and the build and deploy that it has. */
async function team(ttlMs: number) {
  const stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'ship-proof-team-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const live = join(folder, 'index.html');
  await writeFile(live, '<!doctype html><title>Before</title><h1>Hello</h1>');
  const origin = stack.use(
    await startServer(async (_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(await readFile(live));
    }),
  );
  const edge = stack.use(await cachingEdge(origin, { ttlMs, perEncoding: false }));
  const npm =
    '#!/bin/sh\nmkdir -p dist && echo "<!doctype html><title>After</title><h1>Hello</h1>" > dist/index.html\n';
  await writeFile(join(folder, 'npm'), npm, { mode: 0o755 });
  const deploy = `cp "$1/index.html" ${JSON.stringify(live)} && echo "url=${edge.url}/" >> "$GITHUB_OUTPUT"\n`;
  const repository = makeRepository({ 'deploy.sh': `#!/bin/sh\n${deploy}` });
  stack.defer(() => repository[Symbol.dispose]());
  const services = stack.use(await startServices(repository, { presentAs: 'github.com' }));
  return {
    edge,
    repository,
    services,
    commands: [folder],
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

// The harness can't cancel anything on Windows.
describe.skipIf(process.platform === 'win32')(
  'the workflow of getting started, from an empty repository',
  () => {
    it.each([
      ['passes on a fresh edge', 0, 'success', 'DEPLOYED build-'],
      ['fails on a stale edge', 3_600_000, 'failure', 'NOT DEPLOYED verify-live: live:'],
    ])('%s', async (_, ttlMs, conclusion, last) => {
      await using own = await team(ttlMs);
      // Somebody visits before the deploy.
      await fetch(own.edge.url);
      const { services, repository, commands } = own;
      repository.commit({ '.keep': '' }, 'main');
      const workflow = (WORKFLOW ?? '')
        .replace('run: ./deploy.sh dist', 'run: sh deploy.sh dist')
        .replace(/^( +)page: \/$/m, '$&\n$1within: 2s');
      const ran = await runWorkflow({ services, event: push(repository), workflow, commands });
      const check = ran.checks.find(({ name }) => name === 'live / prove');
      expect(check, `${ran.problems}\n${ran.logs}`).toMatchObject({ conclusion, from: 'job' });
      expect(ran.logs).toContain(last);
    });
  },
);
