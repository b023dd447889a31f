import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SmokeApp, smokeApp } from '../targets/smoke-app.ts';
import { smoke } from './run.ts';

let app: SmokeApp;
beforeAll(async () => {
  app = await smokeApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const sha256 = createHash('sha256').update('ship + prove\n').digest('hex');

/** By kind: a path, an expectation that holds of it, and one that does not. */
const TABLE: Readonly<Record<string, readonly [path: string, sound: unknown, broken: unknown]>> = {
  status: ['/', { status: 200 }, { status: 201 }],
  'status class': ['/', { status: '2xx' }, { status: '5xx' }],
  'status list': ['/nowhere', { status: [200, '4xx'] }, { status: [200, 302] }],
  header: ['/', { header: { 'X-Powered-By': 'shop' } }, { header: { 'x-powered-by': 'other' } }],
  'header of several lines': [
    '/',
    { header: { 'cache-control': 'public, max-age=60' } },
    { header: { 'cache-control': 'public' } },
  ],
  'header contains': [
    '/',
    { header: { 'content-type': { contains: 'html' } } },
    { header: { 'content-type': { contains: 'json' } } },
  ],
  'header matches': [
    '/',
    { header: { 'content-type': { matches: '^text/' } } },
    { header: { 'content-type': { matches: '^image/' } } },
  ],
  'header exists': [
    '/',
    { header: { 'x-powered-by': { exists: true } } },
    { header: { 'x-nothing': { exists: true } } },
  ],
  'header absent': [
    '/',
    { header: { 'x-nothing': { exists: false } } },
    { header: { 'x-powered-by': { exists: false } } },
  ],
  contains: ['/text', { contains: 'ship + prove' }, { contains: 'ship and prove' }],
  'contains list': ['/text', { contains: ['ship', 'prove'] }, { contains: ['ship', 'sink'] }],
  'not-contains': ['/text', { 'not-contains': 'Error' }, { 'not-contains': 'prove' }],
  matches: ['/text', { matches: 'ship .* prove' }, { matches: '^prove' }],
  'matches with flags': ['/text', { matches: { pattern: 'SHIP', flags: 'i' } }, { matches: 'SHIP' }],
  'json equals': ['/api/items', { json: { '$.total': 2 } }, { json: { '$.total': '2' } }],
  'json equals null': [
    '/api/items',
    { json: { '$.items[0].stock': null } },
    { json: { '$.items[1].stock': null } },
  ],
  'json equals false': [
    '/api/items',
    { json: { '$.items[0].sold': false } },
    { json: { '$.items[1].sold': false } },
  ],
  'json equals a list': [
    '/api/items',
    { json: { '$.items[0].tags': { equals: ['a', 'b'] } } },
    { json: { '$.items[0].tags': { equals: ['b', 'a'] } } },
  ],
  'json of several': [
    '/api/items',
    { json: { '$.items[*].id': { equals: [1, 2] } } },
    { json: { '$.items[*].id': { equals: 1 } } },
  ],
  'json contains in a text': [
    '/api/items',
    { json: { '$.page.next': { contains: 'page=2' } } },
    { json: { '$.page.next': { contains: 'page=3' } } },
  ],
  'json contains in a list': [
    '/api/items',
    { json: { '$..name': { contains: 'Two' } } },
    { json: { '$..name': { contains: 'Tw' } } },
  ],
  'json matches': [
    '/api/items',
    { json: { '$.items[0].name': { matches: '^O' } } },
    { json: { '$.items[0].name': { matches: '^T' } } },
  ],
  'json matches of a number': ['/text', { contains: 'ship' }, { json: { '$.total': { matches: '2' } } }],
  'json exists': [
    '/api/items',
    { json: { '$.items[0].stock': { exists: true } } },
    { json: { '$.items[2]': { exists: true } } },
  ],
  'json absent': [
    '/api/items',
    { json: { '$.error': { exists: false } } },
    { json: { '$.total': { exists: false } } },
  ],
  'json type': [
    '/api/items',
    {
      json: {
        '$.items': { type: 'list' },
        '$.total': { type: 'integer' },
        '$.items[0].price': { type: 'number' },
      },
    },
    { json: { '$.items[0].price': { type: 'integer' } } },
  ],
  'json count': ['/api/items', { json: { '$.items': { count: 2 } } }, { json: { '$.items': { count: 3 } } }],
  'json count by filter': [
    '/api/items',
    { json: { '$.items[?@.price > 10]': { count: 1 } } },
    { json: { '$.items[?@.price > 100]': { count: 1 } } },
  ],
  'json count compared': [
    '/api/items',
    { json: { '$.items': { count: { 'at-least': 2, below: 3 } } } },
    { json: { '$.items': { count: { above: 2 } } } },
  ],
  'json at-least': [
    '/api/items',
    { json: { '$.total': { 'at-least': 2 } } },
    { json: { '$.total': { 'at-least': 3 } } },
  ],
  'json at-most': [
    '/api/items',
    { json: { '$.total': { 'at-most': 2 } } },
    { json: { '$.total': { 'at-most': 1 } } },
  ],
  'json above': ['/api/items', { json: { '$.total': { above: 1 } } }, { json: { '$.total': { above: 2 } } }],
  'json below': ['/api/items', { json: { '$.total': { below: 3 } } }, { json: { '$.total': { below: 2 } } }],
  'json comparison of a text': [
    '/api/items',
    { json: { '$.items[0].name': 'One' } },
    { json: { '$.items[0].name': { above: 0 } } },
  ],
  'json-schema': [
    '/api/items',
    { 'json-schema': { type: 'object', required: ['items'] } },
    { 'json-schema': { type: 'object', required: ['rows'] } },
  ],
  html: ['/', { html: { h1: 'Welcome back' } }, { html: { h1: 'Welcome' } }],
  'html contains': [
    '/',
    { html: { h1: { text: { contains: 'Welcome' } } } },
    { html: { body: { text: { contains: 'not text' } } } },
  ],
  'html of several': ['/', { html: { 'li.item': ['One', 'Two'] } }, { html: { 'li.item': 'Three' } }],
  'html attribute': [
    '/',
    { html: { 'a.next': { attribute: { HREF: '/items/2' } } } },
    { html: { 'a.next': { attribute: { href: '/items/3' } } } },
  ],
  'html attribute exists': [
    '/',
    { html: { 'a.next': { attribute: { href: { exists: true } } } } },
    { html: { 'a.next': { attribute: { rel: { exists: true } } } } },
  ],
  'html count': ['/', { html: { li: { count: 2 } } }, { html: { li: { count: 1 } } }],
  'html count compared': [
    '/',
    { html: { li: { count: { 'at-least': 1 } } } },
    { html: { li: { count: { above: 2 } } } },
  ],
  'html exists': [
    '/',
    { html: { h1: { exists: true }, h6: { exists: false } } },
    { html: { h6: { exists: true } } },
  ],
  'final-url': ['/moved', { 'final-url': '/done' }, { 'final-url': '/moved' }],
  'final-url contains': [
    '/moved',
    { 'final-url': { contains: '/done' } },
    { 'final-url': { contains: 'sign-in' } },
  ],
  'max-time': ['/', { 'max-time': '10s' }, { 'max-time': '1ms', contains: 'Welcome' }],
  'max-bytes': ['/text', { 'max-bytes': 13 }, { 'max-bytes': 12 }],
  'max-bytes with unit': ['/text', { 'max-bytes': '1kB' }, { 'max-bytes': '0.001kB' }],
  sha256: ['/text', { sha256 }, { sha256: 'a'.repeat(64) }],
  cookie: ['/', { cookie: { seen: 'yes-it-is' } }, { cookie: { seen: 'no' } }],
  'cookie exists': [
    '/',
    { cookie: { seen: { exists: true }, sid: { exists: false } } },
    { cookie: { sid: { exists: true } } },
  ],
  'cookie attributes': [
    '/',
    { cookie: { seen: { 'http-only': true, 'same-site': 'lax', path: '/' } } },
    { cookie: { seen: { secure: true } } },
  ],
};

describe('expectations', () => {
  it.for(Object.entries(TABLE))(
    '%s: the sound one passes, the broken one alone is red',
    async ([, [get, sound, broken]]) => {
      const checks = [
        { name: 'sound', get, expect: sound },
        { name: 'broken', get, expect: broken },
      ];
      const { proof, red } = await smoke({ 'base-url': app.url, checks: JSON.stringify(checks) });
      // A fast machine may answer within a millisecond.
      if ('max-time' in (broken as object) && proof.outcome === 'passed') return;
      expect(Object.keys(red)).toEqual(['smoke:broken']);
      expect(red['smoke:broken']).toMatchObject({ status: 'fail' });
      expect(proof.outcome).toBe('failed');
    },
  );

  it.for(Object.entries(TABLE))(
    '%s: negated, it is the other way round',
    async ([, [get, sound, broken]]) => {
      if (Object.keys(sound as object).includes('not-contains')) return;
      const checks = [
        { name: 'sound', get, expect: { status: [200, 404], not: sound } },
        ...(turnsRound(broken) ? [{ name: 'broken', get, expect: { status: [200, 404], not: broken } }] : []),
      ];
      const { red } = await smoke({ 'base-url': app.url, checks: JSON.stringify(checks) });
      // Everything that holds is wrong now; nothing else is.
      expect(Object.keys(red).every((id) => id.startsWith('smoke:sound'))).toBe(true);
      expect(red['smoke:sound']).toMatchObject({ status: 'fail', expected: expect.stringMatching(/^not: /) });
    },
  );
});

/** Not of those that fail whichever way they are asked: what is no JSON, or a list of which a part holds. */
const turnsRound = (expected: unknown): boolean =>
  !/\[|max-time|"matches":"2"/.test(JSON.stringify(expected));
