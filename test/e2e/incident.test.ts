import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { git } from '../ledger/fixtures.ts';
import { openWorkshop, type Workshop } from '../once/workshop.ts';
import { startIssuesApi } from '../targets/github-issues.ts';
import { startServer } from '../targets/server.ts';
import { runAction } from './run-dist.ts';

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
});
afterEach(() => shop[Symbol.dispose]());

const incident = (...flags: string[]) => shop.run(['incident', '--runner', 'digest', ...flags]);
const entries = () => shop.entries().filter(({ kind }) => String(kind).startsWith('incident-'));

/** The folder is a repository with one commit: its id. */
function commit(): string {
  git(['init', '--quiet', shop.path]);
  const author = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
  git(['-C', shop.path, ...author, 'commit', '--quiet', '--allow-empty', '-m', 'mend it']);
  return git(['-C', shop.path, 'rev-parse', 'HEAD']);
}

describe('incident', () => {
  it('goes from its symptom to its end, and a repeat of each step writes nothing', async () => {
    const id = commit();
    const steps = [
      ['--title', 'no mail', '--trace', 'run 7'],
      ['--cause', 'a full disk', '--fix', id.slice(0, 10)],
      ['--state', 'recovered'],
    ];
    for (const [index, step] of steps.entries()) {
      const state = ['open', 'fixed', 'recovered'][index];
      expect(await incident(...step)).toMatchObject({ code: 0, result: { incident: 'inc-1', state } });
      expect(await incident(...step)).toMatchObject({ code: 0, proof: { outcome: 'skipped' } });
    }
    expect(entries().map(({ kind, fix }) => [kind, fix])).toEqual([
      ['incident-opened', undefined],
      ['incident-fixed', id],
      ['incident-recovered', id],
    ]);
  });

  it('is not closed without a link', async () => {
    await incident('--title', 'no mail');
    for (const state of ['fixed', 'recovered'])
      expect(await incident('--state', state)).toMatchObject({ code: 4, proof: { outcome: 'refused' } });
    expect(entries()).toHaveLength(1);
  });

  it('takes no commit that does not exist, and none that a shallow clone may lack', async () => {
    commit();
    await incident('--title', 'no mail');
    expect((await incident('--fix', 'f'.repeat(40))).code).toBe(1);
    const clone = join(shop.path, 'clone');
    git([
      '-C',
      shop.path,
      '-c',
      'user.name=x',
      '-c',
      'user.email=x@y.z',
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      'x',
    ]);
    git(['clone', '--quiet', '--depth=1', `file://${shop.path}`, clone]);
    const shallow = await shop.run(['incident', '--runner', 'digest', '--fix', 'f'.repeat(40)], {
      cwd: clone,
    });
    expect(shallow.code).toBe(3);
    expect(entries()).toHaveLength(1);
  });

  it('looks whether a page is there', async () => {
    await incident('--title', 'no mail');
    await using forge = await startServer((request, response) => {
      response.statusCode = request.url === '/o/r/pull/12' ? 200 : request.url === '/o/r/pull/13' ? 404 : 500;
      response.end();
    });
    for (const page of ['/o/r/pull/13', '/o/r/pull/14'])
      expect((await incident('--fix', `${forge.url}${page}`)).code).toBe(3);
    expect(await incident('--fix', `${forge.url}/o/r/pull/12/files`)).toMatchObject({ code: 0 });
    expect(entries().at(-1)).toMatchObject({ kind: 'incident-fixed', fix: `${forge.url}/o/r/pull/12` });
    expect(forge.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    const { url } = forge;
    await forge[Symbol.asyncDispose]();
    expect((await incident('--fix', `${url}/o/r/pull/15`)).code).toBe(3);
  });

  it('asks the run’s own server about pull requests and runs, with the token', async () => {
    await using api = await startIssuesApi('octo-org/octo-repo', ['/pulls/12', '/actions/runs/9']);
    const asked = async (fix: string, token = 'ghs_canarycanary') => {
      await using run = await runAction(
        { mode: 'incident', runner: 'digest', title: 'no mail', state: 'fixed', fix, store: shop.store },
        { cwd: shop.path, env: { GITHUB_API_URL: api.url }, token },
      );
      return run.code;
    };
    await incident('--title', 'no mail');
    expect(await asked('#13')).toBe(1);
    expect(await asked('#12')).toBe(0);
    expect(await asked('https://github.com/octo-org/octo-repo/actions/runs/9')).toBe(0);
    expect(entries().at(-1)).toMatchObject({ fix: 'https://github.com/octo-org/octo-repo/actions/runs/9' });
    api.broken = 500;
    expect(await asked('#12')).toBe(3);
    expect(JSON.stringify(entries())).not.toContain('canary');
  });

  it.each([['restarted it'], ['--upload-pack=touch pwned'], ['http://example.com/o/r/pull/1']])(
    'takes no %s for a fix',
    async (fix) => {
      await incident('--title', 'no mail');
      expect((await incident(`--fix=${fix}`)).code).toBe(2);
    },
  );

  it('takes no runner whose records could have no folder', async () => {
    expect(await shop.run(['incident', '--runner', 'a.json', '--title', 'no mail'])).toMatchObject({
      code: 2,
    });
  });

  it('takes one printable line', async () => {
    for (const title of ['a\nb', '\u001b[31mred', 'x'.repeat(501)])
      expect((await incident('--title', title)).code).toBe(2);
    expect((await incident()).code).toBe(4);
  });
});
