import { expect, it } from 'vitest';
import { follow } from '../../src/live/follow.ts';
import { faultOf } from '../../src/ports/fault.ts';
import type { Address, Http } from '../../src/ports/http.ts';

const at = (address: string): Address => ({ address, family: address.includes(':') ? 6 : 4 });
const METADATA = at('169.254.169.254');
const PUBLIC = at('93.184.215.14');
const PRIVATE = at('10.0.0.5');

interface Site {
  /** Where the site is, and where the name is that it sends everybody to. */
  readonly own?: readonly Address[];
  readonly addresses?: readonly Address[];
  readonly origins?: readonly string[];
}

/** A site that sends everybody to one place, and the network behind it. */
function redirectingTo(location: string, { own = [PUBLIC], addresses = [], origins = [] }: Site = {}) {
  const asked: string[] = [];
  const http: Http = {
    resolve: async (name) => (name === 'app.example.com' ? own : addresses),
    request: async ({ url, among = [] }) => {
      asked.push([url.href, ...among.map(({ address }) => address)].join(' '));
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
    origins: new Set<string>(origins),
    userAgent: 'x',
  } as const;
  const target = { url, address: undefined, encoding: 'br' } as const;
  const done = follow(target, question, [], new AbortController().signal, http, undefined);
  return done.then(
    ({ answer, stuck }) => ({ status: answer.status, stuck, asked }),
    (error: unknown) => ({ fault: faultOf(error), asked }),
  );
}

const START = `https://app.example.com/ ${PUBLIC.address}`;

it('follows a redirect to another host, at the address that was judged', async () => {
  expect(await redirectingTo('https://www.example.com/', { addresses: [METADATA, PUBLIC] })).toEqual({
    status: 200,
    stuck: undefined,
    asked: [START, `https://www.example.com/ ${PUBLIC.address}`],
  });
});

it.each([
  ['http://169.254.169.254/latest/meta-data/', [METADATA], /link-local/],
  ['http://innocent.example.com/', [METADATA], /link-local/],
  ['http://innocent.example.com/', [at('fe80::1')], /link-local/],
  ['http://10.0.0.5/admin', [PRIVATE], /private address/],
  ['http://innocent.example.com/', [at('::ffff:127.0.0.1')], /private address/],
])('does not follow one from outside to %s at %j', async (location, addresses, why) => {
  expect(await redirectingTo(location, { addresses })).toEqual({
    status: 302,
    stuck: expect.stringMatching(why),
    asked: [START],
  });
});

it('follows one to a private address that an input names, or from one inside', async () => {
  const named = { addresses: [PRIVATE], origins: ['http://inner.example.com'] };
  expect(await redirectingTo('http://inner.example.com/', named)).toMatchObject({ status: 200 });
  const inside = { own: [at('10.0.0.4')], addresses: [PRIVATE] };
  expect(await redirectingTo('http://inner.example.com/', inside)).toMatchObject({ status: 200 });
  const both = { own: [PUBLIC, at('10.0.0.4')], addresses: [PRIVATE] };
  expect(await redirectingTo('http://inner.example.com/', both)).toMatchObject({ status: 302 });
});

it('asks nothing of a site that is itself where clouds hand out credentials', async () => {
  expect(await redirectingTo('/', { own: [METADATA] })).toEqual({
    fault: expect.objectContaining({ kind: 'refused', code: 'ADDRESS_REFUSED' }),
    asked: [],
  });
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
