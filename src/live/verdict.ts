import { opaque } from './baseline.ts';
import type { Look } from './look.ts';
import { LEADING_ENCODING, type Target } from './question.ts';

/** What the looks at one URL say. `live` needs every one of them. */
export const VERDICTS = [
  'live',
  'old-build',
  'stale-edge',
  'no-marker',
  'error-status',
  'unreachable',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What one look saw, held against what was wanted. */
export type Finding = 'wanted' | 'other-id' | 'no-id' | 'bad-status' | 'no-answer' | 'no-route';

export interface Wanted {
  readonly buildId: string;
  /** The ETag before the deploy, in the leading encoding, where it has to have changed. */
  readonly changedFrom?: string | undefined;
}

/** Judges one look. An answer that carries the id, but not under another ETag where a change is required, is the old one. */
export function find(look: Look, wanted: Wanted): Finding {
  if (look.kind === 'fault') return isNoRoute(look.fault, look.target.url) ? 'no-route' : 'no-answer';
  if (look.status < 200 || look.status > 299) return 'bad-status';
  if (look.served === undefined) return 'no-id';
  if (look.served !== wanted.buildId) return 'other-id';
  return wanted.changedFrom !== undefined &&
    look.target.encoding === LEADING_ENCODING &&
    (look.etag === undefined || opaque(look.etag) === opaque(wanted.changedFrom))
    ? 'other-id'
    : 'wanted';
}

/**
 * No route means that this machine can't reach the address family, which says nothing about visitors. `localhost` is one
 * machine under two addresses: a server that listens on one of them is there.
 */
function isNoRoute(fault: string, url: URL): boolean {
  return fault === 'no-route' || (fault === 'refused' && /(^|\.)localhost$/.test(url.hostname));
}

/** A round is good when every look that could be made saw the wanted id, and each URL was looked at at all. */
export function isLive(looks: readonly Look[], wanted: (url: URL) => Wanted): boolean {
  const findings = looks.map((look) => ({
    url: look.target.url.href,
    finding: find(look, wanted(look.target.url)),
  }));
  const urls = new Set(findings.map(({ url }) => url));
  const seen = new Set(findings.filter(({ finding }) => finding === 'wanted').map(({ url }) => url));
  return (
    urls.size > 0 && urls.size === seen.size && findings.every(({ finding }) => COUNTS_AS_GOOD.has(finding))
  );
}

const COUNTS_AS_GOOD: ReadonlySet<Finding> = new Set(['wanted', 'no-route']);

/** Whether a look stands in the way: one that was made, and did not see what was wanted. */
export const isWrong = (look: Look, wanted: Wanted): boolean => !COUNTS_AS_GOOD.has(find(look, wanted));

/**
 * The verdict on one URL, from the last look at each of its targets. `newSeen` says that the new build was seen somewhere:
 * at another edge, in an earlier round, or by a look past the caches. A wrong answer outranks an unreachable one; among
 * wrong answers, the one that says most about what to do.
 */
export function judge(last: readonly Look[], wanted: Wanted, newSeen: boolean): Verdict {
  const findings = last.map((look) => find(look, wanted));
  if (findings.includes('wanted') && findings.every((finding) => COUNTS_AS_GOOD.has(finding))) return 'live';
  // A page without a marker may be a cached copy of a build from before stamping.
  const isOld = findings.includes('other-id') || findings.includes('no-id');
  if (isOld && (newSeen || findings.includes('wanted'))) return 'stale-edge';
  if (findings.includes('other-id')) return 'old-build';
  if (findings.includes('bad-status')) return 'error-status';
  if (findings.includes('no-id')) return 'no-marker';
  return 'unreachable';
}

/** Of several URLs' verdicts the one that stands for all: the first by this order. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  const order: readonly Verdict[] = ['old-build', 'stale-edge', 'error-status', 'no-marker', 'unreachable'];
  return (
    order.find((verdict) => verdicts.includes(verdict)) ?? (verdicts.length > 0 ? 'live' : 'unreachable')
  );
}

/** Where a target stands, for people: `203.0.113.7 (br)`. */
export const placeOf = ({ address, encoding }: Target): string =>
  `${address?.address ?? 'any address'} (${encoding})`;

/** The distinct ids that were served, oldest sighting first. */
export function servedIds(looks: readonly Look[]): string[] {
  const served = looks.map((look) => (look.kind === 'answer' ? look.served : undefined));
  return [...new Set(served.filter((id) => id !== undefined))];
}
