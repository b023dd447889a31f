import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { baselineSchema } from '../../src/live/baseline.ts';
import { origin } from '../targets/origin.ts';
import { closedPort } from '../targets/ports.ts';
import { FRONTS, type Front, type Inputs, NEW, OLD, prove, verifyLive } from './prove.ts';

const PAGE = '<!doctype html>\n<html>\n<head>\n<title>x</title>\n</head>\n<body>x</body>\n</html>\n';

interface Build extends AsyncDisposable {
  readonly dir: string;
  text(path: string): Promise<string>;
  files(): Promise<string[]>;
}

/** A finished build in a folder of its own. */
async function build(
  files: Readonly<Record<string, string>> = { 'index.html': PAGE, 'sub/page.html': PAGE, 'app.js': 'x' },
): Promise<Build> {
  const dir = await mkdtemp(join(tmpdir(), 'ship-proof-build-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(dir, path, '..'), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return {
    dir,
    text: (path) => readFile(join(dir, path), 'utf8'),
    files: async () =>
      (await readdir(dir, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
        .sort(),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

const stamp = (front: Front, { dir }: Build, inputs: Inputs = {}) =>
  prove(front, 'stamp', { dir, ...inputs });

describe.each(FRONTS)('stamp (%s)', (front) => {
  it.concurrent('writes the id into every page and build-id.txt, and changes nothing the second time', async () => {
    await using site = await build();
    const first = await stamp(front, site, { 'build-id': NEW });
    expect(first.code).toBe(0);
    expect(first.outputs['build-id']).toBe(NEW);
    expect((first.outputs.files ?? '').split('\n').sort()).toEqual([
      'build-id.txt',
      'index.html',
      'sub/page.html',
    ]);
    const meta = `<meta name="x-build-id" content="${NEW}">`;
    for (const page of ['index.html', 'sub/page.html']) {
      expect((await site.text(page)).replace(new RegExp(`\\s*${meta}`), '').replaceAll(/\s/g, '')).toBe(
        PAGE.replaceAll(/\s/g, ''),
      );
      expect(await site.text(page)).toContain(meta);
    }
    expect((await site.text('build-id.txt')).trim()).toBe(NEW);
    const before = await Promise.all((await site.files()).map(site.text));
    const second = await stamp(front, site, { 'build-id': NEW });
    expect(second.proof?.checks[0]?.observed).toContain('0 of them changed');
    expect(await Promise.all((await site.files()).map(site.text))).toEqual(before);
  });

  it.concurrent('makes an id of its own where none is given', async () => {
    await using site = await build();
    const run = await stamp(front, site);
    expect(run.outputs['build-id']).toMatch(/^build-\d{10}-(nogit|[0-9a-f]{7,40})$/);
    expect((await site.text('build-id.txt')).trim()).toBe(run.outputs['build-id']);
  });

  it.concurrent.each([
    ['a folder that is not there', { dir: 'no-such-folder' }, 'no-such-folder'],
    ['a glob that finds nothing', { html: '**/*.htm' }, '*.htm'],
    ['an id that no stamp writes', { 'build-id': 'a"b' }, 'build-id'],
    ['a file outside of the folder', { file: '../x.txt' }, '../x.txt'],
    ['an input that there is not', { fold: 'x' }, 'fold'],
  ])('refuses %s, says so, and writes nothing', async (_, inputs, says) => {
    await using site = await build();
    const run = await stamp(front, site, inputs);
    expect(run.code).toBe(2);
    expect(run.stdout).toContain(says);
    expect(await site.files()).toEqual(['app.js', 'index.html', 'sub/page.html']);
    expect(await site.text('index.html')).toBe(PAGE);
  });

  it.concurrent('hands the baseline on, in which the deploy is then seen', async () => {
    await using local = await build();
    await using served = await origin();
    const nobody = await closedPort();
    served.deploy(OLD);
    const urls = [`${served.url}/`, `${served.url}/build-id.txt`, `${nobody.url}/`];
    const stamped = await stamp(front, local, { 'build-id': NEW, url: urls.join('\n') });
    expect(stamped.code).toBe(0);
    const baseline = baselineSchema.parse(JSON.parse(stamped.outputs.baseline ?? ''));
    expect(baseline.urls).toMatchObject([
      { url: urls[0], status: 200, etag: expect.stringMatching(/^"\w+"$/), buildId: OLD },
      { url: urls[1], status: 200, buildId: OLD },
      { url: urls[2], status: null, etag: null, buildId: null },
    ]);
    served.deploy(NEW);
    const run = await verifyLive(front, `${served.url}/`, { baseline: stamped.outputs.baseline ?? '' });
    expect(run.code).toBe(0);
    expect(run.events.find(({ fields }) => fields.verdict)?.fields.etag).toBe('changed');
  });
});

describe('the baseline', () => {
  const taken = async (url: string) => {
    await using local = await build();
    return (await stamp('command line', local, { 'build-id': NEW, url })).outputs.baseline ?? '';
  };
  const evidence = (run: Awaited<ReturnType<typeof verifyLive>>) =>
    run.events.find(({ fields }) => fields.verdict)?.fields.etag;

  it.concurrent.each(FRONTS)(
    'decides nothing: a build under the ETag of the old one is live (%s)',
    async (front) => {
      await using served = await origin({ etag: 'size-mtime' });
      served.deploy(OLD);
      const baseline = await taken(served.url);
      served.deploy(NEW);
      const run = await verifyLive(front, served.url, { baseline });
      expect([run.code, run.outputs.verdict, evidence(run)]).toEqual([0, 'live', 'unchanged']);
    },
  );

  it.concurrent.each([
    ['size-mtime', 1, 'old-build'],
    ['none', 1, 'old-build'],
    ['content', 0, 'live'],
  ] as const)('decides where a change is required: ETags by %s', async (etag, code, verdict) => {
    await using served = await origin({ etag: 'content' });
    served.deploy(OLD);
    const given = JSON.parse(await taken(served.url));
    await using after = await origin({ etag });
    after.deploy(NEW);
    // The same place, as far as the baseline knows.
    const tag =
      etag === 'size-mtime'
        ? (await fetch(after.url, { headers: { 'accept-encoding': 'identity' } })).headers.get('etag')
        : undefined;
    const urls = [{ ...given.urls[0], url: `${after.url}/`, ...(tag === undefined ? {} : { etag: tag }) }];
    const baseline = JSON.stringify({ ...given, urls });
    const run = await verifyLive('command line', after.url, {
      baseline,
      'require-etag-change': 'true',
      'max-polls': '2',
    });
    expect([run.code, run.outputs.verdict]).toEqual([code, verdict]);
    if (code === 1) expect(run.proof?.checks[0]?.detail).toContain('require-etag-change');
  });

  it.concurrent('warns when the build was live before its deploy', async () => {
    await using served = await origin();
    served.deploy(NEW);
    const run = await verifyLive('command line', served.url, { baseline: await taken(served.url) });
    expect([run.code, evidence(run)]).toEqual([0, 'unchanged']);
    expect(run.proof?.checks.map(({ status }) => status)).toEqual(['pass', 'warn']);
  });

  it.concurrent('is read from a file too', async () => {
    await using served = await origin();
    served.deploy(NEW);
    await using folder = await build({ 'baseline.json': await taken(served.url) });
    const run = await verifyLive(
      'command line',
      served.url,
      { baseline: 'baseline.json' },
      { cwd: folder.dir },
    );
    expect([run.code, evidence(run)]).toEqual([0, 'unchanged']);
  });
});
