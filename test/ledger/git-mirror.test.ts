import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HistoryMirror } from '../../src/ledger/git-mirror.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { createHttp } from '../../src/ports/http.ts';
import { runnerCache } from '../../src/ports/runner-cache.ts';
import { type GitHttp, serveGit } from '../targets/git-http.ts';
import { type GitHub, serveGitHub } from '../targets/github.ts';
import { append, bareRepository, git, numbersIn, openAt, temporaryFolder } from './fixtures.ts';

let root: ReturnType<typeof temporaryFolder>;
let server: GitHttp;
let count = 0;
/** A store with five transactions, and the bundle that a reader of it kept. */
let made: { readonly bundle: Buffer };
beforeAll(async () => {
  root = temporaryFolder();
  server = await serveGit(root.path);
  bareRepository(join(root.path, 'made.git'));
  await using ledger = await openMirrored('made.git');
  for (const n of [1, 2, 3, 4, 5]) await append(ledger, n);
  const mirror = memory();
  await using reader = await openMirrored('made.git', mirror);
  await numbersIn(reader);
  made = { bundle: Buffer.from(mirror.kept[0] ?? []) };
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  root[Symbol.dispose]();
});

interface Memory extends HistoryMirror {
  readonly kept: Uint8Array[];
  asked: number;
}

function memory(bundle?: Uint8Array, every = 1): Memory {
  const mirror: Memory = {
    from: 1,
    every,
    kept: [],
    asked: 0,
    restore: async () => {
      mirror.asked += 1;
      return bundle;
    },
    keep: async (bytes) => void mirror.kept.push(bytes),
  };
  return mirror;
}

/** A reader without any clone of its own. */
function openMirrored(repository: string, mirror?: HistoryMirror) {
  count += 1;
  const store = `git+${server.origin}/${repository}`;
  return openAt(store, join(root.path, `cache-${count}`), { mirror });
}

const REF = 'refs/ship-proof/default';
const inStore = (name: string, ...args: string[]) => git(['-C', join(root.path, name), ...args]);
const ALL = [1, 2, 3, 4, 5];

