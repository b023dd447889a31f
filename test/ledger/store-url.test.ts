import { expect, test } from 'vitest';
import { parseStore } from '../../src/ledger/store-url.ts';
import { CodedError } from '../../src/proof/errors.ts';

const parse = (text: string, namespace = 'default') => parseStore(text, namespace, '/work dir');

test.each([
  [
    'git+file:repo',
    {
      kind: 'git-local',
      path: '/work dir/repo',
      ref: 'refs/ship-proof/default',
      shown: 'git+file:/work dir/repo',
    },
  ],
  ['git+file:/a b/-x', { path: '/a b/-x' }],
  ['git+file:///abs/repo.git', { path: '/abs/repo.git' }],
  ['git+file:-upload-pack=evil', { path: '/work dir/-upload-pack=evil' }],
  [
    'git+file:a?ref=refs/heads/ledger',
    { path: '/work dir/a', ref: 'refs/heads/ledger', shown: 'git+file:/work dir/a?ref=refs/heads/ledger' },
  ],
  [
    'git+https://github.com/o/r',
    {
      kind: 'git-remote',
      protocol: 'https',
      url: 'https://github.com/o/r',
      shown: 'git+https://github.com/o/r',
    },
  ],
  [
    'git+https://h.example:8443/o/r.git?ref=refs/heads/x',
    { url: 'https://h.example:8443/o/r.git', ref: 'refs/heads/x' },
  ],
  [
    'git+ssh://git@github.com/o/r.git',
    { protocol: 'ssh', url: 'ssh://git@github.com/o/r.git', shown: 'git+ssh://git@github.com/o/r.git' },
  ],
  ['git+http://127.0.0.1:80/r', { protocol: 'http', url: 'http://127.0.0.1/r' }],
  ['git+http://[::1]:8080/r', { url: 'http://[::1]:8080/r' }],
  [
    'redis://user:pass@127.0.0.1:6380/2',
    { kind: 'redis', namespace: 'default', shown: 'redis://127.0.0.1:6380/2' },
  ],
  [
    'rediss://:p@redis.example',
    { kind: 'redis', url: 'rediss://:p@redis.example', shown: 'rediss://redis.example' },
  ],
  ['redis://10.0.0.1?allow-plaintext', { url: 'redis://10.0.0.1', shown: 'redis://10.0.0.1' }],
])('%s is understood', (text, expected) => {
  expect(parse(text)).toMatchObject(expected);
});

test.each([
  'https://github.com/o/r',
  '',
  'ext::sh -c evil',
  'git+ext::sh -c evil',
  'git+file:',
  'git+git://h/r',
  'file:///x',
  'git+http://example.com/r',
  'git+https://user:hunter2@h/r',
  'git+https://hunter2@h/r',
  'git+ssh://u:hunter2@h/r',
  'git+ssh://-oProxyCommand=evil/r',
  'git+ssh://-oProxyCommand=evil@h/r',
  'git+https://h',
  'git+https://h/r#x',
  'git+https://h/r?ref=main',
  'git+https://h/r?ref=refs/heads/../x',
  'git+https://h/r?ref=refs/heads/x.lock',
  'git+https://h/r?ref=refs/heads/-x',
  'git+https://h/r?ref=refs/heads/a&ref=refs/heads/b',
  'git+https://h/r?x=1',
  'git+https://h/r --upload-pack=evil',
  'git+file:a?ref=--exec',
  'git+file:a\0b',
  'redis://10.0.0.1',
  'redis://h/x?y=1',
  'memory:',
  'git+https://h/\nr',
])('%j is refused, without quoting what may be secret', (text) => {
  try {
    parse(text);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(CodedError);
    expect(error).toMatchObject({ outcome: 'invalid', code: 'store-invalid' });
    expect(String(error)).not.toContain('hunter2');
  }
});

test.each(['', '.', '..', 'a/b', '-x', 'a..b', 'x.lock', 'x.', 'a b', 'a\n', '../x', 'ä', 'x'.repeat(65)])(
  'namespace %j is refused',
  (namespace) => {
    expect(() => parse('git+file:x', namespace)).toThrow(
      expect.objectContaining({ code: 'namespace-invalid' }),
    );
  },
);

test('a ref is one ledger, so that a namespace beside it is refused', () => {
  expect(() => parse('git+file:x?ref=refs/heads/l', 'other')).toThrow(
    expect.objectContaining({ code: 'store-invalid' }),
  );
});
