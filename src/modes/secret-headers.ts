import { MIN_SECRET_LENGTH, type Redactor } from '../proof/redact.ts';

/** Fields whose values are the same for everybody; masking them would only blur the log. */
const HARMLESS = new Set([
  'accept',
  'accept-language',
  'cache-control',
  'content-type',
  'dnt',
  'origin',
  'pragma',
  'referer',
  'user-agent',
]);

/** What a user sends in other fields may be a credential, and a server may send it back. */
export function registerSecretHeaders(headers: Readonly<Record<string, string>>, secrets: Redactor): void {
  for (const [name, value] of Object.entries(headers)) {
    // What is too short to be masked (`x-preview: 1`) is no credential; one marked as secret was refused in the config.
    if (HARMLESS.has(name) || value.trim().length < MIN_SECRET_LENGTH) continue;
    secrets.add(value);
    // `Bearer TOKEN`, `a=b; c=d`: a server that repeats it seldom repeats it whole.
    for (const part of value.split(/[\s;,=]+/)) if (part.length >= 8) secrets.add(part);
  }
}
