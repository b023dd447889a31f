import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openYard, type Yard } from '../deploy/yard.ts';
import { git } from '../ledger/fixtures.ts';
import { startServer } from '../targets/server.ts';
import { runAction } from './run-dist.ts';

let yard: Yard;
beforeEach(async () => {
  yard = await openYard();
});
afterEach(() => yard[Symbol.asyncDispose]());

interface Call {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** GitHub's API as far as deployments go; everything else is made, too, and nobody looks at it. */
async function serveApi(permitted: boolean): Promise<{ url: string; calls: Call[] } & AsyncDisposable> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString();
    const path = request.url ?? '';
    const answers = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (!path.includes('/deployments')) return answers(201, { id: 1 });
    calls.push({ path, body: JSON.parse(text || '{}') });
    return permitted
      ? answers(201, { id: 7 })
      : answers(403, { message: 'Resource not accessible by integration' });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

const promote = (api: string, run: string, more: Readonly<Record<string, string>> = {}) =>
  runAction(
    {
      mode: 'phase',
      phase: 'promote',
      'build-id': yard.builds[0],
      store: yard.shop.store,
      urls: 'https://app.example.com/',
      'check-run': 'false',
      run,
      ...more,
    },
    { cwd: yard.shop.path, token: 'ghs_0123456789abcdefghij', env: { GITHUB_API_URL: api } },
  );

describe('a promotion in a workflow', () => {
  it('is shown as a deployment of its environment, with its end', async () => {
    await using api = await serveApi(true);
    await yard.published(yard.builds[0]);
    await using run = await promote(api.url, 'true');
    expect(run.code).toBe(0);
    expect(api.calls.map(({ path }) => path.replace(/^.*\/deployments/, ''))).toEqual([
      '',
      '/7/statuses',
      '/7/statuses',
    ]);
    expect(api.calls[0]?.body).toMatchObject({
      environment: 'production',
      auto_merge: false,
      // The build's commit, which is no longer the newest one.
      ref: git(['rev-parse', 'HEAD~2'], { cwd: yard.shop.path }),
      payload: { deployId: yard.builds[0] },
    });
    expect(api.calls.slice(1).map(({ body }) => body)).toMatchObject([
      { state: 'in_progress', environment_url: 'https://app.example.com/' },
      { state: 'success', environment_url: 'https://app.example.com/' },
    ]);
  });

  it('that fails is shown as failed', async () => {
    await using api = await serveApi(true);
    await yard.published(yard.builds[0]);
    await using run = await promote(api.url, 'false');
    expect(run.code).toBe(1);
    expect(api.calls.at(-1)?.body.state).toBe('failure');
  });

  it('is not left under way there when it can’t be written down what was found live', async () => {
    await using api = await serveApi(true);
    const [one] = yard.builds;
    await yard.published(one);
    await using site = await startServer((_, response) => {
      rmSync(yard.shop.store.replace(/^git\+file:/, ''), { recursive: true, force: true });
      response.end(one);
    });
    const verify = JSON.stringify({ url: site.url, where: 'text', within: '5s' });
    await using run = await promote(api.url, 'true', { verify });
    expect(run.code).toBe(3);
    expect(api.calls.map(({ body }) => body.state)).toEqual([undefined, 'in_progress', 'error']);
  });

  it('is done all the same where that is not permitted, and one line says so', async () => {
    await using api = await serveApi(false);
    await yard.published(yard.builds[0]);
    await using run = await promote(api.url, 'true');
    expect(run.code).toBe(0);
    const lines = run.stdout.split('\n').filter((line) => line.includes('deployment=no'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('deployments: write');
  });
});