describe('the mirror of a history', () => {
  it('is kept by who reads it cold, and holds commits alone', () => {
    const header = made.bundle.toString('latin1', 0, 200);
    expect(header).toMatch(/^# v3 git bundle\n/);
    expect(header).toContain('@filter=tree:0');
    expect(header).toContain(`${inStore('made.git', 'rev-parse', REF)} ${REF}`);
  });

  it('spares the fetch of what it has, and is kept anew when much has come', async () => {
    cpSync(join(root.path, 'made.git'), join(root.path, 'grown.git'), { recursive: true });
    await using writer = await openMirrored('grown.git');
    for (const n of [6, 7]) await append(writer, n);
    const posted = () => server.seen.filter(({ method }) => method === 'POST').length;
    for (const [every, kept] of [
      [10, 0],
      [2, 1],
    ] as const) {
      const mirror = memory(made.bundle, every);
      await using reader = await openMirrored('grown.git', mirror);
      const before = posted();
      expect(await numbersIn(reader)).toEqual([...ALL, 6, 7]);
      expect(posted()).toBeGreaterThan(before);
      expect([mirror.asked, mirror.kept.length]).toEqual([1, kept]);
    }
  });

  it.each<[string, () => Uint8Array]>([
    ['no bundle', () => Buffer.from('no bundle at all')],
    ['empty', () => Buffer.alloc(0)],
    ['cut off', () => made.bundle.subarray(0, made.bundle.length - 40)],
    ['changed in a byte', () => changed(made.bundle)],
    [
      'of another ref',
      () => Buffer.from(made.bundle.toString('latin1').replace(REF, 'refs/heads/main-line-x'), 'latin1'),
    ],
    ['of another ledger', () => bundleOf('other.git')],
    ['with a hole in it', () => withHole()],
    ['of a later state than the remote’s', () => bundleOf('ahead.git')],
  ])('costs time only when it is %s', async (_, bundle) => {
    const mirror = memory(bundle());
    await using reader = await openMirrored('made.git', mirror);
    expect(await numbersIn(reader)).toEqual(ALL);
    expect(mirror.asked).toBe(1);
  });

  it('is not asked for a short history', async () => {
    const mirror = { ...memory(made.bundle), from: 6, restore: () => Promise.reject(new Error('asked')) };
    await using reader = await openMirrored('made.git', mirror);
    expect(await numbersIn(reader)).toEqual(ALL);
  });
});

const changed = (bundle: Buffer): Buffer => {
  const copy = Buffer.from(bundle);
  const at = copy.length - 60;
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

/** A bundle of a repository that is made from the store and something else. */
function bundleOf(name: 'other.git' | 'ahead.git'): Buffer {
  const path = join(root.path, name);
  rmSync(path, { recursive: true, force: true });
  if (name === 'ahead.git') cpSync(join(root.path, 'made.git'), path, { recursive: true });
  else bareRepository(path);
  const parent = name === 'ahead.git' ? ['-p', REF] : [];
  const tree = git(['-C', path, 'hash-object', '-t', 'tree', '-w', '--stdin'], { input: '' });
  const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
  const oid = git([
    '-C',
    path,
    ...who,
    'commit-tree',
    '-m',
    'forged\n\n{"kind":"thing","n":9}',
    ...parent,
    tree,
  ]);
  git(['-C', path, 'update-ref', REF, oid]);
  git(['-C', path, 'bundle', 'create', '--quiet', join(path, 'b'), '--filter=tree:0', REF]);
  return readFileSync(join(path, 'b'));
}

/** The newest commit alone, as if all before it were there. */
function withHole(): Buffer {
  const head = inStore('made.git', 'rev-parse', REF);
  const list = join(root.path, 'list');
  writeFileSync(list, `${head}\n`);
  const base = join(root.path, 'hole');
  const name = git(['-C', join(root.path, 'made.git'), 'pack-objects', '--quiet', base], {
    input: `${head}\n`,
  });
  const header = `# v3 git bundle\n@object-format=sha1\n@filter=tree:0\n${head} ${REF}\n\n`;
  return Buffer.concat([Buffer.from(header), readFileSync(`${base}-${name}.pack`)]);
}

describe('the runner’s cache', () => {
  let hub: GitHub;
  beforeEach(async () => {
    hub = await serveGitHub();
  });
  afterEach(() => hub[Symbol.asyncDispose]());
  const open = (more: Readonly<Record<string, string>> = {}) =>
    runnerCache(
      { ...hub.environment(), ...more },
      { http: createHttp(), clock: systemClock, userAgent: 'test' },
    );

  it('gives back the newest entry of a prefix, and keeps each key once', async () => {
    const cache = open();
    expect(await cache?.restore('a-')).toBeUndefined();
    expect(await cache?.save('a-1', Buffer.from('one'))).toBe(true);
    expect(await cache?.save('a-2', Buffer.from('two'))).toBe(true);
    expect(await cache?.save('a-2', Buffer.from('three'))).toBe(false);
    expect(Buffer.from((await cache?.restore('a-')) ?? []).toString()).toBe('two');
    expect(await cache?.restore('b-')).toBeUndefined();
  });

  it('is not there outside of the runner', () => {
    expect(open({ ACTIONS_RUNTIME_TOKEN: '' })).toBeUndefined();
    expect(open({ ACTIONS_CACHE_SERVICE_V2: '' })).toBeUndefined();
  });

  it.each([
    ['may only be read', 'CreateCacheEntry', { status: 403 }],
    ['loses the upload', 'blob', { status: 500 }],
    ['does not finish', 'FinalizeCacheEntryUpload', { status: 500 }],
  ])('has nothing, and throws nothing, when it %s', async (_, method, fault) => {
    hub.results.fault = (asked) => (asked === method ? fault : undefined);
    const cache = open();
    expect(await cache?.save('a-1', Buffer.from('one'))).toBe(false);
    expect(await cache?.restore('a-')).toBeUndefined();
  });
});
