import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Authority, certificateAuthority } from '../targets/certificates.ts';
import { requireOrSkip } from '../targets/requirements.ts';
import { TLS_ERROR_CODES, type TlsFault, tlsSite } from '../targets/tls.ts';
import { FRONTS, NEW, polls, verifyLive } from './prove.ts';

const missing = requireOrSkip(['openssl']);
const EXPLANATIONS: Readonly<Record<keyof typeof TLS_ERROR_CODES, string>> = {
  'self-signed': 'self-signed',
  expired: 'expired',
  'wrong-name': 'another host name',
  'unknown-issuer': 'CA is not trusted',
};

describe.skipIf(missing !== undefined)(`TLS${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let authority: Authority;
  beforeAll(async () => {
    authority = await certificateAuthority();
  });
  afterAll(() => authority[Symbol.asyncDispose]());
  const trusting = () => ({ env: { NODE_EXTRA_CA_CERTS: authority.caFile } });

  describe.each(Object.keys(EXPLANATIONS) as (keyof typeof EXPLANATIONS)[])('that is bad: %s', (fault) => {
    it.concurrent.each(FRONTS)('is unreachable, and explained (%s)', async (front) => {
      await using site = await tlsSite(authority, fault, NEW);
      const options = fault === 'unknown-issuer' ? {} : trusting();
      const run = await verifyLive(front, site.url, { 'max-polls': '2' }, options);
      expect([run.code, run.outputs.verdict]).toEqual([3, 'unreachable']);
      expect(run.proof?.checks[0]?.observed).toContain(EXPLANATIONS[fault]);
      expect(polls(run)[0]?.error).toBe(TLS_ERROR_CODES[fault]);
      expect(site.requests).toEqual([]);
    });
  });

  it.concurrent.each(FRONTS)('that is good is proved, on the address by its own name (%s)', async (front) => {
    const good: TlsFault = 'good';
    await using site = await tlsSite(authority, good, NEW, { name: 'localhost' });
    const run = await verifyLive(front, site.url, {}, trusting());
    expect([run.code, run.outputs.verdict]).toEqual([0, 'live']);
    expect(new Set(site.requests.map(({ servername }) => servername))).toEqual(new Set(['localhost']));
  });
});
