import { createHash } from 'node:crypto';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type StampRequest, stampDir } from '../../src/live/stamp-dir.ts';
import { stampManifestSchema } from '../../src/live/stamp-manifest.ts';
import { type Folder, openFolder, stagedPath } from '../../src/ports/fs.ts';

const A = 'build-1-aaa';
const B = 'build-2-bbb';
const META = (id: string) => `<meta name="x-build-id" content="${id}">`;
const PAGE = '<!doctype html>\r\n<html><head><title>x</title></head></html>\r\n';
const STAMPED = (id: string) => PAGE.replace('<head>', `<head>${META(id)}`);

let root: string;
let dir: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'stamp-')));
  dir = join(root, 'dist');
  await mkdir(dir);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const put = async (files: Record<string, string | Uint8Array>) => {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }
};
const tree = async (): Promise<Record<string, string>> => {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = async (path: string) => [path.slice(dir.length + 1), await readFile(path, 'latin1')] as const;
  return Object.fromEntries(await Promise.all(paths.toSorted().map(read)));
};
const request = (over: Partial<StampRequest> = {}): StampRequest => ({
  dir,
  html: '**/*.html',
  meta: 'x-build-id',
  file: 'build-id.txt',
  buildId: A,
  ...over,
});
const refusal = async (over: Partial<StampRequest>, code: string) => {
  const before = await tree();
  const error: unknown = await stampDir(request(over)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code, outcome: 'invalid' });
  expect(await tree()).toEqual(before);
  return String(error);
};

test('stamps the pages of a build and writes the id file', async () => {
  await put({
    'index.html': PAGE,
    'a/b/INDEX.HTML': PAGE,
    '.well-known/x.html': PAGE,
    'main.js': 'let a = 1',
  });
  const result = await stampDir(request());
  expect(await tree()).toEqual({
    'index.html': STAMPED(A),
    'a/b/INDEX.HTML': STAMPED(A),
    '.well-known/x.html': STAMPED(A),
    'main.js': 'let a = 1',
    'build-id.txt': `${A}\n`,
  });
  const sha256 = createHash('sha256').update(STAMPED(A)).digest('hex');
  expect(result).toMatchObject({ dir, buildId: A, replacements: 0, staleCopies: [], notSearched: [] });
  expect(result.files).toEqual([
    { path: '.well-known/x.html', kind: 'page', changed: true, sha256, bytes: STAMPED(A).length },
    { path: 'a/b/INDEX.HTML', kind: 'page', changed: true, sha256, bytes: STAMPED(A).length },
    { path: 'index.html', kind: 'page', changed: true, sha256, bytes: STAMPED(A).length },
    expect.objectContaining({ path: 'build-id.txt', kind: 'build-id', changed: true }),
  ]);
});

test('stamping again with the same id touches nothing; with another id, the id', async () => {
  await put({ 'index.html': PAGE, 'main.js': 'const id = "__BUILD_ID__"' });
  const full = { placeholder: '__BUILD_ID__', manifest: 'build.json' };
  await stampDir(request(full));
  const before = await tree();
  const times = await Promise.all(Object.keys(before).map(async (path) => (await stat(join(dir, path))).ino));
  const again = await stampDir(request(full));
  expect(again.files.map(({ changed }) => changed)).toEqual([false, false, false]);
  expect(
    await Promise.all(Object.keys(before).map(async (path) => (await stat(join(dir, path))).ino)),
  ).toEqual(times);

  await stampDir(request({ buildId: B }));
  expect(await tree()).toMatchObject({ 'index.html': STAMPED(B), 'build-id.txt': `${B}\n` });
});

test('only the glob decides what is a page', async () => {
  await put({ 'a/index.html': PAGE, 'b/index.html': PAGE });
  await stampDir(request({ html: './a/*.{html,htm}' }));
  expect(await tree()).toMatchObject({ 'a/index.html': STAMPED(A), 'b/index.html': PAGE });
});

test('keeps the mode of a file', async () => {
  await put({ 'index.html': PAGE });
  await chmod(join(dir, 'index.html'), 0o640);
  await stampDir(request());
  expect((await stat(join(dir, 'index.html'))).mode & 0o777).toBe(0o640);
});

