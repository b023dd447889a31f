import { describe, expect, it } from 'vitest';
import { canonicalJson, fingerprint } from '../../src/smoke/mcp/fingerprint.ts';

describe('canonical JSON', () => {
  it('orders keys by their UTF-16 code units (RFC 8785, section 3.2.3)', () => {
    const value = JSON.parse(String.raw`{
      "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"
    }`);
    expect(Object.values(JSON.parse(canonicalJson(value)))).toHaveLength(7);
    expect([...canonicalJson(value).matchAll(/:"(\w+)/g)].map(([, word]) => word)).toEqual([
      'Carriage',
      'One',
      'Control',
      'Latin',
      'Euro',
      'Emoji',
      'Hebrew',
    ]);
  });

  it('writes numbers and texts as the RFC’s sample does (section 3.2.2)', () => {
    const value = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`);
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });
});

describe('a fingerprint', () => {
  it('is the same for the same schema in another order, and for no other', () => {
    const one = { type: 'object', properties: { a: { type: 'string' }, b: {} } };
    const same = { properties: { b: {}, a: { type: 'string' } }, type: 'object' };
    expect(fingerprint(one)).toBe(fingerprint(same));
    expect(fingerprint(one)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(fingerprint({ ...one, properties: { a: { type: 'string' } } })).not.toBe(fingerprint(one));
    expect(fingerprint({ required: ['a', 'b'] })).not.toBe(fingerprint({ required: ['b', 'a'] }));
  });
});
