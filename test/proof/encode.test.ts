import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logfmt, logfmtValue, printable } from '../../src/proof/encode.ts';
import { HOSTILE_TEXTS } from '../targets/hostile-corpus.ts';
import { parseLogfmt } from '../targets/logfmt.ts';
import { parseRunnerCommands } from '../targets/runner-commands.ts';

/** Text that is rich in what commands and log lines are made of. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(...HOSTILE_TEXTS.map(({ value }) => value)),
        fc.constantFrom('##[', '#', '[', ']', ':', '::', 'error', ' ', '\\', '"', '=', '\n', '\r', '%0A'),
        fc.constantFrom('\u0000', '\u001b[31m', '\u0085', '\u00ad', '\u034f', '\u200b', '\u202e', '\u2028'),
        fc.constantFrom('\ud83d', '\udc00', '\u{e0069}', '\ufe0f', '\u3164', '\ufeff', 'é', '😀'),
      ),
      { maxLength: 40 },
    )
    .map((pieces) => pieces.join('')),
);
const limit = fc.integer({ min: 1, max: 300 });

/** Everything that shows nothing, moves the cursor or breaks the line. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;

describe('printable', () => {
  it.each([
    ['plain text', 'plain text'],
    ['a\nb\r\tc', 'a\\u000ab\\u000d\\u0009c'],
    ['\u001b[31mred', '\\u001b[31mred'],
    ['\u202eevil', '\\u202eevil'],
    ['\u{e0069}', '\\udb40\\udc69'],
    ['##[error]x', '#\\u0023[error]x'],
    ['###[error]x', '##\\u0023[error]x'],
    ['::error::x', '\\u003a:error::x'],
    ['  ::error::x', '  \\u003a:error::x'],
    ['a ::b', 'a ::b'],
    ['😀é', '😀é'],
  ])('writes %j as %j', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('is harmless and never longer than its limit', () => {
    fc.assert(
      fc.property(hostile, limit, (text, maxLength) => {
        const safe = printable(text, maxLength);
        expect(safe.length).toBeLessThanOrEqual(maxLength);
        expect(safe).not.toMatch(INVISIBLE);
        expect(safe).not.toContain('##[');
        expect(safe.trim()).not.toMatch(/^::/);
        expect(parseRunnerCommands(safe)).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('cuts between characters and between escapes, and says that it cut', () => {
    expect(printable('abcdef', 6)).toBe('abcdef');
    expect(printable('abcdefg', 6)).toBe('abcde…');
    expect(printable('ab\u001bcdef', 6)).toBe('ab…');
    expect(printable('abc😀def', 5)).toBe('abc…');
    expect(printable('x'.repeat(10_000_000))).toHaveLength(256);
  });

  it('leaves what is printable already as it is', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const once = printable(text, 10_000);
        expect(printable(once, 10_000)).toBe(once);
      }),
    );
  });
});

describe('logfmtValue', () => {
  it.each([
    ['build-1', 'build-1'],
    ['https://a.example/?q', 'https://a.example/?q'],
    ['', '""'],
    ['a b', '"a b"'],
    ['a=b', '"a=b"'],
    ['say "hi"\\', '"say \\"hi\\"\\\\"'],
    [':x', '":x"'],
    ['é', '"é"'],
    ['a\nb', '"a\\u000ab"'],
  ])('writes %j as %s', (value, expected) => {
    expect(logfmtValue(value)).toBe(expected);
  });

  it('writes numbers and booleans bare', () => {
    expect(logfmt({ a: 1.5, b: true, c: undefined, d: 'x' })).toBe('a=1.5 b=true d=x');
  });

  it('parses back to the value, or to its beginning where it was cut', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const line = `mode key=${logfmtValue(value)} next=1`;
        const { key, next } = parseLogfmt(line).fields;
        expect(next).toBe('1');
        if (key !== value) {
          expect(key?.endsWith('…')).toBe(true);
          expect(value.startsWith(key?.slice(0, -1) ?? '?')).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('stays within its limit, quotes apart', () => {
    fc.assert(
      fc.property(hostile, limit, (value, maxLength) => {
        expect(logfmtValue(value, maxLength).length).toBeLessThanOrEqual(maxLength + 2);
      }),
    );
  });
});

it('lets no value become a command or a line of its own', () => {
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 1, maxLength: 4 }), (values) => {
      const fields = Object.fromEntries(values.map((value, index) => [`f${index}`, value]));
      const line = `verify-live ${logfmt(fields)}`;
      expect(line.split(/[\n\r\v\f\u0085\u2028\u2029]/)).toHaveLength(1);
      expect(parseRunnerCommands(line)).toEqual([]);
      expect(() => parseLogfmt(line)).not.toThrow();
    }),
    { numRuns: 2000 },
  );
});
