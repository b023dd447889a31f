import { describe, expect, it } from 'vitest';
import { isAllowedUrl, parsePolicy } from '../../src/config/policy.ts';
import { parseYaml } from '../../src/config/yaml.ts';

const parse = (text: string) => parsePolicy(parseYaml(text, 'ship-proof.yml'));

describe('parsePolicy', () => {
  it('reads every lock', () => {
    const policy = parse(`
store: git+https://github.com/acme/ledger
namespace: production
urls: [https://app.example.com/, "https://example.com/app"]
allow-writes-to: https://staging.example.com/api
waivers: [idempotency-check]
runners: { digest: { spend-cap: 5.00 }, nightly: }
`);
    expect([...policy.locked]).toEqual([
      ['store', 'git+https://github.com/acme/ledger'],
      ['namespace', 'production'],
    ]);
    expect(policy.urls?.map(String)).toEqual(['https://app.example.com/', 'https://example.com/app']);
    expect(policy.allowWritesTo).toEqual(['https://staging.example.com']);
    expect(policy.waivers).toEqual(['idempotency-check']);
    expect([...(policy.runners ?? [])]).toEqual([
      ['digest', { 'spend-cap': '5' }],
      ['nightly', { 'spend-cap': undefined }],
    ]);
  });

  it('locks what a promotion asks for', () => {
    expect([
      ...parse('{require-proof: true, signer-workflow: a/b/.github/workflows/prove.yml}').locked,
    ]).toEqual([
      ['require-proof', 'true'],
      ['signer-workflow', 'a/b/.github/workflows/prove.yml'],
    ]);
  });

  it('tells what is not named from what is empty', () => {
    expect(parse('namespace: x')).toMatchObject({ urls: undefined, waivers: undefined, runners: undefined });
    expect(parse('{urls: [], waivers: [], runners: {}}')).toMatchObject({ urls: [], waivers: [] });
  });

  it.each([
    ['text', '5', /must be a map/],
    [
      'a lock it does not know',
      'namespaces: x',
      /ship-proof.yml:1: `policy` has no `namespaces` \(did you mean `namespace`\?\)/,
    ],
    ['a number as a store', 'store: 5', /`store` must be text/],
    ['a list as a store', 'store: [a, b]', /`store` must be text/],
    ['no URL', 'urls: [app.example.com]', /`urls` must hold http or https URLs/],
    ['a URL with a password', 'urls: ["https://u:p@a.example/"]', /`urls` must hold/],
    ['a cap that is no amount', 'runners: {digest: {spend-cap: lots}}', /must be US dollars/],
    ['a cap below zero', 'runners: {digest: {spend-cap: -1}}', /must be US dollars/],
    ['a runner’s other input', 'runners: {digest: {estimate: 1}}', /`digest` has no `estimate`/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});

describe('isAllowedUrl', () => {
  const allowed = [new URL('https://app.example.com/'), new URL('https://example.com/app')];
  it.each([
    ['https://app.example.com/any/page?x=1', true],
    ['https://example.com/app', true],
    ['https://example.com/app/page', true],
    ['https://example.com/application', false],
    ['https://example.com/app/../other', false],
    ['https://example.com/app/%2e%2e/other', false],
    ['http://app.example.com/', false],
    ['https://app.example.com:8443/', false],
    ['https://app.example.com.evil.example/', false],
  ])('%s: %s', (url, expected) => {
    expect(isAllowedUrl(new URL(url), allowed)).toBe(expected);
  });

  it.each([
    ['https://pr-7.preview.example.com/', true],
    ['https://a.b.preview.example.com/x', true],
    ['https://preview.example.com/', false],
    ['https://evilpreview.example.com/', false],
    ['https://pr-7.preview.example.com.evil.example/', false],
    ['https://pr-7.preview.example.com:8443/', false],
  ])('below *.preview.example.com: %s: %s', (url, expected) => {
    expect(isAllowedUrl(new URL(url), [new URL('https://*.preview.example.com/')])).toBe(expected);
  });

  it('allows nothing from an empty list', () => {
    expect(isAllowedUrl(new URL('https://app.example.com/'), [])).toBe(false);
  });
});
