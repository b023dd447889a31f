import { describe, expect, test } from 'vitest';
import {
  containsBuildId,
  defaultBuildId,
  isBuildId,
  parseBuildId,
  parseMetaName,
} from '../../src/live/build-id.ts';

describe('parseBuildId', () => {
  test.each(['a', '7', 'build-1767225600-1a2b3c4', 'v1.2.3_rc-1', 'x'.repeat(128)])('takes %j', (id) => {
    expect(parseBuildId(id)).toBe(id);
    expect(isBuildId(id)).toBe(true);
  });

  test.each(['', '-a', '.a', '_a', 'a b', 'a\n', 'é', 'a"b', 'a/b', '<a>', 'x'.repeat(129)])(
    'refuses %j and says what is allowed',
    (id) => {
      expect(isBuildId(id)).toBe(false);
      expect(() => parseBuildId(id)).toThrow(/begin with a letter or a digit/);
      expect(() => parseBuildId(id)).toThrow(
        expect.objectContaining({ code: 'build-id', outcome: 'invalid' }),
      );
    },
  );

  test('shows no more than the beginning of what was given', () => {
    expect(() => parseBuildId('!'.repeat(5000))).toThrow(/^.{1,300}$/);
  });
});

test.each(['', 'a b', 'a"', "a'", '<a', 'a&', 'x'.repeat(129)])('refuses the meta name %j', (name) => {
  expect(() => parseMetaName(name)).toThrow(expect.objectContaining({ code: 'meta-name' }));
});

test('makes an id of the second and the commit', () => {
  expect(defaultBuildId(1_767_225_600_999, '1a2b3c4')).toBe('build-1767225600-1a2b3c4');
  expect(defaultBuildId(1_767_225_600_000, undefined)).toBe('build-1767225600-nogit');
});

describe('containsBuildId', () => {
  test.each([
    ['build-1', true],
    ['"build-1"', true],
    ['<b>build-1</b>', true],
    ['build-11, build-1', true],
    ['build-1\n', true],
    ['build-1é', true],
    ['build-11', false],
    ['build-1.', false],
    ['build-1-abcd', false],
    ['rebuild-1', false],
    ['_build-1', false],
    ['BUILD-1', false],
    ['', false],
  ])('in %j: %s', (text, expected) => {
    expect(containsBuildId(text, 'build-1')).toBe(expected);
  });

  test('sees an id that overlaps a false start', () => {
    expect(containsBuildId('a-a-a a-a', 'a-a')).toBe(true);
  });
});
