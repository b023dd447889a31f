import { type Place, placeText } from '../config/place.ts';
import { isAllowedUrl } from '../config/policy.ts';
import { refused } from '../proof/errors.ts';
import { atOf } from '../smoke/spec/inline.ts';
import type { Template } from '../smoke/template.ts';

/** A request as a list writes it. */
export interface WrittenRequest {
  readonly url: Template;
  readonly place: Place;
}

/**
 * Refuses a request to a place that the policy does not allow; `judged` are the origins of inputs that were judged already.
 * Where a server leads to, by a redirect or a captured value, is no input's word. Throws `policy-url`.
 */
export function judgePlaces(
  allowed: readonly URL[],
  requests: readonly WrittenRequest[],
  baseUrl: URL | undefined,
  judged: ReadonlySet<string>,
): void {
  for (const { url, place } of requests) {
    const named = writtenUrl(url, baseUrl);
    if (named && (judged.has(named.origin) || isAllowedUrl(named, allowed))) continue;
    const list = allowed.length === 0 ? 'nothing' : allowed.map(String).join(', ');
    throw refused(
      'policy-url',
      // No more than the origin: a path may hold a secret.
      `${placeText(place)}: the policy does not let a check ask ${named?.origin ?? 'a URL that is not written out'}; allowed: ${list}`,
      atOf(place),
    );
  }
}

/** A place to fill counts as a text that ends whatever it stands in: what is to be the host has to be written out. */
const writtenUrl = ({ parts }: Template, baseUrl: URL | undefined): URL | null =>
  URL.parse(parts.map((part) => ('text' in part ? part.text : 'x/')).join(''), baseUrl?.href);
