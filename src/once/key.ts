import { createHash, createHmac } from 'node:crypto';

/** What an effect is the same effect as: who, what and which day, or a key that the caller made. */
export type Identity =
  | { readonly action: string; readonly recipient: string | undefined; readonly day: string | undefined }
  | { readonly key: string };

/**
 * The canonical form of an identity, which is what is hashed: a JSON array, so that no two identities share one.
 * Texts are compared as Unicode NFC without white space around them; case counts.
 */
export function canonicalKey(identity: Identity): string {
  if ('key' in identity) return JSON.stringify(['ship-proof/key/1', clean(identity.key)]);
  const { action, recipient, day } = identity;
  return JSON.stringify([
    'ship-proof/effect/1',
    ...[action, recipient, day].map((part) => (part === undefined ? null : clean(part))),
  ]);
}

const clean = (text: string): string => text.normalize('NFC').trim();

/** Turns texts into the digests that may stand in a ledger that others can read. */
export interface Fingerprints {
  /** Names the secret without telling it; `plain` without one. */
  readonly keyedBy: string;
  /** 64 hex characters. */
  of(text: string): string;
}

/**
 * HMAC-SHA-256 under a secret, so that who knows the ledger can't try out recipients; without one, plain SHA-256, which
 * anybody can guess a short text from.
 */
export function fingerprints(secret: string | undefined): Fingerprints {
  if (!secret)
    return { keyedBy: 'plain', of: (text) => createHash('sha256').update(text, 'utf8').digest('hex') };
  const hmac = (text: string) => createHmac('sha256', secret).update(text, 'utf8').digest('hex');
  return { keyedBy: hmac('ship-proof/secret/1').slice(0, 16), of: hmac };
}

/** Where a claim's record stands: `claims/<2 hex>/<62 hex>`, so that no folder grows large. */
export const claimPath = (fingerprint: string): string =>
  `claims/${fingerprint.slice(0, 2)}/${fingerprint.slice(2)}`;

/**
 * The name of an effect for people and for the service that has it done (an Idempotency-Key): what the caller gave, or
 * the action, the start of the fingerprint, and the day. It never holds the recipient.
 */
export function keyName(identity: Identity, fingerprint: string): string {
  if ('key' in identity) return clean(identity.key);
  const { action, day } = identity;
  return [action, fingerprint.slice(0, 32), day]
    .filter((part) => part !== undefined)
    .map(clean)
    .join('/');
}