test('names the compressed copies that have become stale', async () => {
  await put({ 'index.html': PAGE, 'index.html.br': 'x', 'index.html.gz': 'x', 'main.js.br': 'x' });
  expect((await stampDir(request())).staleCopies).toEqual(['index.html.br', 'index.html.gz']);
});

test('makes the folders of the id file and of the manifest', async () => {
  await put({ 'index.html': PAGE });
  await stampDir(request({ file: 'a/b/id.txt', manifest: './c/../m/build.json' }));
  expect(Object.keys(await tree()).toSorted()).toEqual(['a/b/id.txt', 'index.html', 'm/build.json']);
});

describe('the manifest', () => {
  test('lists every file of the build but itself, the same each time', async () => {
    await put({ 'index.html': PAGE, 'z.bin': Buffer.from([0, 1, 2]), 'Z.txt': 'x', 'build.json': 'old' });
    await stampDir(request({ manifest: 'build.json' }));
    const first = await readFile(join(dir, 'build.json'), 'utf8');
    const manifest = stampManifestSchema.parse(JSON.parse(first));
    expect(manifest).toMatchObject({ schemaVersion: 1, buildId: A });
    expect(manifest.files.map(({ path }) => path)).toEqual(['Z.txt', 'build-id.txt', 'index.html', 'z.bin']);
    for (const { path, sha256, bytes } of manifest.files) {
      const content = await readFile(join(dir, path));
      expect({ sha256, bytes }).toEqual({
        sha256: createHash('sha256').update(content).digest('hex'),
        bytes: content.length,
      });
    }
    await stampDir(request({ manifest: 'build.json' }));
    expect(await readFile(join(dir, 'build.json'), 'utf8')).toBe(first);
  });
});

describe('the placeholder', () => {
  const placeholder = '__BUILD_ID__';

  test('is replaced everywhere in text files, and only there', async () => {
    const binary = `\0${placeholder}`;
    await put({
      'index.html': `<head><script>"${placeholder}"</script>`,
      'main.js': `a="${placeholder}",b="${placeholder}",c="é"`,
      'image.bin': binary,
      'none.txt': 'x',
    });
    const result = await stampDir(request({ placeholder }));
    expect(result.replacements).toBe(3);
    expect(result.files.map(({ path }) => path)).toEqual(['index.html', 'main.js', 'build-id.txt']);
    expect(await tree()).toMatchObject({
      'index.html': `<head>${META(A)}<script>"${A}"</script>`,
      'main.js': Buffer.from(`a="${A}",b="${A}",c="é"`).toString('latin1'),
      'image.bin': binary,
      'none.txt': 'x',
    });
  });

  test('may be all that is stamped, and need not be ASCII', async () => {
    await put({ 'server.js': '«id»' });
    expect((await stampDir(request({ placeholder: '«id»' }))).replacements).toBe(1);
    expect(await tree()).toEqual({ 'server.js': A, 'build-id.txt': `${A}\n` });
  });

  test('is not sought in files of more than 20 MB, which are named', async () => {
    await put({ 'index.html': `<head>${placeholder}`, 'big.map': ' '.repeat(20 * 1024 * 1024 + 1) });
    expect((await stampDir(request({ placeholder }))).notSearched).toEqual(['big.map']);
  });

  test('that stands nowhere is an error', async () => {
    await put({ 'index.html': PAGE });
    expect(await refusal({ placeholder }, 'stamp-placeholder')).toContain(
      `in no text file of ${dir}: build again`,
    );
  });

  test('that stands nowhere since another id was stamped is an error that names it', async () => {
    await put({ 'index.html': PAGE, 'main.js': placeholder });
    await stampDir(request({ placeholder }));
    expect(await refusal({ placeholder, buildId: B }, 'stamp-placeholder')).toContain(
      `stamped with ${A} already`,
    );
  });

  test.each([
    ['', 'leave it out'],
    ['BUILD', 'choose a distinctive one'],
    ['x-build-id', 'choose a distinctive one'],
  ])('%j is refused', async (bad, advice) => {
    await put({ 'index.html': `${PAGE}${bad}` });
    expect(await refusal({ placeholder: bad, buildId: 'BUILD-1' }, 'stamp-placeholder')).toContain(advice);
  });
});

