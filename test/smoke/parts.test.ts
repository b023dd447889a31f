import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reachOf } from '../../src/ports/address.ts';
import { createRedactor } from '../../src/proof/redact.ts';
import { gapAfter } from '../../src/smoke/attempts.ts';
import { targetOf } from '../../src/smoke/compose.ts';
import { createCookies } from '../../src/smoke/cookies.ts';
import { parseJsonText } from '../../src/smoke/json-text.ts';
import { addSecret } from '../../src/smoke/masking.ts';
import { firstHop, type HopRequest, type Outgoing, redirected } from '../../src/smoke/outgoing.ts';
import { pin } from '../../src/smoke/pin.ts';
import { parseTemplate, render, type Values } from '../../src/smoke/template.ts';

describe('addresses', () => {
  it.for([
    [
      'never',
      '169.254.169.254 169.254.0.1 fe80::1 fe80::1%eth0 febf::1 100.100.100.200 fd00:ec2::254 192.0.0.192',
    ],
    [
      'never',
      '::ffff:169.254.169.254 ::ffff:a9fe:a9fe 64:ff9b::169.254.169.254 2002:a9fe:a9fe::1 ::169.254.169.254',
    ],
    [
      'private',
      '127.0.0.1 127.255.255.255 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 0.0.0.0 198.18.0.1 224.0.0.1 255.255.255.255',
    ],
    [
      'private',
      ':: ::1 fc00::1 fdff::1 ff02::1 ::ffff:10.0.0.1 64:ff9b::7f00:1 2002:c0a8:101::1 ::ffff:0:127.0.0.1',
    ],
    [
      'public',
      '1.1.1.1 172.32.0.1 100.128.0.1 169.253.255.255 192.169.0.1 2606:4700::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1',
    ],
    ['never', 'localhost not-an-address'],
  ] as const)('%s: %s', ([reach, addresses]) => {
    expect(addresses.split(' ').map((address) => [address, reachOf(address)])).toEqual(
      addresses.split(' ').map((address) => [address, reach]),
    );
  });

  it('knows every IPv4 address in each of its IPv6 forms', () => {
    fc.assert(
      fc.property(fc.ipV4(), (ipv4) => {
        const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number);
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        for (const form of [`::ffff:${ipv4}`, `64:ff9b::${hex}`, `2002:${hex}::`])
          expect(reachOf(form)).toBe(reachOf(ipv4));
      }),
    );
  });
});

describe('redirects', () => {
  const outgoing = (method: Outgoing['method'], body = true): Outgoing => ({
    method,
    url: new URL('https://a.example/start'),
    origin: 'https://a.example',
    headers: [
      { name: 'x-secret', value: 's', secret: true },
      { name: 'accept', value: 'a', secret: false },
      { name: 'content-language', value: 'de', secret: false },
    ],
    body: body ? { bytes: 'x', type: 'text/plain' } : undefined,
  });
  const go = (given: Outgoing, status: number, location: string) => {
    const first = firstHop(given) as HopRequest;
    return redirected(given, first, { status, location }, 0);
  };

  it.for([
    [301, 'POST', 'GET', false],
    [302, 'POST', 'GET', false],
    [303, 'POST', 'GET', false],
    [303, 'PUT', 'GET', false],
    [301, 'PUT', 'PUT', true],
    [307, 'POST', 'POST', true],
    [308, 'DELETE', 'DELETE', true],
    [303, 'HEAD', 'HEAD', true],
  ] as const)('a %d makes of a %s a %s', ([status, method, then, keepsBody]) => {
    const next = go(outgoing(method), status, '/next');
    if (next?.kind !== 'follow') throw new Error('expected it to be followed');
    expect(next.hop.method).toBe(then);
    expect(next.hop.body !== undefined).toBe(keepsBody);
    expect(next.hop.headers.map(({ name }) => name)).toEqual(
      keepsBody ? ['x-secret', 'accept', 'content-language'] : ['x-secret', 'accept'],
    );
  });

  it.for([
    'https://b.example/',
    'https://a.example:444/',
    'http://a.example/',
    '//b.example/',
    'https://a.example.b.example/',
    'https://a.example@b.example/',
  ])('nothing secret goes to %s', (location) => {
    const next = go(outgoing('GET', false), 302, location);
    if (next?.kind !== 'follow') throw new Error('expected it to be followed');
    expect(next.hop.headers.map(({ name }) => name)).toEqual(['accept']);
    expect(next.hop.withheld).toEqual(['x-secret', 'content-language']);
    expect(next.hop.url.username).toBe('');
  });

  it.for(['javascript:alert(1)', 'file:///etc/passwd', 'http://', 'ftp://a.example/'])(
    'does not follow %s',
    (location) => {
      expect(go(outgoing('GET', false), 302, location)?.kind).toBe('stay');
    },
  );

  it('is none without a location, or with another status', () => {
    const given = outgoing('GET', false);
    expect(
      redirected(given, firstHop(given) as HopRequest, { status: 302, location: undefined }, 0),
    ).toBeUndefined();
    expect(go(given, 300, '/next')).toBeUndefined();
  });
});

