import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { findChrome } from '../../src/ports/chrome/find.ts';
import { chromeFlags, saysNoSandbox } from '../../src/ports/chrome/flags.ts';
import { ChromeError, createChromeClient, createMessages } from '../../src/ports/chrome/pipe.ts';
import { fromBrowser, toBrowser, writtenToBrowser } from '../../src/smoke/render/cookies.ts';
import { createNotes } from '../../src/smoke/render/notes.ts';
import { saveScreenshot, screenshotName } from '../../src/smoke/render/screenshot.ts';

describe('finding a browser', () => {
  const there =
    (...paths: string[]) =>
    (path: string) =>
      paths.includes(path);

  it('takes CHROME_PATH alone where it is set', () => {
    expect(
      findChrome({ CHROME_PATH: '/x/chrome', PATH: '/bin' }, 'linux', there('/x/chrome', '/bin/chromium')),
    ).toEqual({ path: '/x/chrome' });
    expect(findChrome({ CHROME_PATH: '/gone', PATH: '/bin' }, 'linux', there('/bin/chromium'))).toMatchObject(
      {
        missing: expect.stringContaining('CHROME_PATH'),
      },
    );
  });

  it.each([
    ['linux', { PATH: '/usr/local/bin:/usr/bin' }, '/usr/bin/chromium'],
    ['linux', { PATH: '' }, '/opt/google/chrome/chrome'],
    ['darwin', { HOME: '/Users/me' }, '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
    ['darwin', { HOME: '/Users/me' }, '/Users/me/Applications/Chromium.app/Contents/MacOS/Chromium'],
    [
      'win32',
      { PROGRAMFILES: 'C:\\Program Files' },
      'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    ],
    ['win32', { Path: 'C:\\tools;D:\\' }, 'C:\\tools\\chrome.exe'],
    ['win32', { 'PROGRAMFILES(X86)': 'C:\\x86' }, 'C:\\x86\\Microsoft\\Edge\\Application\\msedge.exe'],
  ] as const)('on %s, given %j, at %s', (platform, env, path) => {
    expect(findChrome(env, platform, there(path))).toEqual({ path });
  });

  it.each([
    ['linux', 'apt-get install chromium'],
    ['darwin', 'brew install'],
    ['win32', 'winget install'],
    ['freebsd', 'CHROME_PATH'],
  ] as const)('says on %s how to get one', (platform, how) => {
    expect(findChrome({ PATH: '/bin' }, platform, () => false)).toMatchObject({
      missing: expect.stringContaining(how),
    });
  });

  it('gives up its sandbox only when told to', () => {
    expect(chromeFlags('/p', true)).not.toContain('--no-sandbox');
    expect(chromeFlags('/p', false)).toContain('--no-sandbox');
    expect(saysNoSandbox('FATAL:zygote_host_impl_linux.cc(128)] No usable sandbox! Update your kernel')).toBe(
      true,
    );
    expect(saysNoSandbox('error while loading shared libraries: libnss3.so')).toBe(false);
  });
});

describe('the pipe', () => {
  it('cuts messages at NULs, wherever the chunks end', () => {
    const bytes = Buffer.from('{"a":"é"}\0{}\0\0{"b');
    for (let size = 1; size <= bytes.length; size += 1) {
      const messages = createMessages();
      const found: string[] = [];
      for (let at = 0; at < bytes.length; at += size) found.push(...messages(bytes.subarray(at, at + size)));
      expect(found).toEqual(['{"a":"é"}', '{}', '']);
    }
  });

  it('bounds a message without an end', () => {
    const messages = createMessages(10);
    messages(Buffer.from('123456789\0'));
    messages(Buffer.from('12345'));
    expect(() => messages(Buffer.from('678901'))).toThrow(ChromeError);
  });

  it('gives answers to whoever asked and events to their session, and tells all when it is over', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const client = createChromeClient(input, output);
    const loaded: unknown[] = [];
    client.session('S').on('Page.loadEventFired', (event) => void loaded.push(event));
    const version = client.send('Browser.getVersion', {});
    const navigated = client.session('S').send('Page.navigate', { url: 'http://x/' });
    const never = client.send('Page.enable', {});
    const asked = createMessages()(input.read() as Buffer).map((text) => JSON.parse(text));
    expect(asked[1]).toEqual({
      id: 2,
      method: 'Page.navigate',
      params: { url: 'http://x/' },
      sessionId: 'S',
    });
    output.write(
      '{"id":2,"error":{"message":"no"},"sessionId":"S"}\0{"id":1,"result":{"product":"Chrome/1"}}\0',
    );
    output.write(
      '{"method":"Page.loadEventFired","params":{"n":1},"sessionId":"S"}\0{"method":"Page.loadEventFired","params":{"n":2}}\0',
    );
    await expect(version).resolves.toEqual({ product: 'Chrome/1' });
    await expect(navigated).rejects.toMatchObject({ message: 'no', closed: false });
    expect(loaded).toEqual([{ n: 1 }]);
    output.destroy();
    await expect(never).rejects.toMatchObject({ closed: true });
    await expect(client.send('Page.enable', {})).rejects.toMatchObject({ closed: true });
  });
});

describe('what a page complained about', () => {
  it('is masked before it is cut, printable, bounded, told once', () => {
    const notes = createNotes((text) => text.replaceAll('s'.repeat(200), '***'));
    notes.console(`${'x'.repeat(200)}${'s'.repeat(200)}`);
    notes.console('##[error]::stop\u001b[31m\u202e');
    notes.console('##[error]::stop\u001b[31m\u202e');
    for (let number = 0; number < 30; number += 1)
      notes.failed(`https://u:p@cdn.test/a${number}.js?key=k#f`, 'status 404');
    notes.failed('data:text/html,secret', 'blocked');
    const { consoleErrors, failedRequests } = notes.observed() as Record<string, string[]>;
    expect(consoleErrors).toEqual([`${'x'.repeat(200)}***`, expect.not.stringContaining('##[')]);
    expect(consoleErrors?.[1]).toMatch(/^[\x20-\x7e]+$/);
    expect(failedRequests).toHaveLength(21);
    expect(failedRequests?.[0]).toBe('cdn.test/a0.js: status 404');
    expect(failedRequests?.[20]).toBe('and 11 more');
    expect(notes.hint().hint).toContain('cdn.test/a0.js');
  });

  it('is nothing where there was nothing', () => {
    const notes = createNotes((text) => text);
    expect(notes.observed()).toEqual({});
    expect(notes.hint()).toEqual({});
  });
});

describe('cookies between a flow and a browser', () => {
  const url = new URL('https://app.test:8443/a/b');
  const set = {
    name: 'sid',
    value: '1=2',
    secure: true,
    httpOnly: true,
    sameSite: 'lax',
    path: '/a',
    domain: undefined,
    removed: false,
  };

  it('go in as they were set, bound to their port', () => {
    expect(toBrowser([set, { ...set, domain: 'app.test', sameSite: undefined }], url)).toEqual([
      {
        name: 'sid',
        value: '1=2',
        url: url.origin,
        path: '/a',
        secure: true,
        httpOnly: true,
        sameSite: 'Lax',
        sourcePort: 8443,
        sourceScheme: 'Secure',
      },
      {
        name: 'sid',
        value: '1=2',
        url: url.origin,
        path: '/a',
        secure: true,
        httpOnly: true,
        domain: 'app.test',
        sourcePort: 8443,
        sourceScheme: 'Secure',
      },
    ]);
    expect(writtenToBrowser('a=b; c=d=e;', url).map(({ name, value }) => [name, value])).toEqual([
      ['a', 'b'],
      ['c', 'd=e'],
    ]);
  });

  it('come back where they are new and of a page that was visited', () => {
    const cookie = {
      name: 'n',
      value: 'v',
      domain: 'app.test',
      path: '/',
      secure: true,
      httpOnly: false,
      sourcePort: 8443,
    };
    const back = fromBrowser(
      [
        cookie,
        { ...cookie, name: 'sid', value: '1=2' },
        { ...cookie, sourcePort: 443 },
        { ...cookie, domain: '.ads.test' },
        { ...cookie, name: 'wide', domain: '.test', sameSite: 'Lax' },
      ],
      toBrowser([set], url),
      [url],
    );
    expect(back).toEqual([
      { url, line: 'n=v; Path=/; Secure' },
      { url, line: 'wide=v; Path=/; Domain=test; Secure; SameSite=Lax' },
    ]);
  });
});

describe('a screenshot', () => {
  it('has a safe name, and another for every other title', () => {
    expect(screenshotName('../../etc/passwd step 2')).toMatch(
      /^screenshot-etc-passwd-step-2-[0-9a-f]{8}\.png$/,
    );
    expect(screenshotName('日本')).toMatch(/^screenshot-[0-9a-f]{8}\.png$/);
    expect(screenshotName('a b')).not.toBe(screenshotName('a-b'));
    expect(screenshotName('x'.repeat(1000)).length).toBeLessThan(100);
  });

  it.skipIf(process.platform === 'win32')('replaces a link in its place and does not follow it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'render-shot-'));
    await writeFile(join(folder, 'target'), 'mine');
    await symlink(join(folder, 'target'), join(folder, 'shot.png'));
    await saveScreenshot(folder, 'shot.png', Buffer.from('png'));
    expect(await readFile(join(folder, 'target'), 'utf8')).toBe('mine');
    expect(await readFile(join(folder, 'shot.png'), 'utf8')).toBe('png');
    expect((await readdir(folder)).sort()).toEqual(['shot.png', 'target']);
    await rm(folder, { recursive: true });
  });
});
