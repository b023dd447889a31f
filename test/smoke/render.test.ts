import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderPages } from '../targets/render-pages.ts';
import type { Target } from '../targets/server.ts';
import { missingChrome, ownTemporaryFolder, renderAll } from './render-checking.ts';

const missing = missingChrome();
let site: Target;
beforeAll(async () => {
  site = await renderPages();
});
afterAll(() => site[Symbol.asyncDispose]());

const observedOf = (proof: Awaited<ReturnType<typeof renderAll>>['proof'], index = 0) =>
  proof.checks[index]?.attempts?.at(-1)?.observed ?? {};

describe.skipIf(missing)(`a rendered page${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('is judged by what its scripts made of it', async () => {
    const { proof, red } = await renderAll(site.url, [
      {
        name: 'app',
        get: '/app',
        expect: {
          status: 200,
          contains: ['Made by script', 'From the API'],
          not: { contains: ['Loading', 'Invisible', '<script'] },
          matches: '^Made by',
          html: { 'h1.title b': 'by script', '#more': 'From the API', p: { count: 1 } },
          header: { 'x-served-by': 'pages' },
          'final-url': '/app',
          'max-time': '20s',
        },
      },
    ]);
    expect(red).toEqual({});
    expect(proof.outcome).toBe('passed');
    expect(observedOf(proof).browser).toMatch(/^(Headless)?Chrome\/\d+/);
    expect(observedOf(proof)).not.toHaveProperty('consoleErrors');
    expect(observedOf(proof)).not.toHaveProperty('failedRequests');
  });

  it('is seen by no plain request', async () => {
    const { red } = await renderAll(site.url, [
      { name: 'app', render: false, get: '/app', expect: { html: { 'h1.title': { exists: true } } } },
    ]);
    expect(Object.keys(red)).toEqual(['smoke:app']);
  });

  it('tells what it wrote to the console and what it threw, where it is wrong', async () => {
    const { proof, red } = await renderAll(site.url, [
      { name: 'throws', get: '/throws', expect: { html: { '#app': { text: { contains: 'Welcome' } } } } },
      { name: 'quiet', get: '/throws' },
    ]);
    expect(proof.outcome).toBe('failed');
    expect(Object.keys(red)).toEqual(['smoke:throws']);
    expect(red['smoke:throws']?.detail).toContain('about to fail 42');
    for (const index of [0, 1]) {
      expect(observedOf(proof, index).consoleErrors).toEqual([
        'about to fail 42',
        'Uncaught TypeError: app is broken',
      ]);
    }
  });

  it('tells which requests failed, without their queries', async () => {
    const { proof } = await renderAll(site.url, [{ name: 'parts', get: '/missing-part' }]);
    expect(proof.outcome).toBe('passed');
    expect(observedOf(proof).failedRequests).toEqual(
      expect.arrayContaining([
        `${new URL(site.url).host}/gone.js: status 404`,
        expect.stringContaining('127.0.0.1:1/x.png: refused'),
      ]),
    );
    expect(JSON.stringify(proof)).not.toContain('very-secret');
  });

  it('answers no dialogs, opens no windows, keeps no one from leaving', async () => {
    const { red } = await renderAll(site.url, [
      { name: 'alert', get: '/alert', expect: { contains: 'false null' } },
      { name: 'unload', get: '/unload', expect: { contains: 'Made by script', 'final-url': '/app' } },
      { name: 'popup', get: '/popup', expect: { contains: 'still here' } },
    ]);
    expect(red).toEqual({});
  });

  it('is where its scripts took it', async () => {
    const { red } = await renderAll(site.url, [
      {
        name: 'goes on',
        get: '/goes-on',
        expect: { contains: 'From the API', 'final-url': '/app?from=script' },
      },
      { name: 'pushes', get: '/pushes', expect: { 'final-url': '/pushed/path' } },
      {
        name: 'moved',
        get: '/moved',
        expect: { 'final-url': '/app', cookie: { 'on-the-way': { 'http-only': true } } },
      },
    ]);
    expect(red).toEqual({});
  });

  it('has the status of its document', async () => {
    const { red } = await renderAll(site.url, [
      { name: 'error', get: '/error', expect: { status: 500, contains: 'Sorry' } },
      { name: 'wall', get: '/wall', expect: { status: 401, contains: 'Sign in first' } },
      { name: 'empty', get: '/empty-error', expect: { status: 503, not: { contains: 'HTTP ERROR' } } },
      { name: 'default', get: '/error' },
      { name: 'download', get: '/download' },
    ]);
    expect(Object.keys(red)).toEqual(['smoke:default', 'smoke:download']);
    expect(red['smoke:default']).toMatchObject({ status: 'fail', observed: 'status 500' });
    expect(red['smoke:download']?.observed).toContain('download');
  });

  it('shares cookies with the other steps of its flow, both ways', async () => {
    const steps = [
      { get: '/sign-in' },
      { get: '/me', render: true, expect: { contains: 'Hello, probe' } },
      {
        get: '/cookie',
        render: true,
        expect: { cookie: { 'by-script': 'value-of-script' }, not: { contains: 'session-1234' } },
      },
      { get: '/data' },
    ];
    site.requests.length = 0;
    const { red } = await renderAll(
      site.url,
      [
        { name: 'flow', steps, render: undefined },
        { name: 'alone', get: '/me', expect: { contains: 'Nobody' } },
      ],
      { parallel: '1' },
    );
    expect(red).toEqual({});
    const plain = site.requests.find(({ url }) => url === '/data');
    expect(plain?.headers.cookie).toContain('by-script=value-of-script');
    expect(plain?.headers.cookie).toContain('sid=session-1234');
  });

  it('counts as the build whose stamp it carries', async () => {
    const check = { name: 'stamped', get: '/stamped' };
    const [right, wrong] = [
      await renderAll(site.url, [check], { 'build-id': 'build-7-abc' }),
      await renderAll(site.url, [check], { 'build-id': 'build-8-def' }),
    ];
    expect(right.proof.outcome).toBe('passed');
    expect(wrong.red['smoke:stamped']).toMatchObject({
      expected: 'build build-8-def',
      observed: 'build build-7-abc',
    });
  });

  it('cannot forge what is seen of it by changing built-in functions', async () => {
    const { red } = await renderAll(site.url, [
      { name: 'tampers', get: '/tampers', expect: { contains: 'Real', not: { contains: 'forged' } } },
    ]);
    expect(red).toEqual({});
  });

  it('is photographed into the folder for evidence', async () => {
    await using own = await ownTemporaryFolder();
    const { proof } = await renderAll(site.url, [{ name: '../Home page/é', get: '/app' }], {
      out: own.folder,
    });
    const name = String(observedOf(proof).screenshot);
    expect(name).toMatch(/^screenshot-home-page-[0-9a-f]{8}\.png$/);
    const png = await readFile(join(own.folder, name));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.readUInt32BE(16)).toBe(1280);
  });
});