describe('the origin that a request was written for', () => {
  const values = (x: string): Values => new Map([['x', { json: x, secret: true, captured: true }]]);
  const of = (text: string, x: string, base = 'https://base.example/') => {
    const target = targetOf(
      parseTemplate(text, (literal) => ({ text: literal, secret: false })),
      values(x),
      new URL(base),
    );
    return typeof target === 'string' ? target : [target.url.origin, target.origin];
  };

  it.for([
    ['/path/{{x}}', 'y', ['https://base.example', 'https://base.example']],
    ['https://api.example/{{x}}', 'y', ['https://api.example', 'https://api.example']],
    ['https://api.example', 'y', ['https://api.example', 'https://api.example']],
    ['https://api.example?{{x}}', '@evil.example/', ['https://api.example', 'https://api.example']],
    ['{{x}}', 'https://evil.example/', ['https://evil.example', 'https://base.example']],
    ['/{{x}}', '/evil.example/', ['https://evil.example', 'https://base.example']],
    ['https://api.{{x}}/', 'evil.example', ['https://api.evil.example', 'https://base.example']],
    [
      'https://api.example{{x}}',
      '.evil.example/',
      ['https://api.example.evil.example', 'https://base.example'],
    ],
    ['https://api.example:{{x}}/', '444', ['https://api.example:444', 'https://base.example']],
    ['https:{{x}}', '//evil.example/', ['https://evil.example', 'https://base.example']],
  ] as const)('%s with %s', ([text, x, origins]) => {
    expect(of(text, x)).toEqual(origins);
  });

  it('is refused with a user name, and where it is no URL', () => {
    expect(of('https://api.example{{x}}', '@evil.example/')).toMatch(/user name/);
    expect(of('{{x}}', 'javascript:alert(1)')).toMatch(/no http or https URL/);
  });
});

describe('templates', () => {
  it('put values in as they are, and never twice', () => {
    const values: Values = new Map([
      ['a', { json: '{{b}} $1', secret: false, captured: false }],
      ['b', { json: 'never', secret: true, captured: true }],
    ]);
    const template = parseTemplate('x {{ a }} y', (text) => ({ text, secret: false }));
    expect(render(template, values)).toEqual({
      text: 'x {{b}} $1 y',
      secret: false,
      written: 'x {{b}} $1 y',
    });
  });

  it('survive any text', () => {
    fc.assert(
      fc.property(
        fc.string(),
        (text) => void parseTemplate(text, (literal) => ({ text: literal, secret: false })),
      ),
    );
  });
});

