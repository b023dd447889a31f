import { expect, it } from 'vitest';
import { follow } from '../../src/live/follow.ts';
import type { Address, Http } from '../../src/ports/http.ts';

/** A site that sends everybody to one place, and the network behind it. */
function redirectingTo(location: string, addresses: readonly Address[] = []) {
  const asked: string[] = [];
  const http: Http = {
    resolve: async () => addresses,
    request: async ({ url }) => {
      asked.push(url.href);
      const isStart = url.hostname === 'app.example.com';
      return {
        status: isStart ? 302 : 200,
        header: (name) => (isStart && name === 'location' ? location : undefined),
        body: (async function* () {})(),
        close: () => {},
      };
    },
  };
  const url = new URL('https://app.example.com/');
  const question = {
    buildId: 'b',
    where: { kind: 'text' },
    headers: {},
    origins: new Set<string>(),
    userAgent: 'x',
  } as const;
  const target = { url, address: undefined, encoding: 'br' } as const;
  const done = follow(target, question, [], new AbortController().signal, http, undefined);
  return done.then(({ answer, stuck }) => ({ status: answer.status, stuck, asked }));
}

const METADATA: Address = { address: '169.254.169.254', family: 4 };
const PUBLIC: Address = { address: '93.184.215.14', family: 4 };

it('follows a redirect to another host', async () => {
  expect(await redirectingTo('https://www.example.com/', [PUBLIC])).toMatchObject({
    status: 200,
    stuck: undefined,
  });
});

it.each([
  ['http://169.254.169.254/latest/meta-data/', [METADATA]],
  ['http://innocent.example.com/', [METADATA]],
  ['http://innocent.example.com/', [PUBLIC, METADATA]],
])('does not follow one to where clouds hand out credentials: %s', async (location, addresses) => {
  const { status, stuck, asked } = await redirectingTo(location, addresses);
  expect(status).toBe(302);
  expect(stuck).toMatch(/link-local/);
  expect(asked).toEqual(['https://app.example.com/']);
});

it.each(['javascript:alert(1)', 'file:///etc/passwd'])(
  'takes a redirect that leads nowhere as the answer: %s',
  async (location) => {
    expect(await redirectingTo(location)).toMatchObject({
      status: 302,
      stuck: 'a redirect that leads nowhere',
    });
  },
);