describe('nothing is written when', () => {
  test('there is no such folder', async () => {
    const missing = join(root, 'missing');
    await expect(stampDir(request({ dir: missing }))).rejects.toMatchObject({
      code: 'folder-unreadable',
      outcome: 'invalid',
      message: expect.stringContaining(`${missing} is not there`),
    });
  });

  test('the folder is a file', async () => {
    await put({ 'index.html': PAGE });
    await expect(stampDir(request({ dir: join(dir, 'index.html') }))).rejects.toThrow('is not a folder');
  });

  test.skipIf(process.geteuid?.() === 0)('a folder in it may not be read', async () => {
    await put({ 'index.html': PAGE, 'secret/index.html': PAGE });
    await chmod(join(dir, 'secret'), 0);
    await expect(stampDir(request())).rejects.toThrow(`${join(dir, 'secret')} may not be read`);
    await chmod(join(dir, 'secret'), 0o755);
  });

  test('no file matches: it says where it looked, for what, among how many', async () => {
    await put({ 'a.htm': PAGE, 'b.txt': '' });
    const message = await refusal({}, 'stamp-nothing');
    for (const part of [dir, '"**/*.html"', '2 files']) expect(message).toContain(part);
  });

  test('one page is not understood: it says which', async () => {
    await put({ 'a.html': PAGE, 'b.html': Buffer.from('\ufeff<head>', 'utf16le') });
    expect(await refusal({}, 'stamp-encoding')).toContain('b.html: the page is encoded in UTF-16');
  });

  test.each([
    ['/etc/build-id.txt', 'path-outside'],
    ['../build-id.txt', 'path-outside'],
    ['a/../../build-id.txt', 'path-outside'],
    ['.', 'path-outside'],
    ['a\0b', 'path-outside'],
    ['folder', 'path-taken'],
    ['new.html', 'stamp-path'],
    ['taken.txt', 'stamp-path'],
    ['TAKEN.txt', 'stamp-path'],
  ])('the file or the manifest would go to %j', async (path, code) => {
    await put({ 'index.html': PAGE, 'folder/x': '' });
    await refusal({ file: path, manifest: 'taken.txt' }, code);
    await refusal({ file: 'taken.txt', manifest: path }, code);
    expect(await readdir(root)).toEqual(['dist']);
  });

  test.each(['build id', '', '../x'])('the build id is %j', async (buildId) => {
    await put({ 'index.html': PAGE });
    await refusal({ buildId }, 'build-id');
  });

  test('the meta name would need escaping', async () => {
    await put({ 'index.html': PAGE });
    await refusal({ meta: 'x"><script>' }, 'meta-name');
  });
});

describe('symbolic links', () => {
  test.each([
    ['a file outside', '../outside/page.html'],
    ['a folder outside', '../outside'],
    ['nothing', 'nowhere'],
    ['itself', 'link.html'],
  ])('to %s stop it, and are named', async (_, target) => {
    await put({ 'index.html': PAGE, '../outside/page.html': PAGE });
    await symlink(target, join(dir, 'link.html'));
    expect(await refusal({}, 'folder-link')).toContain(join(dir, 'link.html'));
    expect(await readFile(join(root, 'outside/page.html'), 'utf8')).toBe(PAGE);
  });

  test('inside are followed to the file, which stays where it is', async () => {
    await put({ 'pages/index.tmpl': PAGE, 'pages/deep/x.txt': '' });
    await symlink('pages/index.tmpl', join(dir, 'index.html'));
    await symlink('..', join(dir, 'pages/up'));
    const result = await stampDir(request());
    expect(result.files.map(({ path }) => path)).toEqual(['pages/index.tmpl', 'build-id.txt']);
    expect(await readFile(join(dir, 'index.html'), 'utf8')).toBe(STAMPED(A));
  });

  test('to the folder itself are fine', async () => {
    await put({ 'index.html': PAGE });
    await symlink('dist', join(root, 'current'));
    expect((await stampDir(request({ dir: join(root, 'current') }))).dir).toBe(dir);
  });
});

