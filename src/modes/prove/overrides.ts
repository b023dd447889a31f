import { reachOf } from '../../ports/address.ts';
import type { Proof } from '../../proof/schema.ts';
import type { PartInput, Ports } from '../mode.ts';
import type { Writable } from '../replay/writable.ts';
import type { Planned } from './plan.ts';

/** What the parts were given, as far as it says what was looked at and how hard. */
export interface Looked {
  readonly url: readonly URL[];
  readonly 'build-id': string;
}

const RESOLVE_TIMEOUT_MS = 5_000;

/**
 * What weakens a proof beside what its parts say of themselves: a place that visitors can't reach, a build that was read
 * somewhere else than where it was wanted. These stand in the ledger: they hold nothing that a server said.
 */
export async function weaknesses(
  live: Looked,
  planned: readonly Planned[],
  proofs: readonly Proof[],
  ports: Ports,
): Promise<string[]> {
  const { url } = live;
  const made = planned.flatMap((plan) => (plan.kind === 'run' ? [plan] : []));
  const places = [...new Set([...url.map(({ href }) => href), ...made.flatMap(placesOf)])];
  const isHidden = await Promise.all(places.map((href) => isPrivate(new URL(href), ports)));
  const redirected = proofs.flatMap(({ checks }) =>
    checks.flatMap(({ id, status }) => {
      const [, from] = /^(?:again:)?redirect:(.*)$/s.exec(id) ?? [];
      return from !== undefined && status === 'warn' ? [`redirected: ${from}`] : [];
    }),
  );
  return [
    ...places.flatMap((href, index) => (isHidden[index] ? [`private-url: ${href}`] : [])),
    ...(made.some(({ input }) => input['allow-private'] === true) ? ['allow-private'] : []),
    ...new Set(redirected),
    ...sent(live),
    ...made.flatMap(replaced),
  ];
}

/** Where the id is sent along, a page that repeats what it is asked would carry it too. */
const sent = ({ url, 'build-id': id }: Looked): string[] =>
  url.filter(({ href }) => href.includes(id)).map(({ href }) => `id-in-url: ${href}`);

/** What a part is about, by all the names for it. */
const SUBJECTS = [['url'], ['where'], ['base-url'], ['checks', 'writes'], ['allow-writes-to']] as const;

/** What the config says a part is about, and the front or the environment says otherwise. */
const replaced = ({ part, names }: Planned & { kind: 'run' }): string[] =>
  SUBJECTS.filter((group) =>
    [names.config, names.given].every((list) => group.some((name) => list.includes(name))),
  ).map(([name]) => `replaced: ${name} of ${part.mode.name}`);

/** Where a part goes, as far as its inputs name it: URLs, paths beside one, origins that may be written to. */
function placesOf({ input }: PartInput): string[] {
  const writable = input['allow-writes-to'] as Writable | undefined;
  const places = [input['base-url'], input.page, input.mcp, ...(writable?.origins ?? [])];
  return places.flatMap((place) => {
    const url = place === undefined ? null : URL.parse(String(place));
    return url && /^https?:$/.test(url.protocol) ? [url.href] : [];
  });
}

/** Whether only some can reach it. A name that does not resolve is nobody's, and no part passes there. */
async function isPrivate({ hostname }: URL, { http, signal }: Ports): Promise<boolean> {
  if (/(^|\.)localhost\.?$/.test(hostname)) return true;
  const bound = AbortSignal.any([signal, AbortSignal.timeout(RESOLVE_TIMEOUT_MS)]);
  const addresses = await http.resolve(hostname, bound).catch(() => []);
  return addresses.some(({ address }) => reachOf(address) !== 'public');
}
