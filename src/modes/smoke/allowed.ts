import { type Place, placeText } from '../../config/place.ts';
import { isAllowedUrl } from '../../config/policy.ts';
import { refused } from '../../proof/errors.ts';
import type { PlannedCheck } from '../../smoke/plan.ts';
import { atOf } from '../../smoke/spec/inline.ts';
import type { Template } from '../../smoke/template.ts';

/**
 * Refuses a check that names a place which the policy does not allow; the base URL itself was judged as an input. Where a
 * server leads to, by a redirect or a captured value, is no input's word. Throws `policy-url`.
 */
export function judgePlaces(
  allowed: readonly URL[],
  checks: readonly PlannedCheck[],
  baseUrl: URL | undefined,
): void {
  for (const { url, place } of checks.flatMap(requestsOf)) {
    const named = writtenUrl(url, baseUrl);
    if (named && (named.origin === baseUrl?.origin || isAllowedUrl(named, allowed))) continue;
    const list = allowed.length === 0 ? 'nothing' : allowed.map(String).join(', ');
    throw refused(
      'policy-url',
      // No more than the origin: a path may hold a secret.
      `${placeText(place)}: the policy does not let a check ask ${named?.origin ?? 'a URL that is not written out'}; allowed: ${list}`,
      atOf(place),
    );
  }
}

function requestsOf(check: PlannedCheck): readonly { readonly url: Template; readonly place: Place }[] {
  if (check.skip !== undefined) return [];
  if (check.kind !== 'mcp') return check.steps;
  return check.server.kind === 'http' ? [{ url: check.server.url, place: check.place }] : [];
}

/** A place to fill counts as a text that ends whatever it stands in: what is to be the host has to be written out. */
const writtenUrl = ({ parts }: Template, baseUrl: URL | undefined): URL | null =>
  URL.parse(parts.map((part) => ('text' in part ? part.text : 'x/')).join(''), baseUrl?.href);
