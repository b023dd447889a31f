import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Event, push, workflowDispatch } from '../actions-runner/events.ts';
import { type RunOptions, runWorkflow } from '../actions-runner/run-workflow.ts';
import { type Shelf, startShelf } from '../targets/platform-command-gh.ts';
import { makePlace, type Place } from './deploy-place.ts';

let place: Place;
let shelf: Shelf;
beforeEach(async () => {
  place = await makePlace(FILES('1.2.3'));
  shelf = startShelf();
});
afterEach(async () => {
  shelf[Symbol.dispose]();
  await place[Symbol.asyncDispose]();
});

const FILES = (version: string) => ({
  'package.json': JSON.stringify({ name: 'ship-proof', version }),
  'action.yml': 'runs: { using: node24, main: dist/index.js }\n',
  LICENSE: 'MIT\n',
  'dist/index.js': '// built\n',
  'dist/licenses.txt': 'zod\nMIT\n',
});

const git = (...args: string[]): string => place.repository.git(...args);
/** A tag is pushed. */
function tag(name: string, commit = 'main'): Event {
  git('tag', '--force', name, commit);
  const sha = git('rev-parse', `${name}^{commit}`);
  return { ...push(place.repository), ref: `refs/tags/${name}`, sha };
}
const attested: string[] = [];
const release = (event: Event, options: Partial<RunOptions> = {}) =>
  runWorkflow({
    services: place.services,
    workflow: 'release.yml',
    event,
    commands: [shelf.bin],
    actions: {
      'actions/attest': async ({ inputs }) => {
        attested.push(inputs['sbom-path'] ?? inputs['subject-path'] ?? '');
      },
    },
    ...options,
  });

describe.skipIf(process.platform === 'win32')('release.yml', { timeout: 240_000 }, () => {
  it('makes an immutable release of a tag, moves the major version, and does nothing twice', async () => {
    attested.length = 0;
    const event = tag('v1.2.3');
    const ran = await release(event);
    expect(ran.result, ran.logs).toBe('success');
    const assets = ['SHA256SUMS', 'sbom.cdx.json', 'ship-proof-1.2.3.tar.gz', 'third-party-notices.txt'];
    expect(shelf.release('v1.2.3')).toEqual({ state: 'published', assets });
    expect(attested).toEqual(['release/*', 'release/sbom.cdx.json']);
    expect(git('rev-parse', 'v1')).toBe(event.sha);
    expect(shelf.npm()).toEqual([
      'ci --no-audit --no-fund',
      'audit signatures',
      'run check-dist',
      'sbom --sbom-format=cyclonedx --package-lock-only',
    ]);
    const again = await release(event, { runId: ran.id, attempt: 2 });
    expect(again.result, again.logs).toBe('success');
    expect(attested).toHaveLength(2);
    expect(shelf.gh().filter((line) => line.startsWith('release create'))).toHaveLength(1);
  });

  it('a dry run checks and builds all of it, and releases nothing', async () => {
    tag('v1.2.3');
    const event = workflowDispatch(place.repository, { tag: 'v1.2.3', 'dry-run': true });
    const ran = await release(event);
    expect(ran.result, ran.logs).toBe('success');
    expect(ran.jobs.release?.result).toBe('skipped');
    expect(readdirSync(place.services.artifacts.get(`${ran.id}/release-1`) ?? '')).toHaveLength(4);
    expect(shelf.gh()).toEqual([]);
    expect(git('tag', '--list')).toBe('v1.2.3');
  });

  it('goes on with a draft that an interrupted run left', async () => {
    const event = tag('v1.2.3');
    shelf.failNext('edit');
    expect((await release(event)).result).toBe('failure');
    expect(shelf.release('v1.2.3')).toMatchObject({ state: 'draft' });
    expect(git('tag', '--list', 'v1')).toBe('');
    const ran = await release(event);
    expect(ran.result, ran.logs).toBe('success');
    expect(shelf.release('v1.2.3')).toMatchObject({ state: 'published' });
    expect(git('rev-parse', 'v1')).toBe(event.sha);
  });

  it('leaves the major version at what is newer', async () => {
    const newer = place.repository.commit(FILES('1.3.0'));
    git('tag', 'v1.10.0', newer);
    git('tag', 'v1', newer);
    const ran = await release(tag('v1.2.3', 'main~1'));
    expect(ran.result, ran.logs).toBe('success');
    expect(git('rev-parse', 'v1')).toBe(newer);
  });

  it.each([
    ['a tag that is not the version', 'v1.2.4', () => 'main', /package.json says 1.2.3/],
    [
      'a tag that is not on the main branch',
      'v1.2.3',
      () => place.repository.commit({ a: 'x' }, 'side'),
      /not on main/,
    ],
  ])('releases nothing for %s', async (_, name, commit, says) => {
    const ran = await release(tag(name, commit()));
    expect(ran.result).toBe('failure');
    expect(ran.logs).toMatch(says);
    expect(shelf.gh()).toEqual([]);
  });

  it('releases nothing where dist is not what the sources build', async () => {
    shelf.failNext('check-dist');
    const ran = await release(tag('v1.2.3'));
    expect(ran.result).toBe('failure');
    expect(shelf.gh()).toEqual([]);
  });
});
