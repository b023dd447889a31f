import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalKey, claimPath, fingerprints, type Identity, keyName } from '../../src/once/key.ts';

const effect = (action: string, recipient?: string, day?: string): Identity => ({ action, recipient, day });

/** The same as in docs/claims.md. */
const VECTORS: readonly (readonly [Identity, string, string, string])[] = [
  [
    effect('invite', 'ann@example.org', '2026-11-20'),
    '["ship-proof/effect/1","invite","ann@example.org","2026-11-20"]',
    '1e6f9525e1139b4327069f2645cc1dc25fb58937f44ce5857b4f8482390c8d06',
    '78b17d5fa48e4e57c21d8a94e35ff1deb47952824883b8ebdefbace18d22e9d3',
  ],
  [
    effect('digest'),
    '["ship-proof/effect/1","digest",null,null]',
    '097f0d91d0d1fc83a774e388722254d4abe53197e73633ad0204777708b63d5d',
    'a21fa01518e513962e879a7230a6c4988ebd6b54cb1fd5c69c3d2f4772ca2ef4',
  ],
  [
    effect('grüßen', 'Zoë'),
    '["ship-proof/effect/1","grüßen","Zoë",null]',
    'a1ff05d0871ca5bc0a1ab3db514016f29372528120d631f210dd68f053f4ef5c',
    '82cfbd1a56f91618a6e21601305d2fcb5141b25ef35387e184deaccd820b5ec0',
  ],
  [
    { key: 'release-1.2.3' },
    '["ship-proof/key/1","release-1.2.3"]',
    'a3818ce32e746f2cb22d483357061b32ef4e52e333205b4a31c09d7007bcc498',
    '6d98dd0515b156bc288a821e691aeedb7fd97052a61c355f01f147e6e409a12b',
  ],
];

describe('canonicalKey', () => {
  it.each(VECTORS)(
    'is a JSON array whose digest anybody can make: %o',
    (identity, canonical, plain, keyed) => {
      expect(canonicalKey(identity)).toBe(canonical);
      expect(fingerprints(undefined).of(canonical)).toBe(plain);
      expect(fingerprints('correct horse battery staple').of(canonical)).toBe(keyed);
    },
  );

  it('is documented with exactly these vectors', () => {
    const page = readFileSync(new URL('../../docs/claims.md', import.meta.url), 'utf8');
    for (const parts of VECTORS.map(([, ...texts]) => texts))
      for (const part of parts) expect(page).toContain(part);
  });

  it('takes texts that look alike as one: NFC, and no white space around them', () => {
    expect(canonicalKey(effect('invite', 'Zoe\u0308'))).toBe(
      canonicalKey(effect(' invite', '\u00a0Zo\u00eb\n')),
    );
    expect(canonicalKey({ key: '  A\u030a ' })).toBe(canonicalKey({ key: '\u00c5' }));
    expect(canonicalKey({ key: 'A' })).not.toBe(canonicalKey({ key: 'a' }));
  });

  it('differs for identities that differ', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('null', '"', '","', '[', 'a","b', '\ud800', '\ud801', '\\ud800'),
    );
    const identity = fc.oneof(
      fc.record({
        action: text,
        recipient: fc.option(text, { nil: undefined }),
        day: fc.option(text, { nil: undefined }),
      }),
      fc.record({ key: text }),
    );
    const same = (one: Identity, other: Identity) => {
      const parts = (it: Identity) => ('key' in it ? [it.key] : [it.action, it.recipient, it.day]);
      const clean = (it: Identity) => parts(it).map((part) => part?.normalize('NFC').trim());
      return (
        'key' in one === 'key' in other && clean(one).every((part, index) => part === clean(other)[index])
      );
    };
    fc.assert(
      fc.property(
        identity,
        identity,
        (one, other) => (canonicalKey(one) === canonicalKey(other)) === same(one, other),
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('fingerprints', () => {
  it('names the secret without telling it, and differs under another one', () => {
    const [one, other] = [fingerprints('a long random text'), fingerprints('another random text')];
    expect(one.keyedBy).toMatch(/^[0-9a-f]{16}$/);
    expect(one.keyedBy).not.toBe(other.keyedBy);
    expect(one.of('x')).not.toBe(other.of('x'));
    expect(fingerprints('').keyedBy).toBe('plain');
  });

  it('spreads records over 256 folders', () => {
    expect(claimPath(`3f${'9a'.repeat(31)}`)).toBe(`claims/3f/${'9a'.repeat(31)}`);
  });
});

describe('keyName', () => {
  it('never holds the recipient', () => {
    const identity = effect('invite', 'ann@example.org', '2026-11-20');
    expect(keyName(identity, '1e6f9525'.repeat(8))).toBe(
      'invite/1e6f95251e6f95251e6f95251e6f9525/2026-11-20',
    );
    expect(keyName(effect('digest'), 'ab'.repeat(32))).toBe(`digest/${'ab'.repeat(16)}`);
  });

  it('is the key itself where one was given', () => {
    expect(keyName({ key: ' release-1 ' }, 'ab'.repeat(32))).toBe('release-1');
  });
});
