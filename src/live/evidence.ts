import { instant } from '../proof/proof.ts';
import type { Attempt, Check } from '../proof/schema.ts';
import { adviceFor } from './advice.ts';
import { type Baseline, compareEtag } from './baseline.ts';
import type { Answered, Look } from './look.ts';
import { LEADING_ENCODING } from './question.ts';
import { find, isWrong, placeOf, servedIds, type Verdict, type Wanted } from './verdict.ts';

/** The check of one URL: its verdict with every look that led to it; `past` are those past the caches. */
export function liveCheck(
  url: URL,
  verdict: Verdict,
  looks: readonly Look[],
  wanted: Wanted,
  confirmations: number,
  past: readonly Look[] = [],
): Check {
  const isOwn = (look: Look) => look.target.url === url;
  const own = looks.filter(isOwn);
  const detail = adviceFor(verdict, { looks: own, past: past.filter(isOwn) }, wanted);
  return {
    id: `live:${url.href}`,
    title: `${url.href} serves the build`,
    status: verdict === 'live' ? 'pass' : verdict === 'unreachable' ? 'untestable' : 'fail',
    expected: `build id ${wanted.buildId} at every address and in every encoding, ${confirmations} times in a row`,
    observed: observedOf(verdict, own, wanted),
    ...(detail === undefined ? {} : { detail }),
    attempts: own.map((look) => attemptOf(look, wanted)),
  };
}

/** A warning for each URL that sent its visitors to another host. */
export function redirectChecks(urls: readonly URL[], looks: readonly Look[]): Check[] {
  return urls.flatMap((url) => {
    const away = looks
      .filter((look) => look.target.url === url)
      .flatMap((look) => look.redirects)
      .find((redirect) => URL.parse(redirect)?.host !== url.host);
    if (away === undefined) return [];
    return [
      {
        id: `redirect:${url.href}`,
        status: 'warn',
        title: `${url.href} answers from its own host`,
        expected: `no redirect away from ${url.host}`,
        observed: `redirected to ${away}`,
        detail:
          'The build id was read at the end of the redirects. Give the final URL if that is the one to prove.',
      },
    ];
  });
}

/** What the baseline tells about each URL, as warnings where it weakens the proof. */
export function baselineChecks(
  urls: readonly URL[],
  baseline: Baseline | undefined,
  buildId: string,
): Check[] {
  return urls.flatMap((url) => {
    const before = baseline?.urls.find((item) => item.url === url.href);
    if (before?.buildId !== buildId) return [];
    return [
      {
        id: `baseline:${url.href}`,
        status: 'warn',
        title: `${url.href} served another build before the deploy`,
        expected: `a build id other than ${buildId} in the baseline`,
        observed: `${buildId} was served already at ${baseline?.at}`,
        detail: 'This deploy may have changed nothing. Stamp each build with an id of its own.',
      },
    ];
  });
}

function observedOf(verdict: Verdict, looks: readonly Look[], wanted: Wanted): string {
  const last = lastByPlace(looks);
  const places = (pick: (look: Look) => boolean) =>
    last
      .filter(pick)
      .map(({ target }) => placeOf(target))
      .join(', ');
  const wrong = (look: Look) => isWrong(look, wanted);
  const right = (look: Look) => find(look, wanted) === 'wanted';
  switch (verdict) {
    case 'live':
      return `${wanted.buildId} at ${places(right)}`;
    case 'old-build':
    case 'stale-edge': {
      const served = servedIds(last.filter(wrong)).join(', ') || 'a page without a build id';
      return `${verdict}: ${served} at ${places(wrong) || 'an edge, before the last look'}`;
    }
    case 'no-marker':
    case 'error-status':
    case 'unreachable': {
      const reasons = [...new Set(last.filter(wrong).map(reasonOf))].join('; ');
      if (reasons === '' && last.some(right)) return `not confirmed: ${wanted.buildId} at ${places(right)}`;
      return `${verdict}: ${reasons || reasonOf(last.at(-1))} at ${places(wrong) || 'every address'}`;
    }
  }
}

const reasonOf = (look: Look | undefined): string => {
  if (!look) return 'no look was made';
  if (look.kind === 'fault') return `${look.code}: ${look.explanation}`;
  if (look.unread !== undefined) return `status ${look.status}, ${look.unread}`;
  return look.status >= 200 && look.status <= 299
    ? `status ${look.status} without a build id`
    : `status ${look.status}`;
};

const lastByPlace = (looks: readonly Look[]): Look[] => [
  ...new Map(looks.map((look) => [`${look.target.address?.address} ${look.target.encoding}`, look])).values(),
];

/** One look, flat, as it stands in the proof. */
export function attemptOf(look: Look, wanted: Wanted): Attempt {
  const finding = find(look, wanted);
  return {
    at: instant(look.atMs),
    elapsedMs: look.elapsedMs,
    status:
      finding === 'wanted'
        ? 'pass'
        : finding === 'no-answer' || finding === 'no-route'
          ? 'untestable'
          : 'fail',
    observed: {
      edge: look.target.address?.address ?? 'any',
      encoding: look.target.encoding,
      ...(look.redirects.length > 0 ? { redirects: [...look.redirects] } : {}),
      ...(look.kind === 'answer' ? answerFields(look) : { error: look.code, explanation: look.explanation }),
    },
  };
}

function answerFields(look: Answered): Record<string, string | number> {
  return {
    status: look.status,
    served: look.served ?? 'none',
    ...(look.unread === undefined ? {} : { unread: look.unread }),
    ...(look.etag === undefined ? {} : { etag: look.etag }),
    ...(look.ageS === undefined ? {} : { age: look.ageS }),
    ...(look.cache === undefined ? {} : { cache: look.cache }),
  };
}

/** The ETag that a browser was last served with at a URL, and what it says beside the baseline. */
export function etagEvidence(url: URL | undefined, looks: readonly Look[], baseline: Baseline | undefined) {
  const last = looks.findLast(
    (look): look is Answered =>
      look.kind === 'answer' && look.target.url === url && look.target.encoding === LEADING_ENCODING,
  );
  return { etag: last?.etag, evidence: compareEtag(baseline, url?.href ?? '', last?.etag) };
}
