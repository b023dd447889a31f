import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/proof/redact.ts';
import { expectLinear } from '../fuzz/fuzz.ts';

const knowing = (...secrets: string[]) => {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.add(secret);
  return redactor;
};

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('redactor', () => {
  it.each([
    ['as it is', 'a hunter22 b', 'a *** b'],
    ['more than once', 'hunter22hunter22', '******'],
    ['as hex', Buffer.from('hunter22').toString('hex'), '***'],
    ['as upper-case hex', Buffer.from('hunter22').toString('hex').toUpperCase(), '***'],
    ['not in another case', 'HUNTER22', 'HUNTER22'],
    ['not a part of it', 'hunter2', 'hunter2'],
  ])('masks a secret %s', (_, text, expected) => {
    expect(knowing('hunter22').text(text)).toBe(expected);
  });

  const quoted = (text: string): string => JSON.stringify(text).slice(1, -1);
  const odd = 'p+a/s "s"\\=\'é😀&<?';
  it.each([
    ['JSON', JSON.stringify(odd).slice(1, -1)],
    ['JSON in JSON', quoted(quoted(odd))],
    ['JSON in JSON in JSON', quoted(quoted(quoted(odd)))],
    ['JSON with escaped slashes', JSON.stringify(odd).slice(1, -1).replaceAll('/', '\\/')],
    [
      'ASCII JSON',
      JSON.stringify(odd)
        .slice(1, -1)
        .replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`),
    ],
    ['a URL component', encodeURIComponent(odd)],
    ['a URL component in lower case', encodeURIComponent(odd).replace(/%../g, (byte) => byte.toLowerCase())],
    ['a form', new URLSearchParams([['', odd]]).toString().slice(1)],
    ['a query as URL parsers leave it', new URL(`http://h/?${odd}`).search.slice(1)],
    [
      'HTML',
      odd
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('"', '&quot;')
        .replaceAll("'", '&#039;'),
    ],
  ])('masks it as %s writes it', (_, form) => {
    expect(knowing(odd).text(`(${form})`)).toBe('(***)');
  });

  it('masks it inside base64 and base64url at every alignment', () => {
    const secret = 'subjects?_d~~~ÿ';
    for (const before of ['', 'a', 'ab', 'abc', 'user:']) {
      const forms = [
        base64(`${before}${secret}tail`),
        Buffer.from(`${before}${secret}`).toString('base64url'),
      ];
      for (const form of forms) expect(knowing(secret).text(form)).toContain('***');
    }
    expect(knowing('s3cr3t-pw').text(`Basic ${base64('user:s3cr3t-pw')}`)).toMatch(
      /^Basic [A-Za-z0-9+/]{6,8}\*\*\*/,
    );
  });

  it('masks the longer of two secrets that begin alike, whatever came first', () => {
    for (const order of [
      ['tokenA', 'tokenAB99'],
      ['tokenAB99', 'tokenA'],
    ]) {
      expect(knowing(...order).text('tokenAB99 tokenA')).toBe('*** ***');
    }
  });

  it('masks each line of a secret of several lines', () => {
    const key = '-----BEGIN KEY-----\r\nMIIabcdef\r\n}\r\n-----END KEY-----\n';
    const redactor = knowing(key);
    expect(redactor.text('found MIIabcdef there }')).toBe('found *** there }');
    expect(redactor.text(JSON.stringify(key.trim()))).toBe('"***"');
  });

  it('takes the whitespace around a secret for no part of it', () => {
    expect(knowing('  hunter22\n').text('[hunter22]')).toBe('[***]');
  });

  it.each(['', 'abc', ' a ', '1\n\n'])('refuses %j, which is too short to be masked', (secret) => {
    expect(() => knowing(secret)).toThrow(
      expect.objectContaining({ code: 'secret-short', outcome: 'invalid' }),
    );
  });

  it('tells of each value once, for a runner that masks too', () => {
    const told: string[] = [];
    const redactor = createRedactor((secret) => told.push(secret));
    redactor.add('first-line\nsecond-line');
    redactor.add('second-line');
    expect(told).toEqual(['first-line\nsecond-line', 'first-line', 'second-line']);
  });

  it('leaves everything alone as long as it knows nothing', () => {
    expect(createRedactor().text('hunter22')).toBe('hunter22');
  });

  it('masks a secret that is as long as an environment variable may be, in each form', () => {
    const secret = Array.from({ length: 12_000 }, (_, index) => `${index}/"`)
      .join('')
      .slice(0, 64 * 1024);
    const redactor = knowing(secret);
    for (const form of [secret, JSON.stringify(secret), encodeURIComponent(secret)])
      expect(redactor.text(`a ${form} b`)).toMatch(/^a "?(\*\*\*)+"? b$/);
    expect(redactor.text(Buffer.from(secret).toString('hex'))).toMatch(/^(\*\*\*)+$/);
    // Between two pieces, base64 has characters that hold bits of both.
    expect(redactor.text(base64(secret)).replaceAll('***', '').length).toBeLessThan(300);
  });

  it('is not slowed down by a secret of signs that are escaped, nor by thousands of secrets', async () => {
    const signs = ['\\', '"\\', '%', '&#0', '\\u005c', '"-'];
    for (const sign of signs) {
      const redactor = knowing(`${sign.repeat(20)}x`);
      for (const other of signs) await expectLinear(4_000, (size) => redactor.text(other.repeat(size)));
      expect(redactor.text(`a${sign.repeat(20)}x`)).toBe('a***');
    }
    const many = knowing(...Array.from({ length: 3_000 }, (_, index) => `session+${index}/"=`));
    expect(many.text('a session+2999/"= b')).toBe('a *** b');
    await expectLinear(500, (size) => many.text('session+/='.repeat(size)));
  });

  it('lets no form of a secret through, whatever stands around it', () => {
    const secret = fc
      .oneof(
        fc.string({ minLength: 4, maxLength: 40 }),
        fc.string({ unit: 'binary', minLength: 4, maxLength: 20 }),
      )
      .map((text) => text.trim().toWellFormed())
      .filter((text) => text.length >= 4 && !text.includes('\n') && !text.includes('\r'));
    const around = fc.string({ unit: 'grapheme', maxLength: 20 });
    fc.assert(
      fc.property(secret, around, around, (value, before, after) => {
        fc.pre(![before, after].some((text) => text.includes(value)));
        const redactor = knowing(value);
        const text = `${before}${value}${after}`;
        expect(redactor.text(text)).not.toContain(value);
        const json = JSON.stringify({ [before]: text });
        expect(redactor.text(json)).not.toContain(JSON.stringify(value).slice(1, -1));
        expect(redactor.text(encodeURIComponent(text))).not.toContain(encodeURIComponent(value));
        expect(redactor.text(new URLSearchParams({ q: value }).toString())).toBe('q=***');
        // In base64 the characters at the edges carry bits of the neighbours too; all others have to go.
        const packed = redactor.text(base64(text));
        expect(packed).toContain('***');
        expect(Buffer.from(packed.replaceAll('*', ''), 'base64').includes(value)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
