import { describe, expect, it } from 'vitest';
import {
  badContentLength,
  bomb,
  encodingChain,
  endlessBody,
  hugeHeaders,
  slowBody,
} from '../targets/bodies.ts';
import { cachingEdge } from '../targets/caching-edge.ts';
import { hangingServer, resettingServer } from '../targets/faults.ts';
import { type OriginOptions, origin } from '../targets/origin.ts';
import { errorPage200, errorStatus, idInComment, idInScript, prefixId } from '../targets/pages.ts';
import { closedPort } from '../targets/ports.ts';
import { get } from '../targets/probe.ts';
import { redirectChain, redirectLoop } from '../targets/redirects.ts';
import type { RequestLog } from '../targets/server.ts';
import { FRONTS, type Inputs, NEW, OLD, polls, prove, verifyLive } from './prove.ts';

interface Aim extends Partial<AsyncDisposable> {
  readonly url: string;
  readonly requests?: readonly RequestLog[];
}

interface Case {
  readonly name: string;
  readonly target: () => Promise<Aim>;
  readonly path?: string;
  readonly inputs?: Inputs;
  /** Stands in what the check observed. */
  readonly says?: string;
}

const BOMB = 32 * 1024 * 1024;

const site = async (buildId: string, options?: OriginOptions) => {
  const target = await origin(options);
  target.deploy(buildId);
  return target;
};

/** An edge that has a copy of the old build for an hour, in front of an origin with the new one. */
async function staleEdge(options: { readonly ignoreQuery?: boolean } = {}): Promise<Aim & AsyncDisposable> {
  const behind = await site(OLD);
  const edge = await cachingEdge(behind, { ttlMs: 3_600_000, ...options });
  await get(`${edge.url}/`);
  behind.deploy(NEW);
  const dispose = async () => {
    await edge[Symbol.asyncDispose]();
    await behind[Symbol.asyncDispose]();
  };
  return { ...edge, [Symbol.asyncDispose]: dispose };
}

const VERDICTS: Readonly<Record<string, { readonly code: number; readonly cases: readonly Case[] }>> = {
  live: {
    code: 0,
    cases: [
      { name: 'an honest server', target: () => site(NEW) },
      { name: 'a slow body', target: () => slowBody(NEW, { everyMs: 20, pieceBytes: 8 }) },
      { name: 'an endless body behind the marker', target: () => endlessBody({ buildId: NEW }) },
      {
        name: 'a bomb behind the marker',
        target: () => bomb({ encoding: 'br', buildId: NEW, unpackedBytes: BOMB }),
      },
      { name: 'two codings on top of each other', target: () => encodingChain(NEW, 2) },
      { name: 'three redirects', target: () => redirectChain(NEW, 3), path: '/0' },
      { name: 'ten redirects', target: () => redirectChain(NEW, 10), path: '/0' },
    ],
  },
  'old-build': {
    code: 1,
    cases: [
      { name: 'the old build', target: () => site(OLD), says: OLD },
      { name: 'an id that only begins alike', target: () => prefixId(NEW), says: `${NEW}d` },
      { name: 'the id in a comment', target: () => idInComment(NEW, OLD), says: OLD },
      { name: 'the id in a script', target: () => idInScript(NEW, OLD), says: OLD },
      { name: 'an edge that nothing gets past', target: () => staleEdge({ ignoreQuery: true }), says: OLD },
    ],
  },
  'stale-edge': {
    code: 1,
    cases: [
      { name: 'an old copy in front of the new build', target: () => staleEdge(), says: '127.0.0.1 (br)' },
    ],
  },
  'no-marker': {
    code: 1,
    cases: [
      { name: 'a page with the id in a comment only', target: () => idInComment(NEW) },
      { name: 'a page with the id in scripts and text only', target: () => idInScript(NEW) },
      { name: 'an error page with status 200', target: () => errorPage200(), says: 'without a build id' },
      { name: 'an endless body', target: () => endlessBody(), says: 'more elements' },
      {
        name: 'a gzip bomb',
        target: () => bomb({ encoding: 'gzip', unpackedBytes: BOMB }),
        says: 'the body ',
      },
      {
        name: 'a brotli bomb',
        target: () => bomb({ encoding: 'br', unpackedBytes: BOMB }),
        says: 'the body ',
      },
      { name: 'a chain of codings', target: () => encodingChain(NEW), says: '3 codings' },
      {
        name: 'a body that is not in its coding',
        target: () => site(NEW, { compress: false, headers: { 'content-encoding': 'gzip' } }),
        says: 'corrupt',
      },
      {
        name: 'a coding that nobody knows',
        target: () => site(NEW, { compress: false, headers: { 'content-encoding': 'rot13' } }),
        says: 'rot13',
      },
    ],
  },
  'error-status': {
    code: 1,
    cases: [
      { name: 'a page that is not there', target: () => site(NEW), path: '/missing', says: 'status 404' },
      { name: 'the right page with status 500', target: () => errorStatus(500, NEW), says: 'status 500' },
      { name: 'redirects to and fro', target: () => redirectLoop('pair'), says: 'more than 10 redirects' },
      { name: 'a redirect to itself', target: () => redirectLoop('self'), says: 'more than 10 redirects' },
      {
        name: 'redirects without end',
        target: () => redirectLoop('ever-new'),
        says: 'more than 10 redirects',
      },
      { name: 'eleven redirects', target: () => redirectChain(NEW, 11), path: '/0' },
    ],
  },
  unreachable: {
    code: 3,
    cases: [
      { name: 'a closed port', target: closedPort, says: 'nothing listens' },
      {
        name: 'a server that never answers',
        target: hangingServer,
        inputs: { within: '1500ms' },
        says: 'ETIMEDOUT',
      },
      { name: 'a reset at once', target: () => resettingServer('connect'), says: 'closed the connection' },
      {
        name: 'a reset after the request',
        target: () => resettingServer('request'),
        says: 'closed the connection',
      },
      { name: 'a reset within the body', target: () => resettingServer('body') },
      {
        name: 'a name without an address',
        target: async () => ({ url: 'http://nobody.invalid' }),
        says: 'E',
      },
      { name: 'headers without end', target: () => hugeHeaders(NEW), says: 'not valid HTTP' },
      {
        name: 'half a body',
        target: () => badContentLength(NEW, 'more'),
        inputs: { where: 'contains', 'build-id': 'build-none' },
      },
    ],
  },
};