describe('when the process dies', () => {
  const placeholder = '__BUILD_ID__';
  const full = { placeholder, manifest: 'build.json' };
  const build = () =>
    put({ 'index.html': PAGE, 'a/x.html': PAGE, 'main.js': placeholder, 'b/y.js': `"${placeholder}"` });

  /** A folder in which nothing happens any more after some writes. */
  const dyingAfter = (writes: number) => async (path: string) => {
    const folder = await openFolder(path);
    let left = writes;
    const live = async (act: () => Promise<void>) => {
      left -= 1;
      if (left < 0) throw new Error('dead');
      await act();
    };
    return {
      ...folder,
      stage: (name, bytes) => live(() => folder.stage(name, bytes)),
      commit: (name) => live(() => folder.commit(name)),
      remove: (name) => live(() => folder.remove(name)),
    } satisfies Folder;
  };
  const WRITES = 12;
  const deaths = Array.from({ length: WRITES }, (_, writes) => writes);

  const wanted = async (buildId: string) => {
    await rm(dir, { recursive: true });
    await mkdir(dir);
    await build();
    await stampDir(request({ ...full, buildId }), dyingAfter(WRITES));
    return tree();
  };
  const dead = async (writes: number) => {
    await rm(dir, { recursive: true });
    await mkdir(dir);
    await build();
    await expect(stampDir(request(full), dyingAfter(writes))).rejects.toMatchObject({ code: 'stamp-write' });
  };

  test.each(deaths)(
    'after %i writes, every file is whole, old or new, and the same call converges',
    async (writes) => {
      const after = await wanted(A);
      await dead(writes);
      for (const [path, content] of Object.entries(await tree())) {
        if (path === 'index.html') expect([PAGE, STAMPED(A)]).toContain(content);
      }
      await stampDir(request(full));
      expect(await tree()).toEqual(after);
    },
  );

  test.each(deaths)('after %i writes, and again in the repair, the same call converges', async (writes) => {
    const after = await wanted(A);
    for (const again of deaths) {
      await dead(writes);
      await stampDir(request(full), dyingAfter(again)).catch(() => {});
      await stampDir(request(full));
      expect(await tree()).toEqual(after);
    }
  });

  test.each(deaths)('after %i writes, another id is stamped wholly or refused', async (writes) => {
    const after = await wanted(B);
    await dead(writes);
    const error: unknown = await stampDir(request({ ...full, buildId: B })).catch(
      (thrown: unknown) => thrown,
    );
    if (error instanceof Error) {
      expect(error).toMatchObject({ code: 'stamp-interrupted', message: expect.stringContaining(A) });
      await stampDir(request(full));
    } else {
      expect(await tree()).toEqual(after);
    }
  });

  test('what it left is removed by the next run, also where nothing is left to do', async () => {
    await put({ 'index.html': PAGE });
    await stampDir(request());
    const before = await tree();
    await put({ [stagedPath('index.html')]: 'torn', [stagedPath('a/gone.html')]: 'torn' });
    await symlink('/etc/passwd', join(dir, stagedPath('build-id.txt')));
    await stampDir(request());
    expect(await tree()).toEqual(before);
    expect((await readdir(dir)).toSorted()).toEqual(['a', 'build-id.txt', 'index.html']);
  });
});

test('a folder that cannot be written fails before any file changed', async () => {
  await put({ 'index.html': PAGE, 'a/x.html': PAGE, id: 'a file, not a folder' });
  const before = await tree();
  const failing = async (path: string) => {
    const folder = await openFolder(path);
    const stage = (name: string, bytes: Uint8Array) =>
      name === 'build-id.txt' ? Promise.reject(new Error('ENOSPC')) : folder.stage(name, bytes);
    return { ...folder, stage };
  };
  await expect(stampDir(request(), failing)).rejects.toMatchObject({
    code: 'stamp-write',
    outcome: 'failed',
    message: expect.stringMatching(/ENOSPC.*no file was changed.*same build id/),
  });
  expect(await tree()).toEqual(before);
});