describe('JSON of bounded depth', () => {
  it('is not deceived by brackets in texts', () => {
    expect(parseJsonText(JSON.stringify({ a: '['.repeat(1000), '{"': '\\"[[' }))).toMatchObject({
      kind: 'json',
    });
    expect(parseJsonText(`${'['.repeat(64)}${']'.repeat(64)}`).kind).toBe('json');
    expect(parseJsonText(`${'['.repeat(65)}${']'.repeat(65)}`)).toEqual({
      kind: 'unreadable',
      why: 'is JSON that nests deeper than 64 levels',
    });
    expect(parseJsonText('"\\').kind).toBe('unreadable');
  });

  it('reads a text of many megabytes', () => {
    expect(parseJsonText(`"${'['.repeat(8_000_000)}"`).kind).toBe('json');
  });

  it('reads whatever JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        expect(parseJsonText(text)).toEqual({ kind: 'json', value: JSON.parse(text) });
      }),
    );
  });
});

describe('cookies', () => {
  const url = (text: string) => new URL(text);

  it('go back where they came from, and no further', async () => {
    const cookies = createCookies();
    await cookies.keep(url('https://app.example.com/a/'), [
      'host=1; Path=/',
      'wide=2; Domain=example.com; Path=/',
      'narrow=3; Path=/a',
      'secure=4; Secure; Path=/',
      'foreign=5; Domain=other.com',
      'public=6; Domain=com',
    ]);
    expect(await cookies.header(url('https://app.example.com/'))).toBe('host=1; secure=4; wide=2');
    expect(await cookies.header(url('https://app.example.com/a/b'))).toBe(
      'narrow=3; host=1; secure=4; wide=2',
    );
    expect(await cookies.header(url('https://www.example.com/'))).toBe('wide=2');
    expect(await cookies.header(url('https://app.example.com:444/'))).toBe('wide=2');
    expect(await cookies.header(url('https://other.com/'))).toBe('');
  });

  it('are gone when the server takes them back, and rubbish is none', async () => {
    const cookies = createCookies();
    await cookies.keep(url('https://a.example/'), ['sid=1; Path=/']);
    const [gone] = await cookies.keep(url('https://a.example/'), ['sid=; Max-Age=0; Path=/']);
    expect(gone).toMatchObject({ name: 'sid', removed: true });
    expect(await cookies.header(url('https://a.example/'))).toBe('');
    await cookies.keep(url('https://a.example/'), ['', ';;;', '=', '\u0000']);
  });
});

describe('the rest', () => {
  it('waits between attempts as long as is worth it', () => {
    const retry = { forMs: 10_000, everyMs: undefined };
    expect([0, 1_000, 4_000, 9_000].map((soFar) => gapAfter(soFar, retry))).toEqual([250, 250, 400, 900]);
    expect(gapAfter(9_999, retry)).toBeUndefined();
    expect(gapAfter(100_000, { ...retry, forMs: 1_000_000 })).toBe(5_000);
    expect(gapAfter(100, { forMs: 150, everyMs: 60 })).toBeUndefined();
  });

  it('masks what a server gave, but not words', () => {
    const secrets = createRedactor();
    addSecret({ token: 'abcd-1234', list: [true, null, 'dark', 12345, 'x'] }, secrets);
    expect(secrets.text('abcd-1234 dark true 12345 x')).toBe('*** dark true *** x');
  });

  it('pins to the wanted build before any other', () => {
    const place = { file: 'a', line: 1 };
    const seen = (step: string, buildId: string, origin = 'https://a') => ({ step, buildId, origin });
    expect(pin(seen('step 2', 'b1'), [seen('step 1', 'b1')], undefined, place)).toBeUndefined();
    expect(pin(seen('step 2', 'b2'), [seen('step 1', 'b1', 'https://b')], undefined, place)).toBeUndefined();
    expect(pin(seen('step 2', 'b2'), [seen('step 1', 'b1')], undefined, place)).toMatchObject({
      observed: 'build b2',
    });
    expect(pin(seen('step 1', 'b2', 'https://b'), [], 'b1', place)).toMatchObject({ expected: 'build b1' });
  });
});
