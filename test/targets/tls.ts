import type { Authority, Certificate } from './certificates.ts';
import { type OriginOptions, origin, type Site } from './origin.ts';

/** `unknown-issuer` and `good` are the same server: what differs is whether the client was given the authority's file. */
export type TlsFault = 'self-signed' | 'expired' | 'wrong-name' | 'unknown-issuer' | 'good';

/** What Node's TLS client calls each fault. */
export const TLS_ERROR_CODES = {
  'self-signed': 'DEPTH_ZERO_SELF_SIGNED_CERT',
  expired: 'CERT_HAS_EXPIRED',
  'wrong-name': 'ERR_TLS_CERT_ALTNAME_INVALID',
  'unknown-issuer': 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
} as const;

/** Serves the build over TLS; right in every way but the one named. */
export async function tlsSite(
  authority: Authority,
  fault: TlsFault,
  buildId: string,
  options: OriginOptions = {},
): Promise<Site> {
  const names = [...new Set([options.host ?? '127.0.0.1', options.name ?? 'localhost'])];
  const site = await origin({ ...options, tls: await certificateFor(authority, fault, names) });
  site.deploy(buildId);
  return site;
}

function certificateFor(
  authority: Authority,
  fault: TlsFault,
  names: readonly string[],
): Promise<Certificate> {
  if (fault === 'self-signed') return authority.selfSigned(names);
  if (fault === 'wrong-name') return authority.issue(['elsewhere.example']);
  return authority.issue(names, { expired: fault === 'expired' });
}