describe.each(Object.entries(VERDICTS))('the verdict %s', (verdict, { code, cases }) => {
  for (const { name, target, path = '/', inputs, says } of cases) {
    it.concurrent.each(FRONTS)(`is given to ${name} (%s)`, async (front) => {
      const aim = await target();
      try {
        const run = await verifyLive(front, aim.url + path, { 'max-polls': '2', ...inputs });
        expect([run.outputs.verdict, run.code]).toEqual([verdict, code]);
        expect(run.outputs.live).toBe(String(verdict === 'live'));
        if (says !== undefined) expect(run.proof?.checks[0]?.observed).toContain(says);
        if (verdict === 'live') expect(run.outputs.served).toBe(NEW);
        const sent = (aim.requests ?? []).map(({ url, rawHeaders }) => `${url} ${rawHeaders}`).join('\n');
        expect(sent).not.toContain(NEW);
      } finally {
        await aim[Symbol.asyncDispose]?.();
      }
    });
  }
});

describe('several URLs', () => {
  it.concurrent.each(FRONTS)('are proved together or not at all (%s)', async (front) => {
    await using good = await site(NEW);
    await using bad = await site(OLD);
    const paths = ['/', '/build-id.txt'];
    const urls = paths.map((path) => good.url + path).join('\n');
    expect((await verifyLive(front, urls)).code).toBe(0);
    const mixed = await verifyLive(front, `${urls}\n${bad.url}/`, { 'max-polls': '2' });
    expect([mixed.code, mixed.outputs.verdict]).toEqual([1, 'old-build']);
    expect(mixed.proof?.checks.map(({ status }) => status)).toEqual(['untestable', 'untestable', 'fail']);
  });
});

it.concurrent.each(FRONTS)('keeps every look as an attempt, and prints it as a line (%s)', async (front) => {
  await using target = await site(NEW);
  const run = await prove(front, 'verify-live', { url: target.url, 'build-id': NEW });
  const attempts = run.proof?.checks[0]?.attempts ?? [];
  expect(attempts.map(({ observed }) => observed.encoding)).toEqual([
    'br',
    'gzip',
    'identity',
    'br',
    'gzip',
    'identity',
  ]);
  expect(polls(run).map(({ poll, encoding }) => `${poll} ${encoding}`)).toEqual([
    ...['1 br', '1 gzip', '1 identity', '2 br', '2 gzip', '2 identity'],
  ]);
  expect(polls(run)[0]).toMatchObject({
    url: `${target.url}/`,
    edge: '127.0.0.1',
    status: '200',
    etag: expect.stringMatching(/^"\w+"$/),
    served: NEW,
    next: '0.5s',
    left: expect.stringMatching(/^\d+s$/),
  });
  expect(run.proof?.subject).toEqual({ buildId: NEW, url: [`${target.url}/`] });
  expect(run.outputs).toMatchObject({ live: 'true', polls: '2', etag: expect.stringMatching(/^"\w+"$/) });
});
